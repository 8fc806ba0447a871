"""The mails of the outbox as the operator's page lists them."""

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from post_office.models import STATUS, Email

from core.models import Mail

WAITING, SENT, FAILED = "waiting", "sent", "failed"
STATES = {WAITING: _("Waiting"), SENT: _("Sent"), FAILED: _("Failed")}
_STATUSES = {WAITING: (STATUS.queued, STATUS.requeued), SENT: (STATUS.sent,), FAILED: (STATUS.failed,)}
_STATE_OF = {status: state for state, statuses in _STATUSES.items() for status in statuses}


def mails(*, state: str = "", search: str = "") -> QuerySet[Mail]:
    """The mails, the newest first, in a state and with a word in address, subject or occasion."""
    rows = Mail.objects.select_related("email").prefetch_related("occasions").order_by("-id")
    if state in _STATUSES:
        rows = rows.filter(email__status__in=_STATUSES[state])
    if search:
        rows = rows.filter(
            Q(email__to__icontains=search)
            | Q(email__subject__icontains=search)
            | Q(pk__in=Mail.objects.filter(occasions__key__contains=search).values("pk"))
        )
    return rows


def state_of(mail: Mail) -> str:
    """Waiting, sent or failed."""
    return _STATE_OF.get(mail.email.status, WAITING)


def counts() -> dict[str, int]:
    """How many mails wait, were sent and failed."""
    return Email.objects.aggregate(
        **{state: Count("pk", filter=Q(status__in=statuses)) for state, statuses in _STATUSES.items()}
    )
