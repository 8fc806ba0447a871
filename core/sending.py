"""Sending what is in the outbox: each mail by one worker at a time, again after a failure, a bounded number of times.

A mail is claimed in two steps. The first, committed at once, counts the try and says when the next one
may be: should the worker be killed, another one takes the mail up then. The second holds the mail's row
locked while it is handed over; the lock ends with its holder, so no claim outlives its worker.

What can't be had: SMTP doesn't tell whether a server took a mail when the connection or the worker died
before the answer was noted. Such a mail is sent again with the same Message-ID, by which servers and mail
programs know doubles. The folder of the development default overwrites the file with itself.
"""

import datetime as dt
import smtplib
import time
from dataclasses import asdict, dataclass

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone
from post_office.models import STATUS, Email

from core.models import Mail
from core.outbox import unpacked

logger = structlog.get_logger(__name__)

LONGEST_PAUSE = dt.timedelta(hours=6)
GIVEN_UP = "The worker ended each time while it was sending this mail."
OUT_OF_DATE = "Out of date before it could be sent."


@dataclass
class Tally:
    """What a run of the sender came to: mails sent, to be tried again, and failed for good."""

    sent: int = 0
    again: int = 0
    failed: int = 0

    def as_dict(self) -> dict[str, int]:
        """The numbers by name, for a log line."""
        return asdict(self)


def send_due(*, seconds: float = 50) -> Tally:
    """Send the mails whose time has come, one by one, for so many seconds at most; any number of workers at once.

    When the mail server can't be reached the rest waits for the next run, rather than failing one by one.
    """
    until = time.monotonic() + seconds
    tally = Tally()
    backend: BaseEmailBackend = get_connection(settings.MAIL_BACKEND)
    try:
        while time.monotonic() < until:
            claimed = _claim(tally)
            if claimed is None:
                break
            if not _send(claimed, backend, tally):
                break
    finally:
        _hang_up(backend)
    return tally


def _claim(tally: Tally) -> Mail | None:
    """The next mail to send, with this try counted and the time of the next one written; None when all are sent."""
    while True:
        now = timezone.now()
        with transaction.atomic():
            mail = (
                Mail.objects.filter(next_try_at__lte=now)
                .select_related("email")
                .order_by("next_try_at", "id")
                .select_for_update(skip_locked=True, of=("self",))
                .first()
            )
            if mail is None:
                return None
            if mail.email.expires_at is not None and mail.email.expires_at <= now:
                _fail(mail, OUT_OF_DATE, tally)
            elif mail.tries >= settings.MAIL_TRIES:
                # Its last try was never answered: whoever made it was killed.
                _fail(mail, mail.error or GIVEN_UP, tally)
            else:
                mail.tries += 1
                mail.next_try_at = now + _pause(mail.tries)
                mail.save(update_fields=["tries", "next_try_at"])
                return mail


def _pause(tries: int) -> dt.timedelta:
    """How long after a try the next one may be: twice as long each time, six hours at most."""
    return min(dt.timedelta(seconds=settings.MAIL_RETRY_SECONDS) * 2 ** (tries - 1), LONGEST_PAUSE)


def _send(claimed: Mail, backend: BaseEmailBackend, tally: Tally) -> bool:
    """Hand a claimed mail over while its row is locked; whether the next one may be tried."""
    with transaction.atomic():
        mail = (
            # As it was claimed: not when somebody else took it up meanwhile, or an operator sent it anew.
            Mail.objects.filter(pk=claimed.pk, tries=claimed.tries, next_try_at=claimed.next_try_at)
            .select_related("email")
            .select_for_update(skip_locked=True, of=("self",))
            .first()
        )
        if mail is None:
            return True
        try:
            backend.send_messages([_message_of(mail)])
        except Exception as error:  # noqa: BLE001 (whatever goes wrong with one mail is that mail's error)
            _hang_up(backend)
            reason = f"{type(error).__name__}: {error}"
            logger.warning("mail_not_sent", message_id=mail.message_id, tries=mail.tries, reason=reason)
            if mail.tries >= settings.MAIL_TRIES:
                _fail(mail, reason, tally)
            else:
                _note(mail, STATUS.requeued, reason)
                tally.again += 1
            return not _is_unreachable(error)
        mail.sent_at, mail.next_try_at = timezone.now(), None
        _note(mail, STATUS.sent, "")
        tally.sent += 1
        return True


def _message_of(mail: Mail) -> EmailMessage:
    message: EmailMessage = mail.email.prepare_email_message()
    for attachment in unpacked(mail):
        kind, _slash, subtype = attachment.mimetype.partition("/")
        if kind == "text":
            message.attach(attachment.name, attachment.content.decode(), f"text/{subtype}")
        else:
            message.attach(attachment.name, attachment.content, attachment.mimetype)
    return message


def _fail(mail: Mail, reason: str, tally: Tally) -> None:
    mail.next_try_at = None
    _note(mail, STATUS.failed, reason)
    tally.failed += 1


def _note(mail: Mail, status: int, error: str) -> None:
    """Write what came of a try where pages and django-post-office's own administration look."""
    mail.error = error[:500]
    mail.save(update_fields=["error", "next_try_at", "sent_at"])
    Email.objects.filter(pk=mail.email_id).update(
        status=status, number_of_retries=max(mail.tries - 1, 0), last_updated=timezone.now()
    )


def _is_unreachable(error: Exception) -> bool:
    """Whether the server, and not the mail, was the trouble."""
    about_the_server = (smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPAuthenticationError)
    about_the_mail = (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException)
    if isinstance(error, about_the_server):
        return True
    return isinstance(error, OSError) and not isinstance(error, about_the_mail)


def _hang_up(backend: BaseEmailBackend) -> None:
    try:
        backend.close()
    except OSError as error:
        logger.info("mail_connection_not_closed", reason=str(error))


@transaction.atomic
def resend(*, mails: list[Mail]) -> int:
    """Queue mails that failed once more, with all their tries; how many. Others stay as they are."""
    locked = list(
        Mail.objects.filter(pk__in=[mail.pk for mail in mails], email__status=STATUS.failed)
        .order_by("pk")
        .select_for_update(of=("self",))
    )
    Mail.objects.filter(pk__in=[mail.pk for mail in locked]).update(tries=0, error="", next_try_at=timezone.now())
    Email.objects.filter(pk__in=[mail.email_id for mail in locked]).update(status=STATUS.queued, expires_at=None)
    return len(locked)


def forget_old() -> int:
    """Drop the mails that were sent or failed MAIL_KEEP_DAYS ago, how many; their occasions stay told."""
    before = timezone.now() - dt.timedelta(days=settings.MAIL_KEEP_DAYS)
    old = Mail.objects.filter(next_try_at__isnull=True, created_at__lt=before)
    _total, by_model = Email.objects.filter(outbox_mail__in=old).delete()
    return by_model.get("core.Mail", 0)
