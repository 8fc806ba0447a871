"""The Celery application and the whole beat schedule, in one place.

Beat only triggers scans of rows that are due; nothing is scheduled by an ETA or a countdown,
because Redis redelivers a task whose ETA outlives the visibility timeout.
"""

import logging.config
import os
from typing import Any

from celery import Celery, Task
from celery.schedules import crontab
from celery.signals import setup_logging
from django_structlog.celery.signals import bind_extra_task_metadata
from django_structlog.celery.steps import DjangoStructLogInitStep
from structlog.contextvars import bind_contextvars

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("passerelle")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def _log_as_django_does(**kwargs: Any) -> None:
    """Workers and beat write the product's structured logs instead of Celery's own."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@bind_extra_task_metadata.connect
def _name_the_task(task: Task, **kwargs: Any) -> None:
    """Every line that a task logs carries its name beside its id."""
    bind_contextvars(task=task.name)


app.conf.beat_schedule = {
    "heartbeat": {
        "task": "core.tasks.heartbeat",
        "schedule": 60.0,
        "options": {"expires": 55},  # a worker that comes back isn't met by a pile of them
    },
    "send-mails": {
        "task": "core.tasks.send_mails",
        "schedule": 60.0,
        "options": {"expires": 55},
    },
    "forget-old-mails": {
        "task": "core.tasks.forget_old_mails",
        "schedule": crontab(hour="3", minute="10"),
    },
    # What is due at which hour is the service's to know; it writes nothing twice.
    "put-notices": {
        "task": "coaching.tasks.put_notices",
        "schedule": crontab(hour="6-11", minute="*/15"),
        "options": {"expires": 800},
    },
    "tell-wave-starts": {
        "task": "pilots.tasks.tell_wave_starts",
        "schedule": crontab(hour="4", minute="15"),
    },
    "plan-follow-ups-nightly": {
        "task": "coaching.tasks.plan_follow_ups",
        "schedule": crontab(hour="4", minute="30"),
    },
    "plan-what-was-left": {
        "task": "coaching.tasks.plan_what_was_left",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 550},
    },
}
