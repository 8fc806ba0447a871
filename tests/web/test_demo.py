"""The demonstration network: its numbers at any size, the same at every run, and never on top of real data."""

import datetime as dt
import io
import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.models import ApiToken, User
from adoption.enums import Segment
from adoption.models import Measurement
from coaching.models import BarrierSighting, Case, FollowUp, Visit
from core.models import Installation
from pilots.models import Pilot
from practitioners.catalogue import COMMUNES
from practitioners.models import IdentifierSystem, Practitioner, SoftwareProduct
from practitioners.validators import check_email, check_enterprise_number, check_identifier, check_phone
from web.demo.build import fill, working_bands
from web.demo.figures import Bands, series
from web.demo.numbers import GP_COMPETENCES, enterprise_number, nihdi_numbers, phone_number
from web.demo.people import NEVER, network
from web.demo.places import Place
from web.demo.size import DECK_SEGMENTS, MONTHS, Size

BANDS = Bands(
    12,
    {Segment.INNOVATORS: 1200, Segment.EARLY_ADOPTERS: 480, Segment.EARLY_MAJORITY: 120, Segment.LATE_MAJORITY: 1},
    3,
)
PLACES = [Place(commune.nis_code, commune.postal_codes[0]) for commune in COMMUNES]


def made(practitioners: int, seed: int = 1):
    """A network of this size and its figures, without a database."""
    size = Size(practitioners)
    people = network(size, PLACES, seed)
    return people, list(series(people.people, size, BANDS, seed))


def run(*words: object) -> str:
    out = io.StringIO()
    call_command("demo", *(str(word) for word in words), stdout=out, stderr=io.StringIO())
    return out.getvalue()


# --- How many of what ---------------------------------------------------------------------------


def test_the_default_size_is_the_decks():
    size = Size()
    assert size.segments == DECK_SEGMENTS
    assert (size.practitioners, size.sumehrs) == (1447, 355_132)
    assert sum(size.segments.values()) == 1447
    assert size.practitioners - size.segments[Segment.LAGGARDS] == 1052


@pytest.mark.parametrize("practitioners", [20, 21, 333, 1446, 100_000])
def test_other_sizes_keep_the_shares(practitioners):
    size = Size(practitioners)
    assert sum(size.segments.values()) == practitioners
    for segment, count in size.segments.items():
        assert abs(count - DECK_SEGMENTS[segment] * practitioners / 1447) < 1


@pytest.mark.parametrize("practitioners", [-1, 0, 19, 150_001])
def test_a_size_out_of_bounds_is_refused(practitioners):
    with pytest.raises(ValueError, match="between 20 and 150000"):
        Size(practitioners)


# --- Numbers of people and places -----------------------------------------------------------------


def test_nihdi_numbers_are_valid_and_nobody_shares_one():
    checked = [check_identifier("nihdi", number) for number in nihdi_numbers(110_000, random.Random(1))]
    assert len({one.value for one in checked}) == 110_000
    assert not any(one.warnings for one in checked)
    assert {one.written[-3:] for one in checked} == set(GP_COMPETENCES)


def test_more_numbers_than_there_are_is_refused():
    with pytest.raises(ValueError, match="180000"):
        next(nihdi_numbers(180_001, random.Random(1)))


def test_enterprise_and_phone_numbers_are_well_formed():
    for sequence in (0, 1, 728, 60_000, 999_999):
        assert check_enterprise_number(enterprise_number(sequence)) == enterprise_number(sequence)
        assert check_phone(phone_number(sequence)) == phone_number(sequence)


def test_addresses_are_well_formed_and_lead_nowhere():
    people, _ = made(1447)
    addresses = [person.email for person in people.people if person.email]
    assert len(addresses) > 1200
    for address in addresses:
        assert check_email(address) == address
        assert address.endswith(".example.org")


# --- People and figures ---------------------------------------------------------------------------


@pytest.mark.parametrize("practitioners", [20, 150, 1447, 5000])
def test_figures_add_up_and_every_volume_lies_in_its_band(practitioners):
    people, figures = made(practitioners)
    size = people.size
    assert sum(sum(one.published) for one in figures) == size.sumehrs
    assert Counter(people.people[one.person].segment for one in figures) == Counter(size.segments)
    assert sum(one.published[-1] > 0 for one in figures) == practitioners - size.segments[Segment.LAGGARDS]
    for one in figures:
        person, volume = people.people[one.person], sum(one.published[-12:])
        if person.segment == Segment.LAGGARDS:
            assert volume == sum(one.published) == 0
        elif person.segment == Segment.NOT_ENOUGH_DATA:
            assert 1 <= len(one.published) <= 2 and all(one.published)
        else:
            low, high = BANDS.span(person.segment)
            assert low <= volume <= high
            assert len(one.published) == len(MONTHS)


def test_coverage_fits_the_summaries():
    people, figures = made(1447)
    for one in figures:
        assert all(0 <= covered < patients for covered, patients in zip(one.covered, one.patients, strict=True))
        assert one.covered == sorted(one.covered)
        if people.people[one.person].start > 0:
            assert one.covered[-1] <= sum(one.published)


def test_bands_without_room_for_the_sum_are_refused():
    people, _ = made(1447)
    impossible = replace(
        BANDS,
        lower={**BANDS.lower, Segment.EARLY_MAJORITY: 2000, Segment.EARLY_ADOPTERS: 4000, Segment.INNOVATORS: 9000},
    )
    with pytest.raises(ValueError, match="no room"):
        list(series(people.people, people.size, impossible, 1))


def test_everybody_works_somewhere_and_nobody_in_two_first_places_at_once():
    people, _ = made(1447)
    for person in people.people:
        first = sorted((post.since, post.until or dt.date.max) for post in person.posts if post.is_primary)
        assert first
        assert all(since <= until for since, until in first)
        assert all(earlier[1] < later[0] for earlier, later in pairwise(first))
        assert person.is_active == (first[-1][1] == dt.date.max)
    held = Counter(
        post.organisation for person in people.people for post in person.posts if post.is_primary and post.until is None
    )
    assert held == {n: practice.holds for n, practice in enumerate(people.organisations) if practice.holds}


def test_nobody_publishes_before_they_are_connected():
    people, _ = made(1447)
    publishers = [person for person in people.people if person.start < NEVER]
    assert len(publishers) == 1052
    for person in publishers:
        begins = MONTHS[person.start]
        assert person.connected_since is not None
        assert person.connected_since < begins + dt.timedelta(days=28)


def test_the_same_seed_makes_the_same_network_and_another_seed_another():
    assert made(400, seed=5) == made(400, seed=5)
    assert made(400, seed=5) != made(400, seed=6)


# --- In the database ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_bands_are_those_of_the_shipped_scheme():
    assert working_bands() == BANDS


@pytest.mark.django_db
def test_a_database_with_practitioners_is_refused_and_left_alone():
    Practitioner.objects.create(family_name="Peeters")
    with pytest.raises(CommandError, match="has practitioners already"):
        run("--practitioners", 20)
    assert Practitioner.objects.count() == 1
    assert not Installation.objects.exists()
    assert not SoftwareProduct.objects.exists()
    assert run("--practitioners", 20, "--if-empty") == ""
    assert not User.objects.filter(email="coordinator@example.org").exists()
    assert run("--logins") == ""


@pytest.mark.django_db
def test_an_address_that_is_taken_is_named():
    User.objects.create_user("Coach2@example.org", role="coach")
    with pytest.raises(CommandError, match=r"Coach2@example\.org"):
        run("--practitioners", 20)
    assert not Practitioner.objects.exists()


@pytest.mark.django_db
def test_a_size_out_of_bounds_is_refused_by_the_command():
    with pytest.raises(CommandError, match="between 20 and"):
        run("--practitioners", 7)


@pytest.mark.django_db
def test_a_filling_that_is_interrupted_leaves_nothing():
    IdentifierSystem.objects.filter(code="nihdi").delete()
    with pytest.raises(IdentifierSystem.DoesNotExist):
        fill(size=Size(60))
    assert not Practitioner.objects.exists()
    assert not User.objects.exists()
    assert not Measurement.objects.exists()
    assert not Installation.objects.exists()


@pytest.mark.django_db
def test_the_command_fills_prints_the_logins_and_makes_one_token():
    printed = run("--practitioners", 60)
    assert "62 practitioners" in printed
    assert "synthetic" in printed
    assert "coordinator@example.org" in printed
    assert ApiToken.objects.get().user.email == "client@example.org"
    assert not Pilot.objects.filter(coach=None).exists()
    assert not Case.objects.exclude(opened_by=None).exclude(opened_because="").exists(), "by hand, so not by segment"
    token = printed.strip().rsplit(maxsplit=1)[-1]
    assert token.startswith(ApiToken.objects.get().token_key)
    again = run("--logins")
    assert "coordinator@example.org" in again
    assert token not in again
    assert ApiToken.objects.count() == 1


@pytest.mark.django_db
def test_two_runs_with_one_seed_fill_the_same():
    assert written(seed=3) == written(seed=3)
    assert written(seed=3) != written(seed=4)


def written(*, seed: int) -> dict[str, list[tuple[object, ...]]]:
    """What a run wrote, without keys and the moments of now; the run is undone."""
    with transaction.atomic():
        fill(size=Size(150), seed=seed)
        rows = {
            "people": Practitioner.objects.order_by("ref").values_list(
                "ref", "given_name", "family_name", "email", "commune", "software__name", "identifiers__written"
            ),
            "segments": Practitioner.objects.order_by("ref", "segment_assignments__first_run__as_of").values_list(
                "ref", "segment_assignments__segment", "segment_assignments__first_run__as_of"
            ),
            "figures": Measurement.objects.order_by("practitioner__ref", "indicator", "month").values_list(
                "practitioner__ref", "indicator__code", "month", "value", "denominator"
            ),
            "follow-ups": FollowUp.objects.order_by(
                "practitioner__ref", "step", "occurrence", "enrolment__enrolled_on"
            ).values_list(
                "practitioner__ref",
                "step__code",
                "occurrence",
                "state",
                "target_on",
                "outcome",
                "assignee__user__email",
            ),
            "visits": Visit.objects.order_by("practitioner__ref", "started_at", "planned_at").values_list(
                "practitioner__ref", "kind", "started_at", "planned_at", "minutes", "notes", "signed_at"
            ),
            "barriers": BarrierSighting.objects.order_by("practitioner__ref", "barrier", "seen_on").values_list(
                "practitioner__ref", "barrier__code", "seen_on", "severity", "resolved_on"
            ),
        }
        kept = {name: list(values) for name, values in rows.items()}
        transaction.set_rollback(True)
    assert all(kept.values()), "nothing was compared"
    return kept
