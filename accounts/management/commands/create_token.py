"""Make a REST token for a user and print its secret, once."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.enums import TokenScope
from accounts.models import User
from accounts.services import create_token
from core.errors import DomainError


class Command(BaseCommand):
    """`create_token EMAIL --name WHAT [--scope read|write] [--days N]`."""

    help = "Make a REST token for a user and print it. It is shown once and kept only as a hash."

    def add_arguments(self, parser: CommandParser) -> None:
        """What the command line takes."""
        parser.add_argument("email", help="The e-mail address of the token's owner.")
        parser.add_argument("--name", required=True, help="What the token is for.")
        parser.add_argument("--scope", choices=TokenScope.values, default=TokenScope.READ.value)
        parser.add_argument("--days", type=int, default=365, help="For how many days it is valid (365).")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the secret alone on standard output, the rest on standard error."""
        owner = User.objects.filter(email__iexact=options["email"]).first()
        if owner is None:
            raise CommandError(f"Nobody has the address {options['email']}. Give the e-mail address of an account.")
        try:
            token, secret = create_token(
                owner=owner, name=options["name"], scope=options["scope"], lives=dt.timedelta(days=options["days"])
            )
        except (DomainError, OverflowError) as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"{token.name}: {token.scope}, of {owner.email}, until {token.expiry:%Y-%m-%d}")
        self.stdout.write(secret)
