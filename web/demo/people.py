"""The practitioners of the network: who they are, where they work, how far they have come."""

import datetime as dt
import random
from dataclasses import dataclass, field

from adoption.enums import Segment
from practitioners.enums import AffiliationRole, InactiveReason, OrganisationKind

from .names import for_address, full_name
from .numbers import nihdi_numbers, phone_number
from .places import PRODUCTS, Place, Practice, other_organisations, practices
from .size import MONTHS, TODAY, Size

NEVER = len(MONTHS)
"""The start of those who have not published yet."""

_READING_ORDER = (
    Segment.INNOVATORS,
    Segment.EARLY_ADOPTERS,
    Segment.EARLY_MAJORITY,
    Segment.LATE_MAJORITY,
    Segment.LAGGARDS,
)
# Share that published before the figures begin, and the span of months in which the others began.
_STARTS = {
    Segment.INNOVATORS: (1.0, 0, 0),
    Segment.EARLY_ADOPTERS: (0.55, 1, 8),
    Segment.EARLY_MAJORITY: (0.22, 1, 15),
    Segment.LATE_MAJORITY: (0.08, 2, 21),
}
# Share of the late majority that began in the last months in which one can begin and be of it.
_LATELY = 0.08
_RESTRICTIONS = (
    "Asked in writing not to be contacted",
    "Long illness, replaced by a colleague",
    "Complaint in progress",
)


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody works or worked somewhere: the organisation's number, and from when until when."""

    organisation: int
    role: AffiliationRole
    is_primary: bool
    since: dt.date
    until: dt.date | None = None


@dataclass(slots=True)
class Person:
    """A practitioner to be; `start` is the month in which they began to publish, `NEVER` if they didn't."""

    given_name: str
    family_name: str
    language: str
    nihdi: str
    email: str
    phone: str
    nis_code: str
    segment: Segment
    start: int = NEVER
    product: int | None = None
    product_since: dt.date | None = None
    connected_since: dt.date | None = None
    inactive_reason: str = ""
    inactive_since: dt.date | None = None
    restriction_reason: str = ""
    posts: list[Post] = field(default_factory=list)

    @property
    def is_active(self) -> bool:
        """Whether the practitioner practises."""
        return not self.inactive_reason


@dataclass(frozen=True, slots=True)
class Network:
    """Everybody and everywhere; posts name organisations by their place in `organisations`."""

    size: Size
    organisations: list[Practice]
    people: list[Person]


def network(size: Size, places: list[Place], seed: int, *, fewest_months: int = 3) -> Network:
    """The people and organisations of a network of this size, the same for the same seed.

    `fewest_months` is the number of months with figures below which there is not enough data.
    """
    rng = random.Random(f"{seed}:practices")
    own = practices(places, size.practitioners, rng)
    others = other_organisations(places, rng, first=len(own))
    seats = [number for number, practice in enumerate(own) for _ in range(practice.holds)]
    retired = [rng.randrange(len(own)) for _ in range(size.inactive)]
    numbers = nihdi_numbers(len(seats) + len(retired), random.Random(f"{seed}:numbers"))

    rng = random.Random(f"{seed}:people")
    people = [_person(i, seat, own[seat], next(numbers), rng) for i, seat in enumerate(seats)]
    _sort_into_segments(people, own, seats, size, rng)
    for person, seat in zip(people, seats, strict=True):
        _tell_history(person, own[seat], fewest_months, rng)
        _post(person, seat, own, others, rng)
    for person in rng.sample(people, size.do_not_contact):
        person.restriction_reason = rng.choice(_RESTRICTIONS)
    people += [
        _retire(_person(len(seats) + i, seat, own[seat], next(numbers), rng), seat, rng)
        for i, seat in enumerate(retired)
    ]
    _lead(people)
    return Network(size, own + others, people)


def _person(number: int, seat: int, practice: Practice, nihdi: str, rng: random.Random) -> Person:
    if practice.kind == OrganisationKind.SOLO:
        given, family = practice.name.split(" ", 2)[2].split(" ", 1)
    else:
        given, family = full_name(practice.language if rng.random() < 0.9 else rng.choice(("fr", "nl")), rng)
    language = practice.language if rng.random() < 0.96 else {"fr": "nl", "nl": "fr"}[practice.language]
    address = f"{for_address(given)}.{for_address(family)}@{practice.domain}" if rng.random() < 0.93 else ""
    phone = phone_number(550_000 + number) if rng.random() < 0.85 else ""
    return Person(given, family, language, nihdi, address, phone, practice.place.nis_code, Segment.LAGGARDS)


def _sort_into_segments(
    people: list[Person], own: list[Practice], seats: list[int], size: Size, rng: random.Random
) -> None:
    """Give each segment exactly its number: the better equipped, the bigger and the luckier come first."""
    scores = []
    for seat in seats:
        practice = own[seat]
        score = rng.gauss(0, 1) + (PRODUCTS[practice.product][5] if practice.product is not None else -1.6)
        score += {OrganisationKind.MEDICAL_HOUSE: 0.7, OrganisationKind.GROUP: 0.25}.get(practice.kind, 0)
        scores.append(score)
    order = sorted(range(len(people)), key=lambda i: -scores[i])
    counts = size.segments
    # Those who have only just begun come from among the lower half.
    lower = order[counts[Segment.INNOVATORS] + counts[Segment.EARLY_ADOPTERS] + counts[Segment.EARLY_MAJORITY] :]
    beginners = set(rng.sample(lower, counts[Segment.NOT_ENOUGH_DATA]))
    for i in beginners:
        people[i].segment = Segment.NOT_ENOUGH_DATA
    others = (people[i] for i in order if i not in beginners)
    for segment in _READING_ORDER:
        for _ in range(counts[segment]):
            next(others).segment = segment


def _tell_history(person: Person, practice: Practice, fewest_months: int, rng: random.Random) -> None:
    """When the person began to publish, was connected, and took up their software."""
    if person.segment in _STARTS:
        already, first, last = _STARTS[person.segment]
        last = min(last, NEVER - fewest_months)
        person.start = 0 if rng.random() < already else round(rng.triangular(first, last, last * 0.6))
        if person.segment == Segment.LATE_MAJORITY and rng.random() < _LATELY:
            person.start = rng.randint(max(0, last - 3), last)
        if person.start == 0:
            person.connected_since = _day(dt.date(2013, 9, 1), dt.date(2016, 6, 20), rng)
        else:
            begins = MONTHS[person.start]
            person.connected_since = _day(begins - dt.timedelta(days=80), begins + dt.timedelta(days=8), rng)
    elif person.segment == Segment.NOT_ENOUGH_DATA:
        person.start = NEVER - rng.randint(1, min(2, fewest_months - 1))
        begins = MONTHS[person.start]
        person.connected_since = _day(begins - dt.timedelta(days=20), begins + dt.timedelta(days=12), rng)
    elif rng.random() < 0.3:
        person.connected_since = _day(dt.date(2015, 1, 5), dt.date(2018, 5, 28), rng)
    _choose_software(person, practice, rng)


def _choose_software(person: Person, practice: Practice, rng: random.Random) -> None:
    product = practice.product
    if product is None and person.segment != Segment.LAGGARDS:
        product = rng.choice([0, 1, 2])
    if product is None:
        return
    person.product = product
    begins, ended = PRODUCTS[product][2], PRODUCTS[product][3]
    if practice.previous_product is not None:
        stopped = PRODUCTS[practice.previous_product][3]
        assert stopped is not None
        person.product_since = _day(stopped - dt.timedelta(days=90), min(stopped + dt.timedelta(days=80), TODAY), rng)
    else:
        before = min(day for day in (ended, person.connected_since, dt.date(2016, 6, 1)) if day is not None)
        person.product_since = _day(begins, max(begins, before), rng)


def _post(person: Person, seat: int, own: list[Practice], others: list[Practice], rng: random.Random) -> None:
    trainee = person.nihdi[-3:] in ("005", "006")
    role = AffiliationRole.TRAINEE if trainee else AffiliationRole.MEMBER
    since = (
        _day(dt.date(2014, 9, 1), dt.date(2017, 10, 1), rng)
        if trainee
        else _day(dt.date(1988, 1, 4), dt.date(2016, 6, 1), rng)
    )
    if rng.random() < 0.12 and len(own) > 1:
        before = rng.choice([i for i in (rng.randrange(len(own)), (seat + 1) % len(own)) if i != seat])
        moved = _day(dt.date(2016, 9, 1), dt.date(2018, 4, 1), rng)
        person.posts.append(
            Post(
                before,
                AffiliationRole.MEMBER,
                True,
                min(since, moved - dt.timedelta(days=365)),
                moved - dt.timedelta(days=1),
            )
        )
        since = moved
    person.posts.append(Post(seat, role, True, since))
    for kind, share in (
        (OrganisationKind.GUARD_POST, 0.2),
        (OrganisationKind.CARE_HOME, 0.04),
        (OrganisationKind.HOSPITAL, 0.03),
    ):
        if rng.random() < share:
            choices = [len(own) + i for i, other in enumerate(others) if other.kind == kind]
            person.posts.append(
                Post(
                    rng.choice(choices),
                    AffiliationRole.STAFF,
                    False,
                    _day(dt.date(2012, 1, 2), dt.date(2018, 5, 1), rng),
                )
            )


def _retire(person: Person, seat: int, rng: random.Random) -> Person:
    """Somebody who stopped before the figures begin."""
    person.inactive_reason = rng.choice((InactiveReason.RETIRED, InactiveReason.RETIRED, InactiveReason.MOVED))
    person.inactive_since = _day(dt.date(2014, 1, 6), dt.date(2016, 6, 24), rng)
    person.posts.append(
        Post(
            seat,
            AffiliationRole.MEMBER,
            True,
            _day(dt.date(1980, 1, 7), dt.date(2005, 6, 1), rng),
            person.inactive_since,
        )
    )
    return person


def _lead(people: list[Person]) -> None:
    """Every practice with several members is led by the one who has been there longest."""
    longest: dict[int, tuple[dt.date, int, int]] = {}
    members: dict[int, int] = {}
    for number, person in enumerate(people):
        for place, post in enumerate(person.posts):
            if post.role == AffiliationRole.MEMBER and post.is_primary and post.until is None:
                members[post.organisation] = members.get(post.organisation, 0) + 1
                candidate = (post.since, number, place)
                longest[post.organisation] = min(longest.get(post.organisation, candidate), candidate)
    for organisation, (since, number, place) in longest.items():
        if members[organisation] > 1:
            people[number].posts[place] = Post(organisation, AffiliationRole.LEAD, True, since)


def _day(first: dt.date, last: dt.date, rng: random.Random) -> dt.date:
    """A working day between two days."""
    day = first + dt.timedelta(days=rng.randint(0, max(0, (last - first).days)))
    return day - dt.timedelta(days=max(0, day.weekday() - 4))
