"""The record of an import: written before it begins and after it ends, outside of its transaction."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.tabular import RowError
from practitioners.enums import ImportKind, ImportState, RowSeverity
from practitioners.models import ImportRowError, ImportRun


def begin_run(
    *,
    kind: ImportKind,
    file_name: str,
    options: dict[str, Any],
    dry_run: bool,
    by: User | None,
    run: ImportRun | None = None,
) -> ImportRun:
    """Record that an import begins; to be called by whoever holds the lock of its kind.

    Because of the lock, any other import of the kind that still says `running` was killed: it is
    marked as failed. `run` is one that was queued before.
    """
    with transaction.atomic():
        ImportRun.objects.filter(kind=kind, state=ImportState.RUNNING).update(
            state=ImportState.FAILED,
            finished_at=timezone.now(),
            message=_("It was interrupted; nothing of it was kept. It can be started again."),
        )
        if run is None:
            return ImportRun.objects.create(kind=kind, file_name=file_name, options=options, dry_run=dry_run, by=by)
        run.state = ImportState.RUNNING
        run.options = options
        run.save(update_fields=["state", "options"])
        return run


def end_run(
    run: ImportRun,
    state: ImportState,
    message: str = "",
    errors: list[RowError] | None = None,
    warnings: list[RowError] | None = None,
) -> ImportRun:
    """Record how an import ended, with the counts that are set on `run` and its findings."""
    run.state, run.message, run.finished_at = state, message, timezone.now()
    with transaction.atomic():
        run.save()
        ImportRowError.objects.bulk_create(
            (
                ImportRowError(
                    run=run, severity=severity, line=finding.line, field=finding.field[:100], value=finding.value,
                    code=finding.code, remedy=finding.remedy,
                )
                for severity, findings in ((RowSeverity.ERROR, errors or []), (RowSeverity.WARNING, warnings or []))
                for finding in findings
            ),
            batch_size=2000,
        )  # fmt: skip
    return run
