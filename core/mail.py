"""Where Django's mails go: into the outbox first, and while developing into a folder at the end."""

import os
import re
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from core import jobs, outbox

SEND = "core.tasks.send_mails"


class OutboxBackend(BaseEmailBackend):
    """What `django.core.mail` sends, such as the link for a new password, is written to the outbox too."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each message, one for each of its receivers, and have a worker send them after the commit."""
        messages = [
            outbox.Message(
                occasions=[f"mail:{uuid.uuid4()}"],
                to=receiver,
                subject=str(message.subject),
                text=str(message.body),
                html=_html(message),
                language=(get_language() or settings.LANGUAGE_CODE)[:2],
                private=True,
                sender=message.from_email or "",
            )
            for message in email_messages
            for receiver in message.recipients()
        ]
        with transaction.atomic():
            outbox.claim(message.occasions[0] for message in messages)
            outbox.write(messages, at=timezone.now())
        jobs.send_after_commit(SEND)
        return len(email_messages)


def _html(message: EmailMessage) -> str:
    alternatives: list[Any] = getattr(message, "alternatives", [])
    return next((str(content) for content, kind in alternatives if kind == "text/html"), "")


class FolderBackend(BaseEmailBackend):
    """Mails become files in a folder, named by their Message-ID: one that is sent again is the same file."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each message whole or not at all, whoever else writes the same one at the same time."""
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            mime = message.message()
            path = folder / f"{re.sub(r'[^A-Za-z0-9@.-]', '_', mime['Message-ID'].strip('<>'))}.eml"
            draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
            draft.write_bytes(mime.as_bytes())
            os.replace(draft, path)  # noqa: PTH105
        return len(email_messages)
