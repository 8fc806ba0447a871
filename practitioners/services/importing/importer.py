"""Importing a file of practitioners: all of its good rows or, on demand, all or nothing."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psycopg
from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.history import quick_history, recorded
from core.locks import one_at_a_time
from core.tabular import Table, UnreadableFile, match_columns, open_table
from practitioners.enums import IdentifierValidator, ImportKind, ImportState
from practitioners.models import IdentifierSystem, ImportRun
from practitioners.services.importing import writing
from practitioners.services.importing.report import Findings, ImportReport
from practitioners.services.importing.rows import RowReader
from practitioners.services.importing.runs import begin_run, end_run
from practitioners.services.importing.words import fields_for

Progress = Callable[[str, float | None], None]
LOCK = "import_practitioners"
ATTEMPTS = 3
_ROWS_PER_REPORT = 2000


class _Undo(Exception):
    """Ends the transaction without keeping anything."""


def import_practitioners(
    *,
    path: str | Path,
    system: str,
    by: User | None,
    mapping: Mapping[str, str] | None = None,
    new_system_validator: str = IdentifierValidator.NONE,
    dry_run: bool = False,
    strict: bool = False,
    file_name: str | None = None,
    on: dt.date | None = None,
    run: ImportRun | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Bring the practitioners of a CSV or XLSX file into the registry, in one transaction.

    A row is known by its identifier in `system` (made, with `new_system_validator`, when there is
    none of this code). Known practitioners are changed where the file says something else, others
    are added; an empty cell says nothing. `mapping` (field to column) goes before the headers;
    columns that are no field are kept as attributes. Rows in error are reported and left out, or
    with `strict` nothing goes in. A dry run does everything and keeps nothing. Another import of
    practitioners is waited for. `on` is the day on which changes of practice happen (today);
    `run` a queued record to fill, `progress` is told the step and how much of it is done (0 to 1).

    Raises UnreadableFile, recorded as a failed run, when the file as a whole can't be used.
    """
    tell: Progress = progress or (lambda _step, _share: None)
    options = {
        "system": system,
        "mapping": dict(mapping or {}),
        "strict": strict,
    }
    with one_at_a_time(LOCK, waiting=lambda: tell("waiting", None)):
        run = begin_run(
            kind=ImportKind.PRACTITIONERS, file_name=(file_name or Path(path).name)[:255], options=options,
            dry_run=dry_run, by=by, run=run,
        )  # fmt: skip
        try:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return _Import(run, path, system, mapping, new_system_validator, strict, on, tell).go(by)
                except OperationalError as error:
                    if attempt == ATTEMPTS or not isinstance(error.__cause__, psycopg.errors.DeadlockDetected):
                        raise
        except UnreadableFile as error:
            end_run(run, ImportState.FAILED, error.message)
            raise
        except BaseException as error:
            if connection.is_usable() and not connection.needs_rollback:
                end_run(run, ImportState.FAILED, _("It was interrupted: %(error)s.") % {"error": type(error).__name__})
            raise
    raise AssertionError("unreachable")


class _Import:
    """One attempt at one file."""

    def __init__(
        self, run: ImportRun, path: str | Path, system: str, mapping: Mapping[str, str] | None, validator: str, strict: bool,
        on: dt.date | None, tell: Progress,
    ) -> None:  # fmt: skip
        self.run, self.path, self.mapping, self.strict, self.tell = run, path, mapping, strict, tell
        self.system_code, self.validator = system, validator
        self.on = on or clock.today()
        self.errors, self.warnings = Findings(), Findings()
        self.report = ImportReport(run)

    def go(self, by: User | None) -> ImportReport:
        run, report = self.run, self.report
        state = ImportState.DONE
        try:
            with transaction.atomic(), recorded(by, source=LOCK, import_run=str(run.ref)):
                quick_history()
                self._read_and_write()
                if self.strict and self.errors.total:
                    state = ImportState.REFUSED
                    raise _Undo
                if run.dry_run:
                    raise _Undo
        except _Undo:
            pass
        if state == ImportState.REFUSED:
            run.rows_created = run.rows_updated = run.rows_unchanged = 0
        run.rows_in_error = len(self.errors.lines)
        run.rows_with_warning = len(self.warnings.lines)
        run.summary = report.summary
        report.errors, report.warnings = self.errors.in_order(), self.warnings.in_order()
        end_run(run, state, self._message(state), report.errors, report.warnings)
        return report

    def _read_and_write(self) -> None:
        run, report = self.run, self.report
        self.tell("reading", 0.0)
        table = open_table(self.path)
        run.file_sha256, report.file_format = table.sha256, table.format
        system, report.new_system = self._system()
        matched = match_columns(table.columns, fields_for(system), self.mapping)
        if "identifier" not in matched.fields:
            raise UnreadableFile(
                "no_identifier",
                _(
                    "No column is recognised as the identifier. Say which one it is: identifier=COLUMN. The columns are: %(columns)s."
                )
                % {"columns": ", ".join(table.columns)},
            )
        report.columns = {field: table.columns[index] for field, index in matched.fields.items()}
        reader = RowReader(table, matched, system, self.errors.add, self.warnings.add)
        report.dropped_columns = reader.dropped
        run.unmapped_columns = [name for _i, name in matched.unmapped if name not in reader.dropped]
        with connection.cursor() as cursor:
            writing.stage(cursor, self._watched(table, reader))
            run.rows_read = reader.rows_read
            self.tell("checking", None)
            for error in writing.judge(cursor, system, report.columns):
                self.errors.add(error)
            if self.strict and self.errors.total:
                return
            self.tell("writing", None)
            result = writing.write(cursor, system, self.on)
        run.rows_created, run.rows_updated, run.rows_unchanged = (
            result["created"],
            result["updated"],
            result["unchanged"],
        )
        report.practices_created, report.software_created = result["practices_created"], result["software_created"]
        report.changed, report.changes, report.first_new = result["changed"], result["changes"], result["first_new"]

    def _system(self) -> tuple[IdentifierSystem, bool]:
        code = self.system_code.strip().lower()
        if not code.replace("-", "").replace("_", "").isalnum() or not code.isascii() or len(code) > 64:
            raise UnreadableFile(
                "bad_system",
                _("“%(code)s” can't be the code of an identifier system. Use letters, digits and dashes.")
                % {"code": code},
            )
        return IdentifierSystem.objects.get_or_create(
            code=code, defaults={"name_en": code, "name_fr": code, "name_nl": code, "validator": self.validator}
        )

    def _watched(self, table: Table, reader: RowReader) -> Iterator[tuple[str, ...]]:
        for number, row in enumerate(reader.read(), 1):
            if number % _ROWS_PER_REPORT == 0:
                self.tell("reading", table.progress)
            yield row

    def _message(self, state: ImportState) -> str:
        if state == ImportState.REFUSED:
            return _("Nothing went in, because rows are in error.")
        if not self.run.rows_read:
            return _("The file has a header but no rows.")
        return ""
