"""Structured logs: readable lines while developing, one JSON object per line in production.

Every line carries the request's or the task's id. E-mail addresses are blotted out wherever they
turn up, and query strings are cut from logged addresses, since people search for people.
"""

import logging
import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+")
BLOT = "[e-mail]"
FEED = re.compile(r"(/calendar/)[^/\s\"'?]+")


def without_addresses(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Blot out e-mail addresses in every value, however deep."""
    return {key: _blot(value) for key, value in event.items()}


def _blot(value: Any) -> Any:
    if isinstance(value, str):
        return ADDRESS.sub(BLOT, value) if "@" in value else value
    if isinstance(value, dict):
        return {key: _blot(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_blot(inner) for inner in value]
    return value


def without_query(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Keep what was asked for, not what was searched for."""
    request = event.get("request")
    if isinstance(request, str):
        event["request"] = request.partition("?")[0]
    return event


def without_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Cut the secrets of calendar subscriptions out of logged addresses: who has one reads the calendar."""
    return {
        key: FEED.sub(r"\1[secret]", value) if isinstance(value, str) and "/calendar/" in value else value
        for key, value in event.items()
    }


class WithoutRoutine(logging.Filter):
    """Leaves out what happens every minute and says nothing new: the lines of the heartbeat and the sender."""

    ROUTINE = frozenset({"core.tasks.heartbeat", "core.tasks.send_mails"})
    NEWS = frozenset({"mails_sent"})

    def filter(self, record: logging.LogRecord) -> bool:
        event = record.msg if isinstance(record.msg, dict) else {}
        routine = not self.ROUTINE.isdisjoint({event.get("task"), event.get("child_task_name")})
        routine = routine and event.get("event") not in self.NEWS
        return record.levelno > logging.INFO or not routine


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
    ]


def logging_settings(*, json: bool, level: str) -> dict[str, Any]:
    """Django's LOGGING, for structlog's and for ordinary loggers alike; configures structlog on the way."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    ending: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        without_query,
        without_secrets,
    ]
    if json:
        # The traceback becomes text before it is blotted.
        ending += [structlog.processors.format_exc_info, without_addresses, structlog.processors.JSONRenderer()]
    else:
        ending += [without_addresses, structlog.dev.ConsoleRenderer(colors=False)]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": ending,
                "foreign_pre_chain": _common(),
            }
        },
        "filters": {"without_routine": {"()": WithoutRoutine}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "structured",
                "filters": [] if level == "DEBUG" else ["without_routine"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would print the same lines again, unstructured.
            "django": {"level": level, "propagate": True, "handlers": []},
            # The request middleware says it with the request's id.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": level, "propagate": True, "handlers": []},
            # Said once more, and with ids, by django-structlog.
            "celery.beat": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }
