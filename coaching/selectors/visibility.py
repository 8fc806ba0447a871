"""Which cases, visits and follow-ups exist for a user, and which practitioners for a coach."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from coaching.enums import OPEN_FOLLOW_UPS, CaseState
from coaching.models import Case, Coach, FollowUp, Visit
from practitioners.selectors.visibility import practitioners_visible_to


def practitioners_of_the_field(user: User) -> Q:
    """Practitioners in the coach's communes, those of the coach's live cases, and whom the coach is to contact."""
    coach = Coach.objects.filter(user=user)
    own_case = Case.objects.filter(practitioner=OuterRef("pk"), coach__user=user).exclude(state=CaseState.CLOSED)
    # Who was given a follow-up elsewhere must be able to open the card and log the contact.
    own_follow_up = FollowUp.objects.filter(practitioner=OuterRef("pk"), assignee__user=user, state__in=OPEN_FOLLOW_UPS)
    return Q(commune__in=coach.values("communes")) | Q(Exists(own_case)) | Q(Exists(own_follow_up))


def _of_visible_practitioners(user: User) -> Q:
    return Q() if user.sees_everything else Q(practitioner__in=practitioners_visible_to(user).values("pk"))


def cases_visible_to(user: User) -> QuerySet[Case]:
    """The cases of the practitioners that the user sees."""
    return Case.objects.filter(_of_visible_practitioners(user))


def visits_visible_to(user: User) -> QuerySet[Visit]:
    """The visits of the practitioners that the user sees."""
    return Visit.objects.filter(_of_visible_practitioners(user))


def follow_ups_visible_to(user: User) -> QuerySet[FollowUp]:
    """The follow-ups of the practitioners that the user sees, and those assigned to the user."""
    if user.sees_everything:
        return FollowUp.objects.all()
    return FollowUp.objects.filter(_of_visible_practitioners(user) | Q(assignee__user=user))
