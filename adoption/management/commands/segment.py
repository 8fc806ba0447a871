"""manage.py segment: sort practitioners into segments."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from adoption.selectors import SegmentCounts, segment_counts
from adoption.services import run_segmentation, tasks_after_segmentation
from core.errors import DomainError
from core.jobs import send_after_commit
from core.months import from_iso, iso


class Command(BaseCommand):
    """Sorts everybody by a scheme on the figures up to a month, and prints how many stand where."""

    help = "Sort practitioners into segments on the figures up to a month."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scheme", required=True, help="rogers, valente, volume-bands or a scheme's code")
        parser.add_argument("--as-of", required=True, metavar="YYYY-MM", help="the last month of figures to use")
        parser.add_argument("--indicator", metavar="CODE", help="the figure to sort by (the scheme's own by default)")
        parser.add_argument(
            "--param",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a parameter of the scheme; parameters not used before pin a new version",
        )
        parser.add_argument("--working", action="store_true", help="make this the version that the playbooks follow")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            as_of = from_iso(options["as_of"])
        except ValueError:
            raise CommandError(
                _("--as-of: “%(value)s” is not a month; write it YYYY-MM.") % {"value": options["as_of"]}
            ) from None
        parameters: dict[str, str] = {}
        for option in options["param"]:
            name, separator, value = option.partition("=")
            if not separator or not name.strip():
                raise CommandError(_("--param: “%(option)s” is not of the form name=value.") % {"option": option})
            if name.strip() in parameters:
                raise CommandError(_("--param: %(name)s is given twice.") % {"name": name.strip()})
            parameters[name.strip()] = value.strip()
        try:
            run = run_segmentation(
                scheme_code=options["scheme"],
                as_of=as_of,
                indicator_code=options["indicator"],
                parameters=parameters,
                working=options["working"],
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        for task_name in tasks_after_segmentation(run):
            send_after_commit(task_name)
        counts = segment_counts(run)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(counts), ensure_ascii=False, indent=2))
        else:
            self._tell(counts)

    def _tell(self, counts: SegmentCounts) -> None:
        run = counts.run
        self.stdout.write(f"{run.version}, {run.version.indicator.code}, {iso(run.as_of)}")
        self.stdout.write(f"{counts.base_name}: {counts.base}")
        for line in counts.segments:
            self.stdout.write(
                f"  {line.segment.label!s:32} {line.count:>8} {line.share:>6} % / {counts.base} {counts.base_name}"
            )
        self.stdout.write(
            _("%(changed)s assignments written, %(moved)s practitioners moved.")
            % {"changed": run.changed, "moved": run.moved}
        )


def _as_json(counts: SegmentCounts) -> dict[str, Any]:
    run, version = counts.run, counts.run.version
    return {
        "run": str(run.ref),
        "scheme": version.scheme.code,
        "version": version.number,
        "is_working": version.is_working,
        "indicator": version.indicator.code,
        "parameters": version.parameters,
        "as_of": iso(run.as_of),
        "base": {"name": counts.base_name, "number": counts.base},
        "segments": [
            {
                "segment": line.segment.value,
                "name": str(line.segment.label),
                "count": line.count,
                "share": float(line.share),
                "base": {"name": counts.base_name, "number": counts.base},
            }
            for line in counts.segments
        ],
        "changed": run.changed,
        "moved": run.moved,
        "statistics": run.statistics,
    }
