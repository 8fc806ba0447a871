"""What time does: clocks that change, and figures that arrive late and are corrected."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import holidays
import pytest
from django.core.management import call_command

from adoption.models import Indicator, Measurement, SegmentAssignment
from adoption.services.segmentation import run_segmentation
from coaching.models import Enrolment, FollowUp
from coaching.services import complete_follow_up, log_visit
from practitioners.models import Practitioner
from tests.coaching.engine_world import FORGOTTEN, digest, names
from tests.factories.accounts import UserFactory
from tests.factories.adoption import give_figures, make_practitioners
from tests.factories.coaching import MONDAY, at, figure, make_coach, plan, sort, the_open

pytestmark = pytest.mark.django_db

BRUSSELS = ZoneInfo("Europe/Brussels")
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _audited(db: None) -> Iterator[None]:
    yield
    call_command("audit_follow_ups")


# --- Clocks that change ------------------------------------------------------------------------------

OFF = holidays.country_holidays("BE")
SPRING, AUTUMN = dt.date(2018, 3, 25), dt.date(2018, 10, 28)


def working_days_after(day: dt.date, days: int) -> dt.date:
    """Counted with a calendar of our own, in days."""
    while days:
        day += DAY
        days -= day.weekday() < 5 and day not in OFF
    return day


def moment(day: dt.date, hour: int, minute: int, fold: int = 0) -> dt.datetime:
    """A time that the clocks of Brussels show; one that they show twice, or skip, by its fold."""
    return dt.datetime.combine(day, dt.time(hour, minute, fold=fold), tzinfo=BRUSSELS)


MOMENTS = [
    moment(SPRING - DAY, 23, 59),
    moment(SPRING, 0, 30),
    moment(SPRING, 2, 30),  # doesn't exist
    moment(SPRING, 3, 30),
    moment(SPRING, 23, 59),
    moment(AUTUMN - DAY, 23, 59),
    moment(AUTUMN, 0, 30),
    moment(AUTUMN, 2, 30),
    moment(AUTUMN, 2, 30, fold=1),
    moment(AUTUMN, 23, 59),
    moment(AUTUMN + DAY, 0, 10),
]


@pytest.mark.parametrize("when", MOMENTS, ids=str)
def test_a_contact_around_the_change_of_clocks_counts_on_its_day(when):
    day = when.date()
    (person,) = make_practitioners(1)
    sort({person: "late_majority"}, month=day.replace(day=1))
    begun = working_days_after(day - 6 * DAY, 1)
    plan(begun)
    first = the_open(person)
    assert first.target_on == working_days_after(begun, 5)
    for night in range((day - begun).days):
        plan(begun + (night + 1) * DAY)
    visit = log_visit(
        practitioner=person, follow_up=first, kind="call", outcome="done", coach=make_coach(),
        by=UserFactory(role="coordinator"), at=when.astimezone(dt.UTC),
    )  # fmt: skip
    first.refresh_from_db()
    assert first.done_on == day and visit.started_at == when.astimezone(dt.UTC)
    following = the_open(person)
    assert following.target_on == working_days_after(day, 15)
    before = digest()
    plan(day)
    assert digest() == before


@pytest.mark.parametrize("change", [SPRING, AUTUMN])
def test_nights_across_the_change_of_clocks_are_nights_like_others(change):
    """What is made opens on its day, and every window has the days that the step gives it."""
    people = make_practitioners(4)
    begun = change - 9 * DAY
    sort(dict(zip(people, ["late_majority", "laggards"] * 2, strict=True)), month=change.replace(day=1))
    for night in range(24):
        day = begun + night * DAY
        plan(day)
        for row in FollowUp.objects.filter(state="due").select_related("step"):
            assert row.opens_on <= day <= row.closes_on
            if night % 3 == 0 and row.occurrence == 1 and row.practitioner_id % 2 == 0:
                complete_follow_up(follow_up=row, outcome="no_answer", by=None, at=moment(day, 23, 30))
        assert not FollowUp.objects.filter(
            state="planned", opens_on__lte=day, assignee=None, closes_on__gt=day
        ).exists()
    for row in FollowUp.objects.filter(reason__route="first"):
        assert row.target_on == working_days_after(begun, row.step.delay)


# --- Figures -----------------------------------------------------------------------------------------


def enrolled_in(person: Practitioner) -> list[tuple[str, str]]:
    return list(person.enrolments.order_by("pk").values_list("playbook__code", "state"))


def test_a_month_that_arrives_late_and_is_corrected_enrols_nobody_twice():
    """People come into a segment by what is missing, leave it when it arrives, and come back by a correction."""
    people = make_practitioners(9)
    manager = UserFactory(role="manager")
    published = Indicator.objects.get(code="sumehr_published")
    # Enough for the late majority in most months; June is still missing for the last three.
    give_figures(published, {person: [6] * 11 + ([6] if n < 6 else []) for n, person in enumerate(people)}, "2017-07")

    def segmented() -> dict[str, str]:
        run_segmentation(scheme_code="volume-bands", as_of=dt.date(2018, 6, 1), working=True, by=manager)
        live = SegmentAssignment.objects.filter(ended_by=None)
        return dict(live.values_list("practitioner__family_name", "segment"))

    def nothing_is_wrong(day: dt.date) -> None:
        plan(day)
        before = digest()
        plan(day)
        assert digest() == before
        assert not names(FORGOTTEN, {"on": day})
        call_command("audit_follow_ups")
        for person in people:
            codes = [code for code, _state in enrolled_in(person)]
            assert len(codes) == len(set(codes)), "one enrolment for one stay in the segment"

    first = segmented()
    nothing_is_wrong(MONDAY)
    assert Enrolment.objects.exists()

    for person in people[6:]:
        figure(person, "sumehr_published", dt.date(2018, 6, 1), 400)
    late = segmented()
    assert late != first
    nothing_is_wrong(MONDAY + DAY)

    Measurement.objects.filter(practitioner__in=people[6:], month=dt.date(2018, 6, 1)).update(value=6)
    Measurement.objects.filter(practitioner__in=people[:2], month=dt.date(2018, 6, 1)).update(value=500)
    assert segmented() != late
    nothing_is_wrong(MONDAY + 2 * DAY)

    Measurement.objects.filter(practitioner__in=people[:2], month=dt.date(2018, 6, 1)).update(value=6)
    segmented()
    nothing_is_wrong(MONDAY + 3 * DAY)


def test_a_step_that_late_figures_completed_stays_done_when_they_are_corrected():
    (person,) = make_practitioners(1)
    sort({person: "laggards"})
    plan(MONDAY)
    for _step in range(3):
        complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(MONDAY))
    row = the_open(person)
    assert row.step.code == "first_sumehr"
    figure(person, "sumehr_published", dt.date(2018, 7, 1), 3)
    plan(MONDAY + 40 * DAY)
    row.refresh_from_db()
    assert (row.state, row.resolved_by) == ("done", "usage")
    following = the_open(person)
    Measurement.objects.filter(practitioner=person).update(value=0)
    plan(MONDAY + 41 * DAY)
    row.refresh_from_db()
    assert (row.state, row.resolved_by) == ("done", "usage")
    assert row.events.get(kind="state", to_state="done").data["usage"]["value"] == 3
    assert the_open(person) == following


def test_figures_that_arrive_after_the_window_closed_still_complete_the_step():
    (person,) = make_practitioners(1)
    sort({person: "laggards"})
    plan(MONDAY)
    for _step in range(3):
        complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(MONDAY))
    closes = the_open(person).closes_on
    plan(closes + DAY)
    again = the_open(person)
    assert (again.step.code, again.occurrence) == ("first_sumehr", 2)
    figure(person, "sumehr_published", dt.date(2018, 7, 1), 1)
    plan(closes + 2 * DAY)
    again.refresh_from_db()
    assert (again.state, again.resolved_by) == ("done", "usage")
    assert list(person.follow_ups.filter(step=again.step).order_by("occurrence").values_list("state", flat=True)) == [
        "missed",
        "done",
    ]
