"""manage.py import_measures: bring a file of monthly figures in."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.models import User
from adoption.enums import IndicatorKind
from adoption.selectors import working_version
from adoption.services import MeasuresReport, import_measures
from core.console import ImportProgress
from core.errors import DomainError
from core.jobs import send_after_commit
from core.months import iso
from core.tabular import parse_mapping, write_row_errors
from practitioners.enums import ImportState

MOST_SHOWN = 20


class Command(BaseCommand):
    """`import_measures FILE --indicator CODE [--create count|coverage|score] --system CODE [--map field=column ...]
    [--dry-run] [--strict] [--errors FILE.csv]`."""

    help = "Bring a CSV or XLSX file of monthly figures in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a CSV (comma, semicolon or tab; UTF-8 or Windows-1252) or XLSX file")
        parser.add_argument("--indicator", required=True, metavar="CODE", help="what the figures are of")
        parser.add_argument("--create", choices=IndicatorKind.values, help="make the indicator when it isn't there yet")
        parser.add_argument(
            "--system", required=True, metavar="CODE", help="the identifier system of the file, such as nihdi"
        )
        parser.add_argument(
            "--map", action="append", default=[], metavar="FIELD=COLUMN", dest="mapping",
            help="read identifier, month, value or denominator from this column, whatever its header is",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="show what would change, and change nothing")
        parser.add_argument("--strict", action="store_true", help="bring in nothing when any row is in error")
        parser.add_argument("--errors", metavar="FILE.csv", help="write the rows in error to this file")
        parser.add_argument("--by", metavar="EMAIL", help="whose work this is, for the history")

    def handle(self, *_args: Any, **options: Any) -> None:
        by = None
        if options["by"]:
            by = User.objects.filter(email__iexact=options["by"]).first()
            if by is None:
                raise CommandError(_("Nobody has the address %(email)s.") % {"email": options["by"]})
        progress = ImportProgress(self.stderr, writing=_("Writing the figures"))
        try:
            report = import_measures(
                path=options["file"], indicator_code=options["indicator"], system=options["system"], by=by,
                create=options["create"], mapping=parse_mapping(options["mapping"]), dry_run=options["dry_run"],
                strict=options["strict"], progress=progress,
            )  # fmt: skip
        except DomainError as error:
            raise CommandError(str(error)) from error
        finally:
            progress.end()
        if options["errors"]:
            write_row_errors(options["errors"], report.errors)
        self._show(report)
        if report.run.state == ImportState.REFUSED:
            raise CommandError(report.run.message)
        version = working_version()
        if report.months and not report.run.dry_run and version and version.indicator.code == options["indicator"]:
            send_after_commit("adoption.tasks.run_working_segmentation")

    def _show(self, report: MeasuresReport) -> None:
        run, say = report.run, self.stdout.write
        say(f"{run.file_name} ({report.file_format})")
        columns = ", ".join(f"{name} = “{column}”" for name, column in report.columns.items())
        say("  " + _("Recognised: %(columns)s") % {"columns": columns})
        if report.new_indicator:
            told = (
                _("The indicator %(code)s doesn't exist and would be made.")
                if run.dry_run
                else _("The indicator %(code)s didn't exist and was made.")
            )
            say("  " + told % {"code": run.options["indicator"]})
        if run.unmapped_columns:
            say("  " + _("Kept as attributes: %(columns)s") % {"columns": ", ".join(run.unmapped_columns)})
        if report.dropped_columns:
            dropped = ", ".join(report.dropped_columns)
            say(
                "  "
                + _("Left out, because national register numbers must not be stored: %(columns)s")
                % {"columns": dropped}
            )
        if report.errors:
            say(_("Rows in error: %(number)d") % {"number": run.rows_in_error})
        for error in report.errors[:MOST_SHOWN]:
            say(f"  {error.line}: {error.field} “{error.value[:60]}” [{error.code}] {error.remedy}")
        if len(report.errors) > MOST_SHOWN:
            more = {"more": len(report.errors) - MOST_SHOWN}
            say("  " + _("and %(more)d more; --errors FILE.csv lists all of them.") % more)
        for change in report.changes:
            before, after = _figure(change, "old_"), _figure(change, "")
            say(f"  ~ {change['line']}: {change['identifier']} {change['month']}: {before} > {after}")
        if run.dry_run:
            say(_("A dry run: nothing was changed. It would have been:"))
        counts = {
            "read": run.rows_read, "created": run.rows_created, "updated": run.rows_updated,
            "unchanged": run.rows_unchanged, "errors": run.rows_in_error,
        }  # fmt: skip
        say(
            _(
                "%(read)d rows read: %(created)d created, %(updated)d updated, %(unchanged)d unchanged, %(errors)d in error."
            )
            % counts
        )
        if report.months:
            say(_("Months: %(first)s to %(last)s.") % {"first": iso(report.months[0]), "last": iso(report.months[-1])})
        if run.message:
            say(run.message)


def _figure(change: dict[str, Any], prefix: str) -> str:
    value, denominator = change[f"{prefix}value"], change[f"{prefix}denominator"]
    return f"{value:g}" if denominator is None else f"{value:g}/{denominator:g}"
