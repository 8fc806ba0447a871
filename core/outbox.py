"""The outbox: mails are written in the transaction of what they tell, once per occasion for ever.

Whoever has something to tell calls `put`; what is committed is sent by a task that scans the rows
(`core.sending`), so neither a killed worker nor an emptied broker loses or doubles a mail.
"""

import base64
import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils import timezone
from post_office.models import PRIORITY, STATUS, Email

from core.models import Mail, Occasion

LONGEST_SUBJECT = 200
LONGEST_OCCASION = 200


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content: bytes
    mimetype: str


@dataclass(frozen=True, kw_only=True)
class Message:
    """What to tell somebody: one mail for one occasion, or for several that are told together.

    `language` is that of the text; after `expires_at` it isn't sent any more. A `private` one holds
    something that only its receiver may read, such as a link for a new password.
    """

    occasions: Sequence[str]
    to: str
    subject: str
    text: str
    html: str = ""
    attachments: Sequence[Attachment] = ()
    language: str = "en"
    expires_at: dt.datetime | None = None
    private: bool = False
    sender: str = ""


def put(
    *,
    occasion: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    attachments: Sequence[Attachment] = (),
    language: str,
    at: dt.datetime,
    expires_at: dt.datetime | None = None,
) -> bool:
    """Write a mail in the caller's transaction, unless this occasion has had its mail; whether it was written.

    Of two at once for the same occasion the second waits for the first one's end, and writes only when
    that one was rolled back. `at` is the moment from which it may leave.
    Errors: ValidationError for an address that isn't one.
    """
    message = Message(
        occasions=[occasion],
        to=to,
        subject=subject,
        text=text,
        html=html,
        attachments=attachments,
        language=language,
        expires_at=expires_at,
    )
    validate_email(to)
    with transaction.atomic():
        if not claim([occasion]):
            return False
        write([message], at=at)
    return True


def known(occasions: Iterable[str]) -> set[str]:
    """Those of the occasions that have been told, or had nothing to tell."""
    return set(Occasion.objects.filter(key__in=list(occasions)).values_list("key", flat=True))


def claim(occasions: Iterable[str]) -> set[str]:
    """Take occasions for this transaction and give those that nobody had taken; one that has no mail stays untold.

    Whoever else claims one of them meanwhile waits until this transaction ends. All claim in the
    alphabet's order, so nobody waits in a circle.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An occasion is claimed in the transaction that writes its mail, and none is open.")
    keys = sorted(set(occasions))
    if any(not key or len(key) > LONGEST_OCCASION for key in keys):
        raise ValueError(f"An occasion has 1 to {LONGEST_OCCASION} characters.")
    if not keys:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO core_occasion (key)
               SELECT key FROM unnest(%s::text[]) WITH ORDINALITY AS wanted(key, place) ORDER BY place
               ON CONFLICT (key) DO NOTHING RETURNING key""",
            [keys],
        )
        return {row[0] for row in cursor.fetchall()}


def write(messages: Collection[Message], *, at: dt.datetime) -> list[Mail]:
    """Write the mails of occasions that this transaction has claimed; a handful of statements for any number.

    Mails leave as soon as they are committed, or at `at` when that is still to come. One to an address that
    is none is written as failed, so that an operator sees it and a whole night's work doesn't break on it.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A mail is written in the transaction of what it tells, and none is open.")
    rows = list(messages)
    errors = [_complaint(message.to) for message in rows]
    now = timezone.now()
    emails = Email.objects.bulk_create(
        Email(
            from_email=one_line(message.sender) or settings.DEFAULT_FROM_EMAIL,
            to=[one_line(message.to)],
            subject=one_line(message.subject)[:LONGEST_SUBJECT],
            message=message.text,
            html_message=message.html,
            status=STATUS.failed if error else STATUS.queued,
            priority=PRIORITY.medium,
            expires_at=message.expires_at,
            message_id=message_id(message.occasions[0]),
            headers=_headers(message),
        )
        for message, error in zip(rows, errors, strict=True)
    )
    mails = Mail.objects.bulk_create(
        Mail(
            email=email,
            message_id=email.message_id,
            language=message.language,
            attachments=[_packed(attachment) for attachment in message.attachments],
            is_private=message.private,
            # A day of the past is no reason to leave before others, nor one of a demonstration to wait for.
            next_try_at=None if error else max(at, now) if at - now < dt.timedelta(days=1) else now,
            error=error,
        )
        for message, email, error in zip(rows, emails, errors, strict=True)
    )
    told = {key: mail.pk for message, mail in zip(rows, mails, strict=True) for key in message.occasions}
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE core_occasion SET mail_id = told.mail
               FROM unnest(%s::text[], %s::bigint[]) AS told(key, mail) WHERE core_occasion.key = told.key""",
            [list(told), list(told.values())],
        )
    return mails


def withdraw(*, to: str, reason: str) -> int:
    """Send nothing more of what waits for an address; how many mails. They count as failed, with the reason."""
    with transaction.atomic():
        waiting = Mail.objects.filter(next_try_at__isnull=False, email__to__iexact=to)
        mails = dict(waiting.select_for_update(of=("self",)).order_by("pk").values_list("pk", "email"))
        Mail.objects.filter(pk__in=mails).update(next_try_at=None, error=reason[:500])
        Email.objects.filter(pk__in=mails.values()).update(status=STATUS.failed)
    return len(mails)


def message_id(occasion: str) -> str:
    """The Message-ID of an occasion's mail: always the same, and it tells nothing of the occasion."""
    domain = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<{hashlib.sha256(occasion.encode()).hexdigest()[:40]}@{domain}>"


def one_line(text: str) -> str:
    """A text as it may stand in a header: no line ends or other control characters, blanks single."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _complaint(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError:
        return "This is no e-mail address."
    return ""


def _headers(message: Message) -> dict[str, str]:
    headers = {"Content-Language": message.language}
    if not message.private:
        # Nobody's out-of-office note is to answer.
        headers |= {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    return headers


def _packed(attachment: Attachment) -> dict[str, str]:
    return {
        "name": one_line(attachment.name)[:100],
        "mimetype": attachment.mimetype,
        "content": base64.b64encode(attachment.content).decode(),
    }


def unpacked(mail: Mail) -> list[Attachment]:
    """The files that go with a mail."""
    return [
        Attachment(name=packed["name"], mimetype=packed["mimetype"], content=base64.b64decode(packed["content"]))
        for packed in mail.attachments
    ]
