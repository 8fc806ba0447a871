"""Verify the rules that follow-ups must keep at any moment, on the database as it is."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from coaching.selectors.audit import INVARIANTS, broken_rules


class Command(BaseCommand):
    help = "Verify that no follow-up is doubled, nobody is forgotten, and states and histories agree. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = broken_rules()
        if options["json"]:
            self.stdout.write(
                json.dumps({"rules": len(INVARIANTS), "broken": [vars(each) for each in findings]}, indent=2)
            )
        for finding in findings:
            if not options["json"]:
                self.stdout.write(f"{finding.rule}: {finding.count} rows. {finding.meaning}")
                self.stdout.write("  " + ", ".join(finding.refs))
        if findings:
            raise CommandError(f"{len(findings)} of {len(INVARIANTS)} rules are broken.")
        if not options["json"]:
            self.stdout.write(f"All {len(INVARIANTS)} rules hold.")
