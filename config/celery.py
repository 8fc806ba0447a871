"""The Celery application and the whole beat schedule, in one place.

Beat only triggers scans of rows that are due; nothing is scheduled by an ETA or a countdown,
because Redis redelivers a task whose ETA outlives the visibility timeout.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("passerelle")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "plan-follow-ups-nightly": {
        "task": "coaching.tasks.plan_follow_ups",
        "schedule": crontab(hour="4", minute="30"),
    },
}
