"""Bring the database up to date, fill an empty one with the demo, and note who can sign in.

    python -m config.dev.fill PRACTITIONERS FILE

One process for the three, since most of the time of each would go into starting Python.
"""

import os
import sys
from pathlib import Path

import django
from django.core.management import CommandError, call_command


def main(practitioners: int, note: Path) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        call_command("migrate", verbosity=0)
        if practitioners:
            call_command("demo", "--if-empty", practitioners=practitioners)
        with note.open("w") as file:
            call_command("demo", "--logins", stdout=file)
    except CommandError as error:
        sys.exit(f"passerelle: {error}")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
