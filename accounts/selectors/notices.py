"""Who gets which notices."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.enums import NOTICES, NoticeKind
from accounts.models import NoticeChoice, User


def takers(kind: str) -> QuerySet[User]:
    """The active people who get this kind of notice: by their own choice, else by the default of their role."""
    defaults = NOTICES[kind]
    chosen = NoticeChoice.objects.filter(user=OuterRef("pk"), kind=kind)
    wanted = Q(Exists(chosen.filter(is_wanted=True))) | (
        Q(role__in=[role for role, default in defaults.items() if default]) & ~Q(Exists(chosen.filter(is_wanted=False)))
    )
    return User.objects.filter(wanted, is_active=True, role__in=list(defaults)).order_by("pk")


def choices_of(user: User) -> dict[NoticeKind, bool]:
    """The kinds of notices that exist for this person's role, and whether they get each."""
    chosen = dict(NoticeChoice.objects.filter(user=user).values_list("kind", "is_wanted"))
    return {kind: chosen.get(kind, NOTICES[kind][user.role]) for kind in NoticeKind if user.role in NOTICES[kind]}
