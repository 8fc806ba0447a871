"""Importing a file of monthly figures: all of its good rows or, on demand, all or nothing."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from adoption.enums import IndicatorKind
from adoption.errors import IndicatorExists, InvalidParameter, UnknownCode
from adoption.models import Indicator
from core import clock
from core.errors import DomainError
from core.history import quick_history, recorded
from core.locks import one_at_a_time
from core.tabular import RowError, Table, UnreadableFile, match_columns, open_table
from practitioners.enums import ImportKind, ImportState
from practitioners.models import ImportRun
from practitioners.services.importing import begin_run, end_run
from practitioners.services.linking import identifier_headers, known_system, storable_columns

from . import merging
from .heavy import room_for_whole_tables
from .reading import FIELDS, STAGED, FigureReader
from .rollup import refresh_rollup

Progress = Callable[[str, float | None], None]
LOCK = "import_measures"
_ROWS_PER_REPORT = 5000
# From so many new rows on, the server's statistics are renewed at once.
_MANY = 10_000


class _Undo(Exception):
    """Ends the transaction without keeping anything."""


@dataclass
class MeasuresReport:
    """What came out, for the person who started it: the counts are on `run`, `errors` are by line.

    `columns` maps each field to the file's column; `changes` are the first corrections; `months` the
    months that changed; `dropped_columns` held national register numbers by their header.
    """

    run: ImportRun
    errors: list[RowError] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    dropped_columns: list[str] = field(default_factory=list)
    file_format: str = ""
    new_indicator: bool = False
    changes: list[dict[str, Any]] = field(default_factory=list)
    months: list[dt.date] = field(default_factory=list)
    attributes_kept: int = 0

    @property
    def summary(self) -> dict[str, Any]:
        """What is kept with the run for later readers."""
        return {
            "format": self.file_format,
            "columns": self.columns,
            "dropped_columns": self.dropped_columns,
            "new_indicator": self.new_indicator,
            "changes": self.changes,
            "months": [month.isoformat() for month in self.months],
            "attributes_kept": self.attributes_kept,
        }


def import_measures(
    *,
    path: str | Path,
    indicator_code: str,
    system: str,
    by: User | None,
    create: str | None = None,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    strict: bool = False,
    file_name: str | None = None,
    on: dt.date | None = None,
    run: ImportRun | None = None,
    progress: Progress | None = None,
) -> MeasuresReport:
    """Bring the monthly figures of a CSV or XLSX file in, in one transaction.

    A row is a practitioner (by the identifier in `system`), a month, a value and, of a coverage, its
    denominator. New figures are added, different ones corrected (what they were is kept), equal ones
    left alone. `create` makes the indicator, of this kind, when there is none of the code. `mapping`
    (field to column) goes before the headers; columns that are no field are kept as attributes of
    the practitioners, the latest month's. Rows in error are reported and left out, or with `strict`
    nothing goes in. A dry run does everything and keeps nothing. Another import of figures is waited
    for. `on` is the day after which a month lies in the future (today); `run` a queued record to
    fill, `progress` is told the step and how much of it is done (0 to 1).

    Raises UnreadableFile, recorded as a failed run, when the file as a whole can't be used, and
    UnknownCode, UnknownSystem, IndicatorExists or InvalidParameter for what else was asked.
    """
    tell: Progress = progress or (lambda _step, _share: None)
    options = {
        "indicator": indicator_code, "system": system, "create": create, "mapping": dict(mapping or {}), "strict": strict,
    }  # fmt: skip
    with one_at_a_time(LOCK, waiting=lambda: tell("waiting", None)):
        run = begin_run(
            kind=ImportKind.MEASURES, file_name=(file_name or Path(path).name)[:255], options=options, dry_run=dry_run,
            by=by, run=run,
        )  # fmt: skip
        try:
            report = _Import(run, path, system, mapping, strict, on or clock.today(), tell).go(
                indicator_code, create, by
            )
        except DomainError as error:
            end_run(run, ImportState.FAILED, str(error))
            raise
        except BaseException as error:
            if connection.is_usable() and not connection.needs_rollback:
                end_run(run, ImportState.FAILED, _("It was interrupted: %(error)s.") % {"error": type(error).__name__})
            raise
    if run.rows_created > _MANY and not dry_run:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE adoption_measurement")
    return report


class _Import:
    """One reading of one file."""

    def __init__(
        self, run: ImportRun, path: str | Path, system: str, mapping: Mapping[str, str] | None, strict: bool, on: dt.date,
        tell: Progress,
    ) -> None:  # fmt: skip
        self.run, self.path, self.mapping, self.strict, self.on, self.tell = run, path, mapping, strict, on, tell
        self.system_code = system
        self.report = MeasuresReport(run)
        self.refused = False

    def go(self, indicator_code: str, create: str | None, by: User | None) -> MeasuresReport:
        run, report = self.run, self.report
        try:
            with transaction.atomic(), recorded(by, source=LOCK, import_run=str(run.ref)):
                quick_history()
                self._read_and_write(self._indicator(indicator_code, create))
                if self.refused or run.dry_run:
                    raise _Undo
        except _Undo:
            pass
        report.errors.sort(key=lambda error: error.line)
        run.summary = report.summary
        end_run(run, ImportState.REFUSED if self.refused else ImportState.DONE, self._message(), report.errors)
        return report

    def _indicator(self, code: str, create: str | None) -> Indicator:
        indicator = Indicator.objects.filter(code=code).first()
        if indicator is not None:
            if create is not None and indicator.kind != create:
                raise IndicatorExists(
                    _("The indicator %(code)s exists and is a %(kind)s; leave out --create, or take another code.")
                    % {"code": code, "kind": indicator.kind}
                )
            return indicator
        if create is None:
            known = ", ".join(Indicator.objects.order_by("code").values_list("code", flat=True))
            message = _("There is no indicator “%(code)s”. There are: %(known)s. --create KIND makes it.")
            raise UnknownCode(
                message % {"code": code, "known": known}, fields={"indicator": _("There is no such indicator.")}
            )
        if create not in IndicatorKind.values:
            kinds = ", ".join(IndicatorKind.values)
            message = _("“%(kind)s” is no kind of indicator; there are: %(kinds)s.") % {"kind": create, "kinds": kinds}
            raise InvalidParameter(message, fields={"create": message})
        if not code.replace("-", "").replace("_", "").isalnum() or not code.isascii() or len(code) > 64:
            message = _("“%(code)s” can't be an indicator's code. Use letters, digits and dashes.") % {"code": code}
            raise InvalidParameter(message, fields={"indicator": message})
        self.report.new_indicator = True
        name = code.replace("_", " ").replace("-", " ")
        return Indicator.objects.create(code=code, name_en=name, name_fr=name, name_nl=name, kind=create)

    def _read_and_write(self, indicator: Indicator) -> None:
        run, report = self.run, self.report
        self.tell("reading", 0.0)
        system = known_system(self.system_code)
        table = open_table(self.path)
        run.file_sha256, report.file_format = table.sha256, table.format
        names = (indicator.code, indicator.name_en, indicator.name_fr, indicator.name_nl)
        fields = {
            "identifier": identifier_headers(system),
            "month": FIELDS["month"],
            "value": (*FIELDS["value"], *names),
            **({"denominator": FIELDS["denominator"]} if indicator.kind == IndicatorKind.COVERAGE else {}),
        }
        matched = match_columns(table.columns, fields, self.mapping)
        missing = [name for name in fields if name not in matched.fields]
        if missing:
            raise UnreadableFile(
                "missing_column",
                _(
                    "No column is recognised as %(fields)s. Say which one it is: %(first)s=COLUMN. The columns are: %(columns)s."
                )
                % {"fields": ", ".join(missing), "first": missing[0], "columns": ", ".join(table.columns)},
            )
        report.columns = {name: table.columns[index] for name, index in matched.fields.items()}
        attributes, report.dropped_columns = storable_columns(matched.unmapped)
        run.unmapped_columns = [name for _index, name in attributes]
        reader = FigureReader(table, matched, attributes, system, indicator.kind, self.on, self._refuse)
        with room_for_whole_tables() as cursor:
            merging.stage(cursor, STAGED, self._watched(table, reader))
            self.tell("checking", None)
            wrong, errors = merging.judge(cursor, system, report.columns)
            for error in errors:
                self._refuse(error)
            run.rows_read, run.rows_in_error = reader.rows_read, reader.rows_in_error + wrong
            self.refused = bool(self.strict and run.rows_in_error)
            if not self.refused:
                self.tell("writing", None)
                merged = merging.merge(cursor, indicator, run.pk)
                run.rows_created, run.rows_updated, run.rows_unchanged = (
                    merged.created,
                    merged.updated,
                    merged.unchanged,
                )
                report.changes, report.months = merged.changes, merged.months
                if attributes:
                    report.attributes_kept = merging.keep_columns(cursor)
            merging.clear(cursor)
        if report.months and not run.dry_run:
            refresh_rollup(indicator=indicator, months=report.months)

    def _refuse(self, error: RowError) -> None:
        if len(self.report.errors) < merging.MOST_KEPT:
            self.report.errors.append(error)

    def _watched(self, table: Table, reader: FigureReader) -> Iterator[tuple[str, ...]]:
        for number, row in enumerate(reader.read()):
            if number % _ROWS_PER_REPORT == 0:
                self.tell("reading", table.progress)
            yield row

    def _message(self) -> str:
        if self.refused:
            return _("Nothing went in, because rows are in error.")
        if not self.run.rows_read:
            return _("The file has a header but no rows.")
        return ""
