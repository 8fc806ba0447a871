"""Handing work to the workers from where it was decided: a command, a task or a view, never a service."""

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def send_after_commit(task_name: str, **arguments: object) -> None:
    """Have a worker do a task once the transaction is in; at once where none is open.

    What the task works from are rows, so it isn't lost with the message: a broker that can't be
    reached is logged, and the beat's next scan finds the rows.
    """
    transaction.on_commit(lambda: _send(task_name, arguments))


def _send(task_name: str, arguments: dict[str, object]) -> None:
    try:
        current_app.send_task(task_name, kwargs=arguments, retry=False)
    except OperationalError as error:
        log.warning("task_not_sent", task=task_name, reason=str(error))
