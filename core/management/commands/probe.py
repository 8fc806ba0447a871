"""Ask a background process how it is, for a container engine: `manage.py probe worker`."""

import datetime as dt
import socket
from typing import Any

from celery import current_app
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

# Beat writes down what it sent every few minutes.
BEAT_LATE_AFTER = dt.timedelta(minutes=10)


class Command(BaseCommand):
    help = "Exit with 0 when this host's worker answers, or when beat has lately sent what is due."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["worker", "beat"])

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        problem = self._worker() if what == "worker" else self._beat()
        if problem:
            raise CommandError(problem)
        self.stdout.write("ok")

    def _worker(self) -> str | None:
        name = f"celery@{socket.gethostname()}"
        answers = current_app.control.ping(destination=[name], timeout=5)
        return None if answers else f"{name} doesn't answer"

    def _beat(self) -> str | None:
        last = PeriodicTask.objects.filter(task="core.tasks.heartbeat").values_list("last_run_at", flat=True).first()
        if last is None:
            return "beat has sent nothing yet"
        if timezone.now() - last > BEAT_LATE_AFTER:
            return f"beat sent nothing since {last:%Y-%m-%d %H:%M}"
        return None
