"""Print the OpenAPI document, or keep it in docs/openapi-v1.yaml."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.api.document import as_yaml

KEPT = Path(settings.BASE_DIR) / "docs" / "openapi-v1.yaml"


class Command(BaseCommand):
    """`openapi [--write | --check]`."""

    help = "Print the OpenAPI document of the REST interface; keep it, or check that the kept one is the present one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """What the command line takes."""
        parser.add_argument("--write", action="store_true", help=f"Write it to docs/{KEPT.name}.")
        parser.add_argument("--check", action="store_true", help=f"Fail unless docs/{KEPT.name} is the present one.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print, write or compare."""
        present = as_yaml()
        if options["write"]:
            KEPT.write_text(present, encoding="utf-8")
        elif options["check"]:
            if not KEPT.exists() or KEPT.read_text(encoding="utf-8") != present:
                raise CommandError(f"docs/{KEPT.name} is not the present document. Run `manage.py openapi --write`.")
        else:
            self.stdout.write(present, ending="")
