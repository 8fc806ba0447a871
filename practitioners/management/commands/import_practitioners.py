"""Bring a file of practitioners into the registry."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from accounts.models import User
from core.console import ImportProgress
from core.errors import DomainError
from core.tabular import RowError, parse_mapping, write_row_errors
from practitioners.catalogue import DEFAULT_SYSTEM
from practitioners.enums import IdentifierValidator, ImportState
from practitioners.services import ImportReport, import_practitioners

MOST_SHOWN = 20


class Command(BaseCommand):
    """`import_practitioners FILE --system CODE [--map field=column ...] [--dry-run] [--strict] [--errors FILE.csv]`."""

    help = "Bring a CSV or XLSX file of practitioners into the registry."

    def add_arguments(self, parser: CommandParser) -> None:
        """What the command line takes."""
        parser.add_argument("file", help="A CSV (comma, semicolon or tab; UTF-8 or Windows-1252) or XLSX file.")
        parser.add_argument(
            "--system", default=DEFAULT_SYSTEM, help="The code of the identifier system of the file (nihdi)."
        )
        parser.add_argument(
            "--create-system", choices=IdentifierValidator.values, default=IdentifierValidator.NONE.value, metavar="VALIDATOR",
            help="How identifiers are checked when the system doesn't exist yet and is made: none, nihdi or enterprise.",
        )  # fmt: skip
        parser.add_argument(
            "--map", action="append", default=[], metavar="FIELD=COLUMN", dest="mapping",
            help="Read a field from this column, whatever its header is. Can be repeated.",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="Show what would change, and change nothing.")
        parser.add_argument("--strict", action="store_true", help="Bring in nothing when any row is in error.")
        parser.add_argument(
            "--errors", metavar="FILE.csv", help="Write the rows in error and the warnings to this file."
        )
        parser.add_argument("--by", metavar="EMAIL", help="Whose work this is, for the history.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, show the report, and fail when nothing went in."""
        by = None
        if options["by"]:
            by = User.objects.filter(email__iexact=options["by"]).first()
            if by is None:
                raise CommandError(_("Nobody has the address %(email)s.") % {"email": options["by"]})
        progress = ImportProgress(self.stderr, writing=_("Writing into the registry"))
        try:
            report = import_practitioners(
                path=options["file"], system=options["system"], by=by, mapping=parse_mapping(options["mapping"]),
                new_system_validator=options["create_system"], dry_run=options["dry_run"], strict=options["strict"],
                progress=progress,
            )  # fmt: skip
        except DomainError as error:
            raise CommandError(str(error)) from error
        finally:
            progress.end()
        if options["errors"]:
            write_row_errors(
                options["errors"], sorted(report.errors + report.warnings, key=lambda finding: finding.line)
            )
        self._show(report)
        if report.run.state == ImportState.REFUSED:
            raise CommandError(report.run.message)

    def _show(self, report: ImportReport) -> None:
        run = report.run
        say = self.stdout.write
        say(f"{run.file_name} ({report.file_format})")
        for line in _how_it_was_read(report):
            say(f"  {line}")
        self._findings(_("Rows in error"), report.errors, run.rows_in_error)
        self._findings(_("Rows with a warning"), report.warnings, run.rows_with_warning)
        if run.dry_run:
            for entry in report.first_new:
                say("  + {line}: {identifier} {name}".format(**entry))
            for change in report.changes:
                for name, (old, new) in change["fields"].items():
                    say(f"  ~ {change['line']}: {change['identifier']} {name}: {_shown(old)} > {_shown(new)}")
            say(_("A dry run: nothing was changed. It would have been:"))
        say(
            _("%(read)d rows read: %(created)d created, %(updated)d updated, %(unchanged)d unchanged, %(errors)d in error.")
            % {
                "read": run.rows_read, "created": run.rows_created, "updated": run.rows_updated,
                "unchanged": run.rows_unchanged, "errors": run.rows_in_error,
            }
        )  # fmt: skip
        if report.practices_created or report.software_created:
            say(
                _("%(practices)d practices and %(software)d software products created.")
                % {"practices": report.practices_created, "software": report.software_created}
            )
        if run.message:
            say(run.message)

    def _findings(self, title: str, findings: list[RowError], rows: int) -> None:
        if not findings:
            return
        self.stdout.write(f"{title}: {rows}")
        for finding in findings[:MOST_SHOWN]:
            shown = finding.value if len(finding.value) <= 60 else finding.value[:59] + "…"
            self.stdout.write(f"  {finding.line}: {finding.field} “{shown}” [{finding.code}] {finding.remedy}")
        if len(findings) > MOST_SHOWN:
            self.stdout.write(
                "  "
                + _("and %(more)d more; --errors FILE.csv lists all of them.") % {"more": len(findings) - MOST_SHOWN}
            )


def _how_it_was_read(report: ImportReport) -> list[str]:
    run = report.run
    columns = ", ".join(f"{field} = “{column}”" for field, column in report.columns.items())
    lines = [_("Recognised: %(columns)s") % {"columns": columns}]
    if report.new_system:
        told = (
            _("The identifier system “%(code)s” doesn't exist and would be made.")
            if run.dry_run
            else _("The identifier system “%(code)s” didn't exist and was made.")
        )
        lines.insert(0, told % {"code": run.options["system"]})
    if run.unmapped_columns:
        lines.append(_("Kept as attributes: %(columns)s") % {"columns": ", ".join(run.unmapped_columns)})
    if report.dropped_columns:
        lines.append(
            _("Left out, because national register numbers must not be stored: %(columns)s")
            % {"columns": ", ".join(report.dropped_columns)}
        )
    return lines


def _shown(value: Any) -> str:
    return "–" if value in (None, "", {}) else str(value)
