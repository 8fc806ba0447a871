"""`manage.py demo`: fill an empty database with a demonstration network."""

from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.models import Installation
from practitioners.models import Practitioner
from web.demo.build import DEFAULT_SEED, NotEmpty, fill
from web.demo.logins import logins
from web.demo.progress import Progress
from web.demo.size import DECK_PRACTITIONERS, Size
from web.demo.staff import give_client_a_token


class Command(BaseCommand):
    """Make a network that is generated, the same at every run, and says that it is synthetic."""

    help = (
        "Fills an empty database with a synthetic network: 1,447 GPs of Brussels with 24 months of figures,"
        " coaches, cases and follow-ups. It lives on Monday 2 July 2018."
    )

    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--practitioners", type=int, default=DECK_PRACTITIONERS, metavar="N",
            help=f"how many active practitioners (default {DECK_PRACTITIONERS}; 100000 takes minutes)",
        )  # fmt: skip
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="another seed makes another network")
        parser.add_argument("--if-empty", action="store_true", help="do nothing where there are practitioners")
        parser.add_argument("--logins", action="store_true", help="only print who can sign in, and with what")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["logins"]:
            if Installation.objects.filter(is_synthetic=True).exists():
                self.stdout.write(logins())
            return
        if options["if_empty"] and Practitioner.objects.exists():
            return
        try:
            size = Size(options["practitioners"])
        except ValueError as error:
            raise CommandError(str(error)) from None
        progress = Progress(cast(TextIO, self.stderr._out), quiet=options["verbosity"] == 0)
        try:
            filled = fill(size=size, seed=options["seed"], progress=progress)
        except NotEmpty as error:
            raise CommandError(
                f"{error} Use an empty database: point DATABASE_URL at another one, or remove the folder .data."
            ) from None
        secret = give_client_a_token()
        self.stdout.write(
            f"{filled.practitioners:,} practitioners in {filled.organisations:,} organisations,"
            f" {filled.figures:,} figures. All of it is synthetic.\n"
        )
        self.stdout.write(logins(token=secret))
