"""Rule 3: holidays, team days, absences, closing days and visiting hours; the same dates in SQL and in Python."""

import datetime as dt
import itertools

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from coaching.enums import Channel
from coaching.models import Absence, Coach, PracticeClosure, TeamDay, VisitingHours
from coaching.selectors.calendars import team_calendar, working_calendar
from coaching.services.planner import dating
from coaching.services.working_days import StepDates, step_dates
from practitioners.models import Organisation
from tests.factories.coaching import make_coach
from tests.factories.practitioners import OrganisationFactory

pytestmark = pytest.mark.django_db

SPECS = """
wanted AS MATERIALIZED (
    SELECT * FROM unnest(%(keys)s::integer[], %(anchors)s::date[], %(floors)s::date[], %(delays)s::integer[], %(units)s::text[],
                         %(rolls)s::text[], %(opens)s::integer[], %(closes)s::integer[],
                         %(coaches)s::bigint[], %(places)s::bigint[])
    AS wanted(key, anchor_on, floor_on, delay, unit, roll, opens_before, closes_after, coach_key, place_key)
),
"""


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def in_sql(specs: list[dict], calendar, coach: Coach | None, place: Organisation | None) -> list[StepDates]:
    """The dates of these specs as the planner's statement finds them."""
    given_ = dating.parameters(calendar, len(specs)) | {
        "keys": list(range(len(specs))),
        "anchors": [spec["anchor_on"] for spec in specs],
        "floors": [spec["anchor_on"] for spec in specs],
        "delays": [spec["delay"] for spec in specs],
        "units": [spec["unit"] for spec in specs],
        "rolls": [spec["roll"] for spec in specs],
        "opens": [spec["opens_before"] for spec in specs],
        "closes": [spec["closes_after"] for spec in specs],
        "coaches": [coach.pk if coach else 0] * len(specs),
        "places": [place.pk if place else 0] * len(specs),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH {dating.basis(calendar)},{SPECS}{dating.DATING}"
            "SELECT opens_on, target_on, closes_on, before_roll, without IS NOT NULL FROM dated ORDER BY key",
            given_,
        )
        return [StepDates(*row) for row in cursor.fetchall()]


def both(specs: list[dict], *, coach: Coach | None, place: Organisation | None, around: dt.date) -> None:
    calendar = team_calendar(around=around)
    own = working_calendar(coach=coach, organisation=place, channel=Channel.VISIT, around=around)
    assert (own.first, own.last) == (calendar.first, calendar.last)
    expected = [step_dates(own, **spec) for spec in specs]
    for spec, python, sql in zip(specs, expected, in_sql(specs, calendar, coach, place), strict=True):
        assert sql == python, spec


spans = st.tuples(st.integers(-60, 400), st.sampled_from([0, 0, 0, 1, 4, 11, 20, 60, 130, 366]))
halves = st.tuples(st.integers(-30, 90), st.sampled_from(["morning", "afternoon"]))
hours = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.sampled_from([(8, 12), (8, 13), (12, 14), (13, 18), (9, 18)]),
    ),
    max_size=4,
)
specs = st.lists(
    st.fixed_dictionaries(
        {
            "anchor_on": st.integers(-20, 60),
            "delay": st.integers(0, 25),
            "unit": st.sampled_from(["working_days", "calendar_days"]),
            "roll": st.sampled_from(["next", "previous", "none"]),
            "opens_before": st.integers(0, 12),
            "closes_after": st.integers(0, 12),
        }
    ),
    min_size=1,
    max_size=12,
)


@given(
    # Year ends, leap days, both clock changes and the weeks of Easter and Ascension are all in reach.
    start=st.dates(day("2015-11-01"), day("2031-12-31")),
    absent=st.lists(spans, max_size=4),
    half=st.lists(halves, max_size=8),
    team=st.lists(st.integers(-30, 90), max_size=5),
    closed=st.lists(spans, max_size=2),
    weekdays=st.sets(st.integers(0, 6), max_size=3),
    visits=hours,
    wanted=specs,
    with_coach=st.booleans(),
    with_place=st.booleans(),
)
@example(
    start=day("2019-12-20"), absent=[(10, 366)], half=[], team=[3], closed=[], weekdays=set(), visits=[],
    wanted=[{"anchor_on": 0, "delay": d, "unit": u, "roll": r, "opens_before": 5, "closes_after": 5}
            for d, u, r in itertools.product((0, 5, 20), ("working_days", "calendar_days"), ("next", "previous", "none"))],
    with_coach=True, with_place=False,
)  # fmt: skip
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sql_dates_as_python_does(
    db, start, absent, half, team, closed, weekdays, visits, wanted, with_coach, with_place
):
    for model in (Absence, TeamDay, PracticeClosure, VisitingHours):
        model.objects.all().delete()
    coach = Coach.objects.first() or make_coach()
    place = Organisation.objects.first() or OrganisationFactory()
    later = dt.timedelta(days=1)
    TeamDay.objects.bulk_create(TeamDay(day=start + n * later, reason="away") for n in set(team))
    taken: set[int] = set()
    for first, length in absent:
        span = set(range(first, first + length + 1))
        if not taken & span:
            taken |= span
            days = {"first_day": start + first * later, "last_day": start + (first + length) * later}
            Absence.objects.create(coach=coach, **days)
    for n, part in set(half):
        Absence.objects.create(coach=coach, first_day=start + n * later, last_day=start + n * later, part=part)
    for first, length in closed:
        days = {"first_day": start + first * later, "last_day": start + (first + length) * later}
        PracticeClosure.objects.create(organisation=place, **days)
    PracticeClosure.objects.bulk_create(PracticeClosure(organisation=place, weekday=n) for n in weekdays)
    for weekday, (opens, closes) in {(weekday, span[0]): (weekday, span) for weekday, span in visits}.values():
        VisitingHours.objects.create(organisation=place, weekday=weekday, opens=dt.time(opens), closes=dt.time(closes))
    rows = [spec | {"anchor_on": start + spec["anchor_on"] * later} for spec in wanted]
    both(rows, coach=coach if with_coach else None, place=place if with_place else None, around=start)
