"""What the team and the practices did about calendars, pauses and told days, on the days on which they did it."""

import datetime as dt
import random
from collections.abc import Callable

from accounts.models import User
from coaching.enums import AbsenceKind, Anchor, Channel, ContactPurpose, DayPart, PauseScope
from coaching.errors import BudgetSpent, NotContactable
from coaching.models import Case, Coach
from coaching.services import (
    add_team_day,
    close_practice,
    open_blocker,
    record_absence,
    set_visiting_hours,
    start_pause,
    tell_anchor_days,
)
from coaching.services.outside_contacts import spend_contact_budget
from practitioners.enums import OrganisationKind
from practitioners.models import Organisation, Practitioner, SoftwareProduct

from .contacts import moment
from .size import TODAY

BLOCKED_PRODUCT = "Vlierdossier"
_MOST_PRACTICES = 40
_LUNCH = [(weekday, dt.time(12, 30), dt.time(14)) for weekday in range(5)]
_TWO_AFTERNOONS = [(1, dt.time(13, 30), dt.time(17)), (3, dt.time(13, 30), dt.time(17))]
_MORNINGS = [(weekday, dt.time(8, 30), dt.time(12)) for weekday in (0, 1, 2, 4)]
_SESSION = dt.date(2018, 6, 14)
_SESSION_GUESTS, _MOST_INVITED = 12, 60


class Planning:
    """What happens besides the follow-ups; `before` is asked each Monday before the planner runs."""

    def __init__(self, coaches: list[Coach], coordinator: User, seed: int) -> None:
        self.coaches = coaches
        self.coordinator = coordinator
        self.rng = random.Random(f"{seed}:planning")
        self._events: dict[dt.date, Callable[[dt.date], None]] = {
            dt.date(2018, 4, 9): self._hours,
            dt.date(2018, 5, 7): self._quiet_week,
            dt.date(2018, 6, 4): self._summer,
            dt.date(2018, 6, 18): self._session,
            dt.date(2018, 6, 25): self._blocker,
        }

    def before(self, monday: dt.date) -> None:
        """What became known in the week before this Monday."""
        happening = self._events.get(monday)
        if happening is not None:
            happening(monday)

    def today(self) -> None:
        """This morning: somebody's leave of next week, with what falls in it still to be handed over."""
        at = moment(TODAY, 7, 50)
        next_monday = TODAY + dt.timedelta(days=7)
        record_absence(
            coach=self.coaches[1], first_day=next_monday, last_day=next_monday + dt.timedelta(days=13),
            by=self.coordinator, kind=AbsenceKind.LEAVE, at=at,
        )  # fmt: skip

    def _hours(self, monday: dt.date) -> None:
        """Some practices said when they receive visits, and on which day they never do."""
        for place, practice in enumerate(self._practices(0.08)):
            hours = (_LUNCH, _TWO_AFTERNOONS, _MORNINGS)[place % 3]
            set_visiting_hours(organisation=practice, hours=hours, by=self.coordinator)
            if place % 3 == 0:
                close_practice(organisation=practice, weekday=2, by=self.coordinator, at=moment(monday, 8))

    def _quiet_week(self, monday: dt.date) -> None:
        """Nobody is called in the week of Ascension Day."""
        start_pause(
            scope=PauseScope.QUIET_PERIOD, starts_on=monday, ends_on=monday + dt.timedelta(days=4),
            reason="Semaine de l'Ascension et congrès des généralistes", by=self.coordinator, at=moment(monday, 7),
        )  # fmt: skip

    def _summer(self, monday: dt.date) -> None:
        """Leave, training, a day of the team, holidays of practices, and the quiet days of August."""
        at = moment(monday, 8)
        for place, kind, part, first, last in (
            (5, AbsenceKind.LEAVE, DayPart.WHOLE, 21, 41),
            (3, AbsenceKind.TRAINING, DayPart.WHOLE, 2, 3),
            (2, AbsenceKind.OTHER, DayPart.AFTERNOON, 4, 4),
        ):
            coach = self.coaches[place]
            record_absence(
                coach=coach, first_day=TODAY + dt.timedelta(days=first), last_day=TODAY + dt.timedelta(days=last),
                by=coach.user, kind=kind, part=part, at=at,
            )  # fmt: skip
        add_team_day(day=dt.date(2018, 7, 13), reason="Journée d'équipe", by=self.coordinator, at=at)
        start_pause(
            scope=PauseScope.QUIET_PERIOD, starts_on=dt.date(2018, 8, 13), ends_on=dt.date(2018, 8, 17),
            reason="Semaine du 15 août", by=self.coordinator, at=at,
        )  # fmt: skip
        for place, practice in enumerate(self._practices(0.05)):
            closes_on = dt.date(2018, 7, 2) + dt.timedelta(days=7 * (place % 5))
            close_practice(
                organisation=practice,
                first_day=closes_on,
                last_day=closes_on + dt.timedelta(days=13),
                by=self.coordinator,
                at=at,
            )

    def _session(self, monday: dt.date) -> None:
        """Who came to the hospital's information session, and who was invited to it within their contact budget."""
        followed = Case.objects.filter(closed_at__isnull=True).order_by("pk").values_list("practitioner", flat=True)
        came = list(followed[: 8 * _SESSION_GUESTS : 8])
        source = f"session:{_SESSION.isoformat()}"
        tell_anchor_days(
            anchor=Anchor.SESSION_ATTENDED, source_days=[(key, _SESSION, source) for key in came], by=self.coordinator,
            at=moment(monday, 7),
        )  # fmt: skip
        invited = Practitioner.objects.filter(pk__in=followed[: 3 * _MOST_INVITED : 3]).order_by("pk")
        for practitioner in invited:
            try:
                spend_contact_budget(
                    practitioner=practitioner, purpose=ContactPurpose.INVITATION, channel=Channel.INVITATION,
                    on=_SESSION - dt.timedelta(days=9), source=source, by=self.coordinator,
                )  # fmt: skip
            except (BudgetSpent, NotContactable):
                continue

    def _blocker(self, monday: dt.date) -> None:
        """An update of one software package broke its connection on Friday."""
        product = SoftwareProduct.objects.filter(name=BLOCKED_PRODUCT).first()
        if product is not None:
            open_blocker(
                software=product, defect="Depuis la mise à jour 5.1, l'envoi des SUMEHR échoue (certificat refusé)",
                since=monday - dt.timedelta(days=3), by=self.coordinator, at=moment(monday, 7),
            )  # fmt: skip

    def _practices(self, part: float) -> list[Organisation]:
        kinds = [OrganisationKind.GROUP, OrganisationKind.MEDICAL_HOUSE, OrganisationKind.SOLO]
        rows = list(Organisation.objects.filter(kind__in=kinds).order_by("pk")[:2000])
        return self.rng.sample(rows, min(_MOST_PRACTICES, max(1, round(part * len(rows)))))
