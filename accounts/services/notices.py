"""Choosing which notices one gets."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import NOTICES, NoticeKind
from accounts.models import NoticeChoice, User
from core.errors import InvalidInput, NotAllowed


@transaction.atomic
def choose_notices(*, user: User, wanted: Collection[str], by: User | None = None) -> dict[NoticeKind, bool]:
    """Remember which notices somebody wants; those that are not among them are not sent any more.

    Errors: InvalidInput for a kind that doesn't exist for this person's role; NotAllowed for somebody else's.
    """
    if by is not None and by.pk != user.pk:
        raise NotAllowed(_("Everybody chooses their own notices."))
    offered = [kind for kind in NoticeKind if user.role in NOTICES[kind]]
    unknown = sorted(set(wanted) - {kind.value for kind in offered})
    if unknown:
        message = _("%(kind)s is no notice for your role.") % {"kind": unknown[0]}
        raise InvalidInput(message, fields={"wanted": message})
    NoticeChoice.objects.bulk_create(
        [NoticeChoice(user=user, kind=kind, is_wanted=kind.value in wanted) for kind in offered],
        update_conflicts=True,
        unique_fields=["user", "kind"],
        update_fields=["is_wanted"],
    )
    return {kind: kind.value in wanted for kind in offered}
