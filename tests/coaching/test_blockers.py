"""Rules 6 and 8: a software blocker pauses those who work with the product, and its closing lets them go on."""

import datetime as dt

import pytest

from coaching.errors import (
    BlockerAlreadyOpen,
    BlockerClosed,
    BlockerDayRefused,
    DefectMissing,
    OutOfScope,
    PauseEndBeforeStart,
    PauseOfBlocker,
)
from coaching.models import Enrolment, FollowUp, Hold, Pause, SoftwareBlocker
from coaching.selectors.audit import broken_rules
from coaching.selectors.pauses import blockers_visible_to, blockers_with_held
from coaching.services import assign_follow_up, close_blocker, end_pause, open_blocker
from practitioners.models import Practitioner, SoftwareProduct
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, make_coach, plan, sort, the_open

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + n * DAY for n in range(1, 5))


@pytest.fixture
def product():
    return SoftwareProduct.objects.create(vendor="V", name="S")


def users_of(product, number=1, **columns) -> list:
    people = make_practitioners(number)
    Practitioner.objects.filter(pk__in=[row.pk for row in people]).update(software=product, **columns)
    return people


def enrolled(people) -> None:
    sort(dict.fromkeys(people, "late_majority"))
    plan(MONDAY)


def blocker(product, *, since=MONDAY, on=MONDAY, version="") -> SoftwareBlocker:
    return open_blocker(software=product, defect="Doesn't connect", since=since, version=version, by=None, at=at(on))


def state(person) -> str:
    return Enrolment.objects.filter(practitioner=person).latest("pk").state


def test_an_open_blocker_pauses_and_says_which(product):
    person, other = users_of(product)[0], make_practitioners(1)[0]
    enrolled([person, other])
    opened = blocker(product)
    assert (state(person), state(other)) == ("paused", "live")
    held = the_open(person)
    assert (held.reason["paused"]["why"], held.reason["paused"]["scope"]) == ("Doesn't connect", "software")
    assert Pause.objects.get().blocker == opened and Pause.objects.get().ends_on is None
    assert blockers_with_held(SoftwareBlocker.objects.all()).get().held == 1
    for n in range(1, 40, 3):
        plan(MONDAY + n * DAY)
    assert FollowUp.objects.filter(practitioner=person).count() == 1, "no window closes on who is held"
    assert FollowUp.objects.filter(practitioner=other, state="missed").exists()
    assert state(person) == "paused" and not broken_rules()


def test_closing_lets_them_go_on_staggered_and_the_next_day_at_the_earliest(product):
    coach = make_coach()
    coach.daily_capacity = 2
    coach.save()
    people = users_of(product, 5)
    enrolled(people)
    for person in people:
        assign_follow_up(follow_up=the_open(person), coach=coach, by=None, at=at(MONDAY))
    opened = blocker(product, since=TUESDAY, on=TUESDAY)
    close_blocker(blocker=opened, until=THURSDAY, by=None, at=at(FRIDAY))
    assert Pause.objects.get().resumed_on == FRIDAY
    assert list(FollowUp.objects.order_by("pk").values_list("target_on", flat=True)) == [
        dt.date(2018, 7, 12),
        dt.date(2018, 7, 12),
        dt.date(2018, 7, 13),
        dt.date(2018, 7, 13),
        dt.date(2018, 7, 16),
    ]
    assert not broken_rules()


def test_mended_days_ago_and_told_today_goes_on_today(product):
    person = users_of(product)[0]
    enrolled([person])
    opened = blocker(product)
    plan(MONDAY + 30 * DAY)
    close_blocker(blocker=opened, until=TUESDAY, by=None, at=at(MONDAY + 30 * DAY))
    opened.refresh_from_db()
    assert opened.until == TUESDAY
    assert state(person) == "live" and the_open(person).target_on >= MONDAY + 30 * DAY
    assert plan(MONDAY + 30 * DAY).missed == 0 and not broken_rules()


def test_mended_today_goes_on_tomorrow(product):
    person = users_of(product)[0]
    enrolled([person])
    opened = blocker(product)
    close_blocker(blocker=opened, until=TUESDAY, by=None, at=at(TUESDAY))
    assert state(person) == "paused"
    plan(WEDNESDAY)
    assert state(person) == "live" and Pause.objects.get().resumed_on == WEDNESDAY


def test_who_changes_software_goes_on_and_who_changes_to_it_is_held(product):
    leaving, coming = users_of(product)[0], make_practitioners(1)[0]
    enrolled([leaving, coming])
    opened = blocker(product)
    plan(TUESDAY)
    Practitioner.objects.filter(pk=leaving.pk).update(software=None)
    Practitioner.objects.filter(pk=coming.pk).update(software=product)
    run = plan(WEDNESDAY)
    assert (run.released, run.held) == (1, 1)
    assert (state(leaving), state(coming)) == ("live", "paused")
    assert Hold.objects.get(enrolment__practitioner=coming).held_on == WEDNESDAY
    assert the_open(coming).reason["paused"]["remaining"] == 3
    Practitioner.objects.filter(pk=leaving.pk).update(software=product)
    plan(THURSDAY)
    assert state(leaving) == "paused", "back to the blocked one"
    assert the_open(leaving).reason["paused"]["since"] == THURSDAY.isoformat()
    close_blocker(blocker=opened, until=THURSDAY, by=None, at=at(FRIDAY))
    assert (state(leaving), state(coming)) == ("live", "live") and not broken_rules()


@pytest.mark.parametrize(
    ("attributes", "held"),
    [
        ({"software_version": "2.1"}, True),
        ({"Software version": " 2.1 "}, True),
        ({"Versie": "2.2"}, False),
        ({"modem": "2.2"}, True),
        ({"softwareversie": "2.2"}, False),
        ({"version": "3"}, False),
        ({"version": ""}, True),
        ({}, True),
    ],
)
def test_a_blocker_of_a_version_leaves_those_alone_who_are_known_to_have_another(product, attributes, held):
    """Where the registry doesn't know the version, the person may be affected."""
    person = users_of(product, attributes=attributes)[0]
    enrolled([person])
    blocker(product, version="2.1")
    assert state(person) == ("paused" if held else "live")


def test_somebody_enrolled_under_a_blocker_is_held_at_once_and_begins_when_it_is_mended(product):
    opened = blocker(product)
    person = users_of(product)[0]
    sort({person: "late_majority"})
    plan(TUESDAY)
    assert state(person) == "paused" and the_open(person).state == "deferred"
    close_blocker(blocker=opened, until=THURSDAY, by=None, at=at(FRIDAY))
    assert (state(person), the_open(person).target_on) == ("live", dt.date(2018, 7, 13))
    assert Enrolment.objects.count() == 1


def test_a_blocker_written_into_the_register_otherwise_pauses_and_resumes_all_the_same(product):
    person = users_of(product)[0]
    enrolled([person])
    row = SoftwareBlocker.objects.create(software=product, defect="no connection", since=TUESDAY)
    plan(TUESDAY)
    assert state(person) == "paused"
    SoftwareBlocker.objects.filter(pk=row.pk).update(until=WEDNESDAY)
    plan(WEDNESDAY)
    assert state(person) == "paused"
    plan(THURSDAY)
    assert state(person) == "live" and Pause.objects.get().resumed_on == THURSDAY


def test_what_cant_be_is_refused(product):
    given = {"software": product, "by": None, "at": at(MONDAY)}
    for wrong, error in (
        ({"defect": " ", "since": MONDAY}, DefectMissing),
        ({"defect": "x", "since": TUESDAY}, BlockerDayRefused),
        ({"defect": "x", "since": MONDAY - 500 * DAY}, BlockerDayRefused),
        ({"defect": "x", "since": MONDAY, "by": make_coach().user}, OutOfScope),
    ):
        with pytest.raises(error):
            open_blocker(**given | wrong)
    opened = blocker(product)
    with pytest.raises(BlockerAlreadyOpen):
        blocker(product)
    blocker(product, version="2.1")
    with pytest.raises(PauseOfBlocker):
        end_pause(pause=Pause.objects.get(blocker=opened), by=None, at=at(MONDAY))
    with pytest.raises(PauseEndBeforeStart):
        close_blocker(blocker=opened, until=MONDAY - DAY, by=None, at=at(MONDAY))
    with pytest.raises(BlockerDayRefused):
        close_blocker(blocker=opened, until=TUESDAY, by=None, at=at(MONDAY))
    with pytest.raises(OutOfScope):
        close_blocker(blocker=opened, until=MONDAY, by=UserFactory(role="operator"), at=at(MONDAY))
    close_blocker(blocker=opened, until=MONDAY, by=UserFactory(role="coordinator"), at=at(MONDAY))
    with pytest.raises(BlockerClosed):
        close_blocker(blocker=opened, until=MONDAY, by=None, at=at(MONDAY))
    blocker(product, since=TUESDAY, on=TUESDAY)
    assert blockers_visible_to(make_coach().user).count() == 3
