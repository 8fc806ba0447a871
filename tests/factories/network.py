"""A small whole network for tests of pages: people, practices, figures, segments, cases and follow-ups.

Made by the services where there are some, so that the rows are what the product itself would write.
"""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from adoption.enums import Segment
from adoption.models import Indicator, Measurement, SegmentAssignment, SegmentationRun
from adoption.services.segmentation import run_segmentation
from coaching.enums import Track
from coaching.models import Barrier, Case, Coach, FollowUp, Topic
from coaching.services import log_visit, open_case
from core import clock
from core.models import Installation
from practitioners.models import (
    Affiliation,
    Commune,
    Identifier,
    IdentifierSystem,
    Organisation,
    Practitioner,
    SoftwareProduct,
)
from tests.factories.accounts import UserFactory

TODAY = dt.date(2018, 7, 16)
LAST_MONTH = dt.date(2018, 6, 1)
NAMES = [
    ("Anne", "Dupont"),
    ("Luc", "Janssens"),
    ("Hélène", "Étienne"),
    ("Karim", "El Khattabi"),
    ("Sofie", "Van den Broeck"),
    ("Jean-Pierre", "Lefèvre"),
    ("Mieke", "Maes"),
    ("Youssef", "Öztürk"),
    ("Claire", "Wouters"),
    ("Paul", "Dubois"),
]
# Figures a month: late majority, laggard, early majority, early adopter, innovator.
MONTHLY = [6, 0, 22, 60, 140]


@dataclass
class Network:
    """What was made, by name."""

    coach: Coach
    colleague: Coach
    coordinator: User
    manager: User
    operator: User
    client: User
    home: Commune
    elsewhere: Commune
    practice: Organisation
    run: SegmentationRun | None = None
    practitioners: list[Practitioner] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)

    @property
    def follow_up(self) -> FollowUp:
        """The coach's first open follow-up."""
        return FollowUp.objects.filter(assignee=self.coach).order_by("target_on", "pk")[0]


def build(*, practitioners: int = 10, language: str = "en") -> Network:
    """A network of so many practitioners; of ten, four are followed up, two of them by the coach."""
    Installation.objects.update_or_create(
        pk=1, defaults={"name": "Réseau d'essai", "is_synthetic": True, "fixed_today": TODAY}
    )
    clock.forget()
    network = _people(language)
    add(network, practitioners=practitioners)
    return network


def add(network: Network, *, practitioners: int) -> None:
    """So many more practitioners in the same network, sorted, with cases for those who need one."""
    first = len(network.practitioners)
    for place in range(first, first + practitioners):
        _practitioner(network, place)
    network.run = run_segmentation(scheme_code="volume-bands", as_of=LAST_MONTH, working=True, by=network.manager)
    for person in network.practitioners[first:]:
        _case(network, person)


def _user(role: str, given: str, family: str, language: str) -> User:
    return UserFactory(
        role=role, first_name=given, last_name=family, email=f"{given.lower()}@example.org", language=language
    )


def _coach(user: User, communes: list[Commune]) -> Coach:
    coach = Coach.objects.create(user=user, tracks=list(Track.values), languages=["fr", "nl"])
    coach.communes.set(communes)
    return coach


def _people(language: str) -> Network:
    home, elsewhere = Commune.objects.order_by("nis_code")[:2]
    practice = Organisation.objects.create(
        name="Cabinet du Parc", kind="group", street="Avenue du Parc 12", postal_code="1060", commune=home
    )
    return Network(
        coach=_coach(_user(Role.COACH, "Camille", "Lambert", language), [home]),
        colleague=_coach(_user(Role.TECHNICIAN, "Tom", "De Smet", language), [elsewhere]),
        coordinator=_user(Role.COORDINATOR, "Nadia", "El Amrani", language),
        manager=_user(Role.MANAGER, "Marc", "Vermeulen", language),
        operator=_user(Role.OPERATOR, "Olga", "Peeters", language),
        client=_user(Role.CLIENT, "Bi", "Client", language),
        home=home,
        elsewhere=elsewhere,
        practice=practice,
    )


def _practitioner(network: Network, place: int) -> None:
    """The next one; its figures are those of the band whose turn it is."""
    given, family = NAMES[place % len(NAMES)]
    turn = place // len(NAMES)
    monthly = MONTHLY[place % len(MONTHLY)]
    person = Practitioner.objects.create(
        given_name=given,
        family_name=f"{family} {turn + 1}" if turn else family,
        email=f"{given.lower()}.{place}@example.org",
        phone=f"+3225550{place:03d}",
        language="nl" if place % 3 == 1 else "fr",
        commune=network.home if place % 2 == 0 else network.elsewhere,
        software=SoftwareProduct.objects.order_by("pk").first(),
        connected_since=dt.date(2016, 3, 1) if monthly else None,
    )
    network.practitioners.append(person)
    if place % 2 == 0:
        Affiliation.objects.create(practitioner=person, organisation=network.practice)
    system = IdentifierSystem.objects.get(is_default=True)
    number = f"1{place + 10000:05d}"
    key = f"{number}{97 - int(number) % 97:02d}"
    Identifier.objects.create(system=system, value=key, written=f"{key}004", practitioner=person)
    _figures(person, monthly)


def _figures(person: Practitioner, monthly: int) -> None:
    indicator = Indicator.objects.get(code="sumehr_published")
    months = [dt.date(2016 + (6 + n) // 12, (6 + n) % 12 + 1, 1) for n in range(24)]
    Measurement.objects.bulk_create(
        Measurement(
            indicator=indicator,
            practitioner=person,
            month=month,
            value=max(0, monthly + (n % 5 - 2) * monthly // 10),
        )
        for n, month in enumerate(months)
    )


def _case(network: Network, person: Practitioner) -> None:
    """A case for those of the two last bands: the coach's in the home commune, nobody's elsewhere."""
    segment = SegmentAssignment.objects.get(practitioner=person, ended_by__isnull=True).segment
    if segment not in {Segment.LATE_MAJORITY, Segment.LAGGARDS}:
        return
    opened = dt.datetime.combine(TODAY - dt.timedelta(days=7), dt.time(9), tzinfo=timezone.get_default_timezone())
    case = open_case(
        practitioner=person,
        track=Track.COACHING if segment == Segment.LATE_MAJORITY else Track.TECHNICAL_SUPPORT,
        coach=network.coach if person.commune_id == network.home.pk else None,
        by=network.coordinator,
        because="By hand, for the test",
        at=opened,
    )
    network.cases.append(case)


def visited(network: Network, person: Practitioner, *, days_ago: int = 40) -> None:
    """A visit some weeks ago, with a barrier and a promise, beside the follow-up that is open."""
    started = dt.datetime.combine(
        TODAY - dt.timedelta(days=days_ago), dt.time(10), tzinfo=timezone.get_default_timezone()
    )
    visit = log_visit(
        practitioner=person,
        kind="visit",
        outcome="done",
        coach=network.coach,
        by=network.coach.user,
        started_at=started,
        minutes=35,
        topics=list(Topic.objects.all()[:2]),
        barriers=list(Barrier.objects.all()[:1]),
        promised="The guide to the consent screen",
        readiness={"awareness": 4, "desire": 3, "knowledge": 2, "ability": 2, "reinforcement": 1},
    )
    assert visit.pk
