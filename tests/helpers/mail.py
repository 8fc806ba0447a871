"""Mail backends that tests choose by MAIL_BACKEND: one that refuses, one that is slow and keeps count."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from core.mail import FolderBackend


class RefusingBackend(BaseEmailBackend):
    """No mail is taken."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise ValueError("refused on purpose")


class CountingBackend(FolderBackend):
    """Notes every beginning and every end of a sending in a file beside the mails, and takes its time between.

    TEST_MAIL_SECONDS is how long a mail takes before it is there, TEST_MAIL_SECONDS_AFTER how long until the
    sender hears of it: a worker killed in the first leaves a beginning without an end, in the second a mail
    that it never noted as sent.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            message_id = str(message.extra_headers["Message-ID"])
            _note("begins", message_id)
            time.sleep(float(os.environ.get("TEST_MAIL_SECONDS", "0")))
            super().send_messages([message])
            _note("ends", message_id)
            time.sleep(float(os.environ.get("TEST_MAIL_SECONDS_AFTER", "0")))
        return len(email_messages)


def _note(what: str, message_id: str) -> None:
    folder = Path(settings.EMAIL_FILE_PATH)
    folder.mkdir(parents=True, exist_ok=True)
    # One short write at the end of the file: processes don't mix their lines.
    with (folder / "journal").open("a") as journal:
        journal.write(f"{what} {message_id} {os.getpid()}\n")


def journal(folder: Path) -> list[tuple[str, str, str]]:
    """What the counting backend noted, in order: (begins or ends, Message-ID, process)."""
    path = folder / "journal"
    if not path.exists():
        return []
    return [(what, message_id, pid) for what, message_id, pid in map(str.split, path.read_text().splitlines())]
