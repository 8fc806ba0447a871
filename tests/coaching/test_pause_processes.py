"""Rules 8 and 13 with real processes: pauses applied and ended by doubled, killed and late planners count once."""

import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from adoption.models import Indicator
from adoption.services import refresh_rollup
from coaching.models import Coach, Enrolment, FollowUp, Hold, Pause, SoftwareBlocker
from coaching.selectors.audit import broken_rules
from coaching.services import assign_follow_ups, complete_follow_up, end_pause, plan_follow_ups, start_pause
from coaching.services.planner import holding
from coaching.services.planner.tally import Moment
from coaching.services.working_days import planning_calendar
from practitioners.models import Practitioner, SoftwareProduct
from tests.coaching.nights import command, ended_well, rows, waiting_for_locks
from tests.factories.adoption import give_figures, make_practitioners
from tests.factories.coaching import MONDAY, at, make_coach, sort, the_open
from tests.helpers.databases import restore_pristine_rows
from tests.helpers.obstacles import obstacle
from tests.helpers.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

DAY = dt.timedelta(days=1)
PEOPLE = 24
BACK = MONDAY + 10 * DAY
"""When the planner is back: by then pauses have begun and ended, and one holds still."""


def scenario() -> None:
    """Everybody has a first call; a quiet period is over, a coach's pause too, software was mended and another isn't."""
    people = make_practitioners(PEOPLE)
    products = [SoftwareProduct.objects.create(vendor="V", name=name) for name in "AB"]
    for n, product in enumerate(products):
        Practitioner.objects.filter(pk__in=[row.pk for row in people[n :: len(products) * 2]]).update(software=product)
    sort(dict.fromkeys(people, "late_majority"))
    plan_follow_ups(on=MONDAY)
    coaches = [make_coach(last_name=f"Coach {n}") for n in range(2)]
    for n, coach in enumerate(coaches):
        coach.ref, coach.daily_capacity, coach.weekly_capacity = uuid.UUID(int=n), 2, 7
        coach.save()
        assign_follow_ups(follow_ups=[the_open(row) for row in people[n::3]], coach=coach, by=None, at=at(MONDAY, 11))
    pauses = [
        {"scope": "quiet_period", "starts_on": MONDAY + DAY, "ends_on": MONDAY + 2 * DAY},
        {"scope": "coach", "coach": coaches[0], "starts_on": MONDAY + 2 * DAY, "ends_on": MONDAY + 4 * DAY},
        {"scope": "practitioner", "practitioner": people[5], "starts_on": BACK, "ends_on": BACK + 9 * DAY},
    ]
    for given in pauses:
        start_pause(**given, reason="Rest", by=None, at=at(MONDAY, 12))
    for n, product in enumerate(products):
        SoftwareBlocker.objects.create(software=product, defect=f"broken {n}", since=MONDAY + 3 * DAY)
    complete_follow_up(follow_up=the_open(people[7]), outcome="done", by=None, at=at(MONDAY, 13))


def name_pauses() -> None:
    """The refs of pauses are told in reasons: the same ones in each scenario."""
    for n, pause in enumerate(Pause.objects.order_by("pk")):
        Pause.objects.filter(pk=pause.pk).update(ref=uuid.UUID(int=100 + n))


def prepared() -> None:
    """The scenario, with the blockers' pauses registered and one of the two mended since."""
    scenario()
    holding.follow_blockers(Moment(MONDAY, at(MONDAY), None, planning_calendar(on=MONDAY)))
    first = SoftwareBlocker.objects.order_by("pk")[0]
    SoftwareBlocker.objects.filter(pk=first.pk).update(until=MONDAY + 4 * DAY)
    name_pauses()


def written() -> dict[str, list]:
    """What is compared: everything that the planner writes, and what was held from when until when."""
    names = ("enrolment__practitioner__family_name", "pause__ref", "held_on", "released_on")
    return rows() | {
        "holds": sorted(map(str, Hold.objects.values_list(*names))),
        "pauses": sorted(map(str, Pause.objects.values_list("ref", "starts_on", "ends_on", "resumed_on"))),
    }


_clean: dict[str, list] = {}


def clean() -> dict[str, list]:
    """The rows of one clean run of the day on which the planner is back; the scenario stands anew afterwards."""
    if not _clean:
        prepared()
        plan_follow_ups(on=BACK)
        assert not broken_rules()
        assert Hold.objects.filter(released_on=None).count() > 3 and Hold.objects.exclude(released_on=None).count() > 20
        _clean.update(written())
        restore_pristine_rows()
    prepared()
    return _clean


def same(expected: dict[str, list]) -> None:
    found = written()
    for table, wanted in expected.items():
        assert found[table] == wanted, table
    assert not broken_rules()


def test_the_same_day_planned_again_changes_nothing():
    expected = clean()
    for _n in range(3):
        plan_follow_ups(on=BACK)
    same(expected)


def test_two_planners_at_once_hold_and_release_once():
    expected = clean()
    with obstacle("coaching_hold", after=4) as way:
        both = command(BACK), command(BACK)
        way.wait_for_somebody()
    ended_well(*both)
    same(expected)


@pytest.mark.parametrize("after", [3, 45], ids=["holding", "letting go"])
def test_a_planner_killed_in_the_middle_of_holding_and_letting_go_and_run_again(after):
    expected = clean()
    with obstacle("coaching_hold", after=after) as way:
        dying = command(BACK)
        way.wait_for_somebody()
        dying.kill()
        dying.communicate()
    ended_well(command(BACK))
    same(expected)


def test_every_night_comes_to_the_same_days_as_one_late_run():
    """But for when it was noticed: the planner's own days in reasons and histories."""
    names = ("practitioner__family_name", "enrolment__state", "target_on", "reason__resumed__on")
    results = []
    for nights in ([MONDAY + n * DAY for n in range(1, 11)], [BACK]):
        prepared()
        for night in nights:
            plan_follow_ups(on=night)
        assert not broken_rules()
        open_ones = FollowUp.objects.filter(state__in=["planned", "due", "deferred"])
        results.append(sorted(map(str, open_ones.values_list(*names))))
        holds = Hold.objects.values_list("enrolment__practitioner__family_name", "pause__ref", "held_on", "released_on")
        results[-1].extend(sorted(map(str, holds)))
        restore_pristine_rows()
    assert results[0] == results[1]


def test_a_pause_ended_by_somebody_while_a_planner_applies_it_holds_nobody_in_the_end():
    people = make_practitioners(PEOPLE)
    sort(dict.fromkeys(people, "late_majority"))
    plan_follow_ups(on=MONDAY)
    rest = start_pause(
        scope="quiet_period", starts_on=MONDAY + DAY, ends_on=MONDAY + 9 * DAY, reason="Rest", by=None, at=at(MONDAY)
    )

    def end() -> None:
        end_pause(pause=rest, by=None, at=at(MONDAY + 2 * DAY))
        connection.close()

    with obstacle("coaching_hold", after=11) as way:
        planner = command(MONDAY + 2 * DAY)
        way.wait_for_somebody()
        coordinator = threading.Thread(target=end)
        coordinator.start()
        wait_for(waiting_for_locks, seconds=60, what="the coordinator to wait for the planner")
    coordinator.join(60)
    ended_well(planner)
    assert set(Enrolment.objects.values_list("state", flat=True)) == {"live"}
    assert not Hold.objects.filter(released_on=None).exists() and not broken_rules()
    plan_follow_ups(on=MONDAY + 2 * DAY)
    rest.refresh_from_db()
    assert (rest.ends_on, rest.resumed_on) == (MONDAY + DAY, MONDAY + 2 * DAY)


def test_somebody_who_retires_while_the_planner_holds_them_exits_and_is_held_by_nothing():
    people = make_practitioners(PEOPLE)
    sort(dict.fromkeys(people, "late_majority"))
    plan_follow_ups(on=MONDAY)
    start_pause(
        scope="quiet_period", starts_on=MONDAY + DAY, ends_on=MONDAY + 9 * DAY, reason="Rest", by=None, at=at(MONDAY)
    )
    with changing(people[3], "status = 'inactive', inactive_reason = 'retired', inactive_since = now()"):
        planner = command(MONDAY + DAY)
        wait_for(waiting_for_locks, seconds=60, what="the planner to wait for the one who retires")
        assert Enrolment.objects.filter(state="paused").count() == PEOPLE - 1
    ended_well(planner)
    assert Enrolment.objects.get(practitioner=people[3]).exit_reason == "inactive"
    assert Hold.objects.filter(released_on=None).count() == PEOPLE - 1
    assert not broken_rules()


@pytest.mark.parametrize(
    "change",
    [
        "status = 'inactive', inactive_reason = 'retired', inactive_since = now()",
        "restriction = 'do_not_contact', restriction_reason = 'asked'",
        "status = 'inactive', inactive_reason = 'merged', inactive_since = now(), merged_into_id = %(other)s",
    ],
    ids=["retired", "do not contact", "merged"],
)
def test_somebody_who_stopped_publishing_and_must_not_be_asked_any_more_while_the_planner_is_at_it(change):
    people = make_practitioners(PEOPLE)
    sort(dict.fromkeys(people, "early_majority"))
    indicator = Indicator.objects.get(code="sumehr_published")
    silent = [20] * 9 + [0] * 3
    give_figures(indicator, {row: silent if n < 3 else [20] * 12 for n, row in enumerate(people)}, "2017-07")
    refresh_rollup(indicator=indicator)
    with changing(people[1], change % {"other": people[9].pk}):
        planner = command(MONDAY)
        wait_for(waiting_for_locks, seconds=60, what="the planner to wait")
        assert Enrolment.objects.count() == 2
    ended_well(planner)
    assert set(Enrolment.objects.values_list("practitioner", flat=True)) == {people[0].pk, people[2].pk}
    assert FollowUp.objects.count() == 2 and not broken_rules()


def test_two_planners_at_once_confirm_a_lapse_once():
    people = make_practitioners(PEOPLE)
    sort(dict.fromkeys(people, "early_majority"))
    indicator = Indicator.objects.get(code="sumehr_published")
    silent = [20] * 9 + [0] * 3
    give_figures(indicator, {row: silent if n < 9 else [20] * 12 for n, row in enumerate(people)}, "2017-07")
    refresh_rollup(indicator=indicator)
    with obstacle("coaching_enrolment", after=3) as way:
        both = command(MONDAY), command(MONDAY)
        way.wait_for_somebody()
    ended_well(*both)
    assert Enrolment.objects.count() == FollowUp.objects.count() == 9
    assert not broken_rules() and Coach.objects.count() == 0


@contextmanager
def changing(person: Practitioner, columns: str) -> Iterator[None]:
    """A change of a practitioner that somebody else has made and not committed yet; the end of the block does."""
    parameters = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor, "context": None}
    with psycopg.connect(**parameters) as other:
        other.execute(f"UPDATE practitioners_practitioner SET {columns} WHERE id = {person.pk}")
        yield
