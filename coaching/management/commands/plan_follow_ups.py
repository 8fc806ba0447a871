"""Plan the follow-ups of a day by hand, as Celery does every night."""

import datetime as dt
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coaching.models import PlannerRun
from coaching.services import plan_follow_ups
from coaching.services.planner.report import DryRun
from core import clock
from core.errors import DomainError

COUNTS: dict[str, Promise] = {
    "enrolled": gettext_lazy("Enrolments begun"),
    "exited": gettext_lazy("Enrolments ended early"),
    "made": gettext_lazy("Follow-ups made"),
    "opened": gettext_lazy("Follow-ups opened"),
    "resolved_by_usage": gettext_lazy("Follow-ups completed by the figures"),
    "missed": gettext_lazy("Windows that closed without a contact"),
    "deferred": gettext_lazy("Follow-ups deferred"),
    "waiting": gettext_lazy("Enrolments that wait for an anchor"),
    "moved": gettext_lazy("Follow-ups moved"),
    "held": gettext_lazy("Enrolments paused"),
    "released": gettext_lazy("Enrolments that go on after a pause"),
    "escalated": gettext_lazy("Escalations"),
}


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(_("--on is “%(text)s”; give a day as YYYY-MM-DD.") % {"text": text}) from error


class Command(BaseCommand):
    help = "Plan the follow-ups of a day. Running it again, twice at once or after a crash changes nothing more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", help="the day, YYYY-MM-DD; today by default")
        parser.add_argument("--dry-run", action="store_true", help="list what would be done and keep nothing")
        parser.add_argument("--json", action="store_true", help="print the counts (and the lines) as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        on = _day(options["on"]) if options["on"] else clock.today()
        try:
            done = plan_follow_ups(on=on, dry_run=options["dry_run"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        if isinstance(done, DryRun):
            self._report(done, as_json=options["json"])
        else:
            self._done(done, as_json=options["json"])

    def _done(self, run: PlannerRun, *, as_json: bool) -> None:
        counts = {name: getattr(run, name) for name in COUNTS}
        if as_json:
            head = {"planned_for": run.planned_for.isoformat(), "dry_run": False, "run": str(run.ref)}
            self.stdout.write(json.dumps({**head, "counts": counts}, indent=2))
            return
        words = {"day": run.planned_for, "seen": run.enrolments_seen}
        self.stdout.write(_("Planned for %(day)s. Enrolments looked at: %(seen)s.") % words)
        self._counts(counts)

    def _report(self, report: DryRun, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
            return
        self.stdout.write(_("Dry run for %(day)s; nothing was kept.") % {"day": report.planned_for})
        self._counts({name: getattr(report.tally, name) for name in COUNTS})
        for line in report.lines:
            change = f"{line.from_state} > {line.to_state}" if line.from_state else line.to_state
            window = f"{line.opens_on} .. {line.target_on} .. {line.closes_on}"
            self.stdout.write(f"  {line.practitioner}: {line.playbook} / {line.step}: {change}, {window}")
        if not report.is_complete:
            self.stdout.write("  " + _("and %(more)d more") % {"more": report.total_lines - len(report.lines)})

    def _counts(self, counts: dict[str, int]) -> None:
        for name, count in counts.items():
            if count:
                self.stdout.write(f"  {COUNTS[name]}: {count}")
