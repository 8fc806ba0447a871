"""What workers do for adoption."""

import datetime as dt

import structlog
from celery import shared_task

from adoption.errors import InvalidMonth, RunGoesBack
from adoption.selectors import working_version
from adoption.services import run_working_version, tasks_after_segmentation
from core.jobs import send_after_commit

log = structlog.get_logger(__name__)


@shared_task(name="adoption.tasks.run_working_segmentation")
def run_working_segmentation(as_of: str | None = None) -> None:
    """Run the working scheme on the figures up to a month (YYYY-MM-DD; the last one with figures by default).

    Sent after an import. Without a working scheme, or without newer figures, there is nothing to do.
    """
    version = working_version()
    if version is None:
        log.info("segmentation_skipped", reason="no working scheme")
        return
    try:
        run = run_working_version(as_of=dt.date.fromisoformat(as_of) if as_of else None)
    except (InvalidMonth, RunGoesBack) as error:
        log.warning("segmentation_refused", version=str(version), as_of=as_of, reason=str(error))
        return
    log.info(
        "segmentation_done",
        version=str(version),
        as_of=run.as_of.isoformat(),
        sorted=run.practitioners,
        changed=run.changed,
        moved=run.moved,
    )
    for task_name in tasks_after_segmentation(run):
        send_after_commit(task_name)
