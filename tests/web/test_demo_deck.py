"""The demonstration at its own size: the deck's numbers on one base, and a day worth looking at."""

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

import pytest
from django.db import transaction
from django.db.models import Q, Sum
from pytest_django.plugin import DjangoDbBlocker

from accounts.enums import Role
from accounts.models import User
from adoption.enums import Segment
from adoption.models import AdoptionRollup, Measurement, SegmentationRun, SegmentCount
from adoption.selectors import current_assignments, network_picture, working_version
from coaching.enums import OPEN_FOLLOW_UPS, CaseState, Track, VisitState
from coaching.models import BarrierSighting, Case, Coach, Enrolment, FollowUp, Readiness, Visit
from coaching.selectors.audit import broken_rules
from coaching.selectors.boards import day_of
from core import clock
from core.models import Installation
from pilots.models import Participation, Wave
from practitioners.enums import ContactRestriction, OrganisationKind, PractitionerStatus
from practitioners.models import Identifier, Organisation, Practitioner, SoftwareProduct
from practitioners.validators import check_identifier
from web.demo.build import fill
from web.demo.size import DECK_SEGMENTS, TODAY, Size
from web.demo.staff import PASSWORD

# Filled once for the whole file, in a transaction that is rolled back at its end.
pytestmark = [pytest.mark.xdist_group("demo_deck"), pytest.mark.usefixtures("deck")]

JUNE = dt.date(2018, 6, 1)


@pytest.fixture(scope="module")
def deck(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The network of the default size and seed."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            fill(size=Size())
            yield
            transaction.set_rollback(True)
        clock.forget()


def active() -> Q:
    return Q(status=PractitionerStatus.ACTIVE)


def test_it_says_that_it_is_synthetic_and_lives_on_its_day():
    installation = Installation.objects.get()
    assert installation.is_synthetic
    assert clock.today() == TODAY == dt.date(2018, 7, 2)


def test_the_decks_numbers_stand_on_one_base():
    assert Practitioner.objects.filter(active()).count() == 1447
    assert Practitioner.objects.filter(active()).values("commune").distinct().count() == 19
    published = Measurement.objects.filter(indicator__code="sumehr_published")
    assert published.aggregate(sum=Sum("value"))["sum"] == 355_132
    june = published.filter(month=JUNE, practitioner__status=PractitionerStatus.ACTIVE)
    assert june.filter(value__gt=0).count() == 1052
    assert 1447 - june.filter(value__gt=0).count() == 395
    months = published.order_by("month").values_list("month", flat=True).distinct()
    assert (len(months), months[0], months[23]) == (24, dt.date(2016, 7, 1), JUNE)


def test_the_working_scheme_finds_the_decks_segments():
    version = working_version()
    assert version is not None
    assert version.scheme.code == "volume-bands"
    run = SegmentationRun.objects.filter(version=version).latest("pk")
    assert run.as_of == JUNE
    assert run.practitioners == 1447
    counts = dict(SegmentCount.objects.filter(run=run, count__gt=0).values_list("segment", "count"))
    assert counts == {segment.value: count for segment, count in DECK_SEGMENTS.items()}


def test_the_segments_of_earlier_months_show_movement():
    runs = SegmentationRun.objects.filter(version=working_version()).order_by("pk")
    assert [run.as_of.month for run in runs] == [3, 4, 5, 6]
    assert runs[1].moved > 10
    assert runs[3].moved > 10


def test_the_pictures_shares_each_add_up_to_a_hundred():
    picture = network_picture(JUNE)
    assert picture.panels
    for panel in picture.panels:
        assert sum(part.count for part in panel.parts) == panel.base
        assert sum(part.share for part in panel.parts) == 100


def test_progress_is_kept_for_both_indicators():
    for code, whole in (("sumehr_published", 355_132), ("sumehr_coverage", None)):
        rows = AdoptionRollup.objects.filter(indicator__code=code)
        assert rows.values("month").distinct().count() == 24
        assert rows.filter(month=JUNE).aggregate(sum=Sum("practitioners"))["sum"] == 1447
        kept = rows.aggregate(sum=Sum("value_sum"))["sum"]
        there = Measurement.objects.filter(indicator__code=code).aggregate(sum=Sum("value"))["sum"]
        assert kept == there
        assert whole in (None, kept)


def test_every_number_is_valid():
    written = Identifier.objects.values_list("value", "written")
    assert len(written) == 1447 + 38
    for value, text in written:
        checked = check_identifier("nihdi", text)
        assert (checked.value, checked.warnings) == (value, ())


def test_organisations_and_software_are_of_every_kind():
    kinds = set(Organisation.objects.values_list("kind", flat=True))
    assert kinds == set(OrganisationKind.values)
    assert Organisation.objects.filter(kind=OrganisationKind.HOSPITAL).count() == 2
    assert SoftwareProduct.objects.filter(valid_to__isnull=False).exists()
    assert Practitioner.objects.filter(software__valid_to__lt=TODAY).exists()


def test_two_waves_have_participants():
    assert Wave.objects.count() == 2
    for wave in Wave.objects.all():
        assert Participation.objects.filter(pilot__wave=wave).count() > 10


def test_everybody_can_sign_in_with_the_demonstrations_password(client):
    for role in set(Role) - {Role.CLIENT}:
        user = User.objects.filter(role=role).first()
        assert user is not None
        assert client.login(email=user.email, password=PASSWORD), role


def test_the_coordinators_list_has_something_of_everything():
    still_open = FollowUp.objects.filter(state__in=OPEN_FOLLOW_UPS)
    assert still_open.filter(assignee__isnull=True).count() >= 20
    assert still_open.filter(assignee__isnull=False).count() >= 300
    assert still_open.filter(target_on=TODAY).count() >= 20
    assert 50 <= still_open.filter(target_on__lt=TODAY).count() <= 250
    assert not still_open.filter(closes_on__lt=TODAY).exclude(reason__has_key="paused").exists()
    assert FollowUp.objects.filter(state="done").count() >= 1000
    assert FollowUp.objects.filter(state="missed").exists()
    assert FollowUp.objects.filter(reason__has_key="postponed").exists()


def test_every_coachs_day_is_worth_looking_at():
    coaches = Coach.objects.all()
    assert coaches.filter(tracks=[Track.COACHING]).count() == 8
    assert coaches.filter(tracks=[Track.TECHNICAL_SUPPORT]).count() == 4
    for coach in coaches:
        day = day_of(coach=coach, on=TODAY, version=working_version())
        assert day.late and day.today and day.open_now, coach
        assert Visit.objects.filter(coach=coach, state=VisitState.DONE).count() > 20
        assert Visit.objects.filter(coach=coach, state=VisitState.PLANNED).exists()


def test_everybody_who_is_served_is_followed_up_unless_there_is_a_reason():
    served = current_assignments().filter(segment__in=[Segment.LATE_MAJORITY, Segment.LAGGARDS])
    followed = Enrolment.objects.values("practitioner")
    left_out = served.exclude(practitioner__in=followed)
    assert set(left_out.values_list("practitioner__restriction", flat=True)) <= {ContactRestriction.DO_NOT_CONTACT}
    untouchable = Practitioner.objects.exclude(restriction=ContactRestriction.NONE)
    assert untouchable.count() == 12
    assert not FollowUp.objects.filter(practitioner__in=untouchable).exists()


def test_the_past_keeps_the_engines_rules():
    assert broken_rules() == []


def test_the_past_hangs_together():
    assert Case.objects.filter(state=CaseState.CLOSED).exists()
    done = FollowUp.objects.filter(state="done").select_related("enrolment")
    assert all(row.enrolment.enrolled_on <= row.done_on <= TODAY for row in done)
    assert not Visit.objects.filter(state=VisitState.DONE, started_at__date__gt=TODAY).exists()
    assert BarrierSighting.objects.filter(resolved_on__isnull=True).count() > 200
    assert BarrierSighting.objects.filter(resolved_on__isnull=False).exists()
    assert Readiness.objects.count() > 200
    for row in FollowUp.objects.filter(state__in=["done", "due"]).prefetch_related("events")[:300]:
        states = [(event.from_state, event.to_state) for event in row.events.all()]
        assert states[0][0] == ""
        assert states[-1][1] == row.state
        assert all(before[1] == after[0] for before, after in pairwise(states))
