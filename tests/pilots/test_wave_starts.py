"""The start of a wave is told to the follow-ups that count from it: moved with it, withdrawn with the participation."""

import datetime as dt

import pytest

from coaching.models import AnchorDay, Enrolment, FollowUp
from coaching.selectors.audit import broken_rules
from core import clock
from pilots.models import Participation, Wave
from pilots.services import tell_wave_starts
from pilots.tasks import tell_wave_starts as task
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, change_step, plan, sort, the_open
from tests.pilots.test_waves import make_wave

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def tell(on: dt.date = MONDAY):
    return tell_wave_starts(on=on, at=at(on))


@pytest.fixture
def person():
    return make_practitioners(1)[0]


@pytest.fixture
def participation(person) -> Participation:
    """Somebody in the late majority whose first call is planned five working days after the start of their wave."""
    change_step("first_call", anchor="wave_start")
    sort({person: "late_majority"})
    wave = make_wave("one")
    Wave.objects.update(starts_on=dt.date(2018, 7, 9))
    return Participation.objects.create(pilot=wave.pilots.get(), practitioner=person, since=dt.date(2018, 6, 1))


def test_who_waits_for_the_wave_goes_on_when_its_start_is_told(person, participation):
    plan(MONDAY)
    assert Enrolment.objects.get().waiting_for == "wave_start"
    assert vars(tell()) == {"new": 1, "moved": 0, "withdrawn": 0, "unchanged": 0}
    assert the_open(person).target_on == dt.date(2018, 7, 16)
    assert vars(tell()) == {"new": 0, "moved": 0, "withdrawn": 0, "unchanged": 0}, "told once"


def test_a_wave_that_is_moved_moves_the_follow_up(person, participation):
    tell()
    plan(MONDAY)
    Wave.objects.update(starts_on=dt.date(2018, 9, 3))
    assert tell(MONDAY + DAY).moved == 1
    assert the_open(person).target_on == dt.date(2018, 9, 10)
    assert not broken_rules()


@pytest.mark.parametrize("how", ["ended", "deleted"])
def test_when_the_participation_ends_the_day_is_withdrawn_and_the_enrolment_waits(person, participation, how):
    tell()
    plan(MONDAY)
    if how == "ended":
        Participation.objects.update(until=MONDAY)
        assert tell(MONDAY).withdrawn == 0, "the last day is one of it"
    else:
        participation.delete()
    assert tell(MONDAY + DAY).withdrawn == 1
    assert not AnchorDay.objects.exists()
    assert Enrolment.objects.get().waiting_for == "wave_start"
    assert FollowUp.objects.get().state == "cancelled"
    assert not broken_rules()


def test_the_nightly_task_tells_too(person, participation):
    Wave.objects.update(starts_on=clock.today(), ends_on=None)
    assert task() == {"new": 1, "moved": 0, "withdrawn": 0, "unchanged": 0}


def test_a_wave_of_another_age_is_not_told(person, participation):
    Wave.objects.update(starts_on=dt.date(2001, 1, 1), ends_on=None)
    assert tell().new == 0
