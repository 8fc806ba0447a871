"""What is paused: which pauses and blockers a user sees, whether they run, and how many they hold."""

import datetime as dt

from django.db.models import Count, F, Q, QuerySet

from accounts.models import User
from coaching.enums import PauseScope
from coaching.models import Hold, Pause, SoftwareBlocker
from coaching.policies import may_start_pause
from practitioners.models import Practitioner
from practitioners.selectors.visibility import practitioners_visible_to


def pauses_visible_to(user: User) -> QuerySet[Pause]:
    """The pauses that concern what the user sees: all for the office; in the field one's own and those of many."""
    if user.sees_everything:
        return Pause.objects.all()
    if not user.works_in_the_field:
        return Pause.objects.none()
    of_many = [PauseScope.PLAYBOOK, PauseScope.SOFTWARE, PauseScope.QUIET_PERIOD]
    return Pause.objects.filter(
        Q(scope__in=of_many)
        | Q(scope=PauseScope.COACH, coach__user=user)
        | Q(scope=PauseScope.PRACTITIONER, practitioner__in=practitioners_visible_to(user).values("pk"))
    )


def blockers_visible_to(user: User) -> QuerySet[SoftwareBlocker]:
    """The register of software blockers: the same for everybody who takes part in the work."""
    blockers = SoftwareBlocker.objects.all()
    return blockers if user.sees_everything or user.works_in_the_field else blockers.none()


def pausable_by(user: User, practitioner: Practitioner) -> bool:
    """Whether the user may pause this practitioner."""
    return may_start_pause(user, PauseScope.PRACTITIONER, practitioner=practitioner)


def running(on: dt.date) -> Q:
    """Pauses that hold on this day."""
    return Q(starts_on__lte=on) & (
        Q(resumed_on__gt=on) | Q(resumed_on__isnull=True) & (Q(ends_on__isnull=True) | Q(ends_on__gte=on))
    )


def to_come(on: dt.date) -> Q:
    """Pauses that begin after this day and weren't called off."""
    return Q(starts_on__gt=on) & Q(resumed_on__isnull=True)


def called_off() -> Q:
    """Pauses that were ended before they held anybody for a day."""
    return Q(resumed_on__lte=F("starts_on"))


def with_held(pauses: QuerySet[Pause]) -> QuerySet[Pause]:
    """The pauses with `held`, how many enrolments each holds now, and `ever_held`, how many it did."""
    return pauses.annotate(held=Count("holds", filter=Q(holds__released_on__isnull=True)), ever_held=Count("holds"))


def blockers_with_held(blockers: QuerySet[SoftwareBlocker]) -> QuerySet[SoftwareBlocker]:
    """The blockers with `held`, how many enrolments each holds now, and `ever_held`, how many it did."""
    return blockers.annotate(
        held=Count("pauses__holds", filter=Q(pauses__holds__released_on__isnull=True)),
        ever_held=Count("pauses__holds"),
    )


def holds_of(enrolments: list[int]) -> QuerySet[Hold]:
    """What holds these enrolments now, the first one first."""
    open_ones = Hold.objects.filter(enrolment__in=enrolments, released_on__isnull=True)
    return open_ones.select_related("pause__blocker", "pause__software", "pause__by").order_by("held_on", "pk")
