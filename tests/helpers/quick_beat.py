"""The product's Celery application with its whole beat schedule shortened to seconds: `celery -A tests.helpers.quick_beat beat`."""

from config.celery import app

EVERY = 2.0

app.conf.beat_schedule = {name: entry | {"schedule": EVERY} for name, entry in app.conf.beat_schedule.items()}
