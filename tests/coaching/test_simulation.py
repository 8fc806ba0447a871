"""The simulation plays by the planner's rules: what it says is what the planner then does."""

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest
from django.db.models import Q

from accounts.enums import Role
from coaching.enums import FollowUpState
from coaching.errors import OutOfScope, PlaybookRefused, SimulationRefused
from coaching.models import (
    Absence,
    AnchorDay,
    Case,
    Coach,
    ContactBudget,
    Enrolment,
    FollowUp,
    FollowUpEvent,
    Pause,
    PracticeClosure,
    Simulation,
    TeamDay,
)
from coaching.selectors.audit import broken_rules
from coaching.services import assign_case, complete_follow_up, open_blocker, postpone_follow_up
from coaching.services.planner.routes import Ended, route_of
from coaching.services.playbooks import migrate_enrolments
from coaching.services.simulation import Assumptions, play, simulated, start_simulation
from coaching.tasks import simulate
from core import clock
from core.models import Installation
from practitioners.models import Affiliation, Organisation, Practitioner
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, change_step, make_coach, plan, sort, the_open
from tests.factories.playbooks import activated, active_version, draft_with, named
from tests.factories.practitioners import SoftwareProductFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
EVERYBODY_ANSWERS = Assumptions(answer_share=1, goal_share=0, usage_share=0, give_out=False, keep_to_capacity=False)
OPEN = [FollowUpState.PLANNED, FollowUpState.DUE, FollowUpState.DEFERRED]


def monday(day: dt.date) -> str:
    return (day - day.weekday() * DAY).isoformat()


@pytest.fixture
def today():
    """The network lives on the day on which tests begin."""
    Installation.objects.update_or_create(pk=1, defaults={"name": "Test", "is_synthetic": True, "fixed_today": MONDAY})
    clock.forget()


def a_network(people: int = 40, coaches: int = 2) -> list[Coach]:
    """So many enrolled practitioners of both playbooks, given to coaches who have little room and some days off."""
    team = [make_coach() for _n in range(coaches)]
    Coach.objects.update(daily_capacity=3, weekly_capacity=9)
    ContactBudget.objects.update(contacts=2, days=25)
    everybody = make_practitioners(people)
    practice = Organisation.objects.create(name="Closed on Wednesdays")
    PracticeClosure.objects.create(organisation=practice, weekday=2)
    for person in everybody[::5]:
        Affiliation.objects.create(
            practitioner=person, organisation=practice, is_primary=True, since=dt.date(2015, 1, 1)
        )
    sort({person: ("late_majority", "late_majority", "laggards")[n % 3] for n, person in enumerate(everybody)})
    Absence.objects.create(coach=team[0], first_day=MONDAY + 8 * DAY, last_day=MONDAY + 13 * DAY)
    Absence.objects.create(coach=team[1], first_day=MONDAY + 16 * DAY, last_day=MONDAY + 16 * DAY, part="morning")
    TeamDay.objects.create(day=MONDAY + 23 * DAY, reason="Team day")
    plan(MONDAY - 3 * DAY)
    for n, case in enumerate(Case.objects.order_by("pk")):
        assign_case(case=case, coach=team[n % coaches], by=None, at=at(MONDAY - 3 * DAY))
    return team


def play_for_real(first: dt.date, last: dt.date, answers=lambda _row: True, *, most: int = 99) -> dict[str, dict]:
    """The planner, day by day; every contact is made on its best day, or when it opens if that is later.

    A coach makes so many a day at most, those whose windows close first.
    """
    made: dict[str, Counter] = {}
    before = FollowUpEvent.objects.order_by("-pk").values_list("pk", flat=True).first()
    day = first
    while day <= last:
        plan(day)
        due = FollowUp.objects.filter(state="due", target_on__lte=day, enrolment__state="live")
        due = due.order_by("closes_on", "target_on", "practitioner", "pk")
        due = due.filter(Q(assignee__isnull=False) | Q(channel="figures_check"))
        if day.weekday() < 5 and not TeamDay.objects.filter(day=day).exists() and day.isoformat() not in HOLIDAYS:
            today: Counter = Counter()
            for row in list(due):
                if row.channel != "figures_check":
                    if today[row.assignee_id] >= most:
                        continue
                    today[row.assignee_id] += 1
                complete_follow_up(follow_up=row, outcome="done" if answers(row) else "no_answer", by=None, at=at(day))
                if row.channel != "figures_check":
                    made.setdefault(monday(day), Counter())[row.assignee_id] += 1
        day += DAY
    assert not broken_rules()
    deferred = FollowUpEvent.objects.filter(pk__gt=before or 0, to_state="deferred").exclude(from_state="deferred")
    whys: dict[str, Counter] = {}
    for when, data in deferred.values_list("at", "data"):
        whys.setdefault(monday(when.date()), Counter())[data["deferred"]["why"]] += 1
    return {"made": made, "deferred": whys}


HOLIDAYS = {"2018-07-21", "2018-08-15"}


def compared(result: dict, real: dict) -> None:
    """The same contacts by coach and week, and the same put off for the same reasons."""
    for coach in result["coaches"]:
        expected = [real["made"].get(week, Counter())[coach["id"]] for week in result["weeks"]]
        assert coach["contacts"] == expected, coach["name"]
    assert result["contacts"] == [sum(real["made"].get(week, Counter()).values()) for week in result["weeks"]]
    for why, counts in result["deferred"].items():
        assert counts == [real["deferred"].get(week, Counter())[why] for week in result["weeks"]], why


def deferred(result: dict) -> int:
    return sum(sum(counts) for counts in result["deferred"].values())


# --- Against the planner itself ---------------------------------------------------------------------------


def test_it_says_what_the_planner_then_does_when_everybody_answers():
    a_network()
    result = simulated(version=active_version(), starts_on=MONDAY, weeks=7, assumptions=EVERYBODY_ANSWERS)
    real = play_for_real(MONDAY, MONDAY + 48 * DAY)
    compared(result, real)
    assert sum(result["contacts"]) > 80 and deferred(result) > 20, "there was something to compare"
    assert all(sum(counts) for counts in result["deferred"].values()), "each limit was met"
    backlog = FollowUp.objects.filter(state="deferred", enrolment__state="live").count()
    assert result["backlog"][-1] == backlog


def test_it_says_what_the_planner_then_does_when_coaches_keep_to_their_day():
    """More falls due than can be done: contacts come later, and windows close."""
    a_network(people=30)
    Coach.objects.update(daily_capacity=9, weekly_capacity=45)
    ContactBudget.objects.update(contacts=9)
    plan(MONDAY)
    Coach.objects.update(daily_capacity=1, weekly_capacity=7)
    Absence.objects.all().delete()
    kept = replace(EVERYBODY_ANSWERS, keep_to_capacity=True)
    result = simulated(version=active_version(), starts_on=MONDAY, weeks=5, assumptions=kept)
    compared(result, play_for_real(MONDAY, MONDAY + 34 * DAY, most=1))
    assert max(max(coach["contacts"]) for coach in result["coaches"]) == 5
    assert sum(result["missed"]) > 0


def test_it_says_what_the_planner_then_does_when_nobody_answers():
    """Retries, other channels and windows that close: the routes are the planner's own."""
    a_network(people=14)
    nobody = replace(EVERYBODY_ANSWERS, answer_share=0)
    result = simulated(version=active_version(), starts_on=MONDAY, weeks=6, assumptions=nobody)
    real = play_for_real(MONDAY, MONDAY + 41 * DAY, answers=lambda row: row.channel == "figures_check")
    compared(result, real)
    assert sum(result["reached"]) == 0 and sum(result["contacts"]) > 25
    assert result["never_reached"] == result["in_version"] > 0


def test_nobody_does_what_is_nobodys():
    """Without coaches windows close and the steps come again, there as here."""
    a_network(people=9)
    Case.objects.update(coach=None)
    FollowUp.objects.update(assignee=None)
    result = simulated(version=active_version(), starts_on=MONDAY, weeks=4, assumptions=EVERYBODY_ANSWERS)
    real = play_for_real(MONDAY, MONDAY + 27 * DAY)
    compared(result, real)
    assert sum(result["contacts"]) == 0 and sum(result["unassigned"]) > 9
    assert FollowUp.objects.filter(state="missed").count() == sum(result["missed"]) > 0
    assert result["never_why"] == {"no_coach": result["never_reached"]}


def test_a_move_that_is_assumed_is_the_move_that_is_made():
    a_network(people=20)

    def quicker(steps):
        named(steps, "first_call").update(delay=1, opens_before=1)
        named(steps, "first_visit").update(delay=4, opens_before=2)

    old = active_version()
    new = activated(quicker)
    result = simulated(version=new, starts_on=MONDAY, weeks=4, assumptions=EVERYBODY_ANSWERS)
    migrate_enrolments(from_version=old, to_version=new, by=None, at=at(MONDAY))
    again = simulated(version=new, starts_on=MONDAY, weeks=4, assumptions=EVERYBODY_ANSWERS)
    assert again["in_version"] == result["in_version"] == 14
    assert abs(sum(again["contacts"]) - sum(result["contacts"])) <= 2, (
        "opening by day and not by batch may differ a little"
    )
    real = play_for_real(MONDAY, MONDAY + 27 * DAY)
    compared(again, real)


@pytest.mark.parametrize("state", ["done", "missed", "skipped", "cancelled"])
@pytest.mark.parametrize("outcome", ["", "done", "no_answer", "wants_later"])
@pytest.mark.parametrize("attempt", [1, 3])
def test_the_routes_in_python_are_those_of_the_statement(state, outcome, attempt):
    """For each way in which a follow-up can end, the next one that the planner makes has the route told in Python."""
    (person,) = make_practitioners(1)
    change_step("first_call", repeats_until_goal=True)
    sort({person: "late_majority"})
    plan(MONDAY)
    row = the_open(person)
    reason = row.reason | {"attempt": attempt, "ended_on": "2018-07-03", "later_on": "2018-07-09"}
    done = {"done_on": MONDAY + DAY, "resolved_by": "person"} if state == "done" else {}
    FollowUp.objects.filter(pk=row.pk).update(state=state, outcome=outcome, reason=reason, **done)
    plan(MONDAY + DAY)
    ended = Ended(state, outcome, attempt, row.channel)
    step = row.step
    expected = route_of(ended, retries=step.retries, next_channel=step.next_channel, repeats=True)
    assert the_open(person).reason["route"] == expected


# --- What it tells ------------------------------------------------------------------------------------------


def test_those_who_would_enrol_are_played_too_and_nothing_is_written(django_assert_max_num_queries):
    make_coach()
    sort(dict.fromkeys(make_practitioners(12), "late_majority"))
    with django_assert_max_num_queries(25):
        result = simulated(version=active_version(), starts_on=MONDAY, weeks=4, assumptions=Assumptions())
    assert result["in_version"] == 12 and sum(result["contacts"]) >= 12
    assert not Enrolment.objects.exists() and not FollowUp.objects.exists()


def test_the_same_question_gets_the_same_answer_and_another_share_another_one():
    a_network()
    version = active_version()
    one, same = (simulated(version=version, starts_on=MONDAY, weeks=8, assumptions=Assumptions()) for _n in range(2))
    assert one == same
    other = simulated(version=version, starts_on=MONDAY, weeks=8, assumptions=Assumptions(answer_share=0.3))
    assert sum(other["reached"]) < sum(one["reached"])


def test_a_goal_that_is_held_ends_the_checks():
    a_network(people=6)
    for case in Case.objects.filter(track="coaching"):
        (enrolment,) = case.enrolments.all()
        for _step in range(4):
            complete_follow_up(
                follow_up=enrolment.follow_ups.get(state__in=OPEN), outcome="done", by=None, at=at(MONDAY)
            )
    never = simulated(version=active_version(), starts_on=MONDAY, weeks=12, assumptions=EVERYBODY_ANSWERS)
    always = simulated(
        version=active_version(), starts_on=MONDAY, weeks=12, assumptions=Assumptions(goal_share=1, answer_share=1)
    )
    assert (sum(never["goals"]), sum(always["goals"])) == (0, 4)
    assert sum(always["checks"]) == 4 < sum(never["checks"])


def test_the_next_playbook_follows_a_completed_one():
    a_network(people=3)
    assert Enrolment.objects.filter(playbook__code="technical_support_laggards").count() == 1
    result = simulated(version=active_version(), starts_on=MONDAY, weeks=20, assumptions=EVERYBODY_ANSWERS)
    assert (result["in_version"], sum(result["completed"])) == (3, 1), "the laggard came into the coaching"


def test_contacts_are_made_when_they_open_if_that_is_assumed():
    a_network(people=8)
    ContactBudget.objects.update(contacts=9)
    Coach.objects.update(daily_capacity=9, weekly_capacity=40)
    at_once = simulated(
        version=active_version(), starts_on=MONDAY, weeks=2,
        assumptions=replace(EVERYBODY_ANSWERS, days_to_do=0),
    )  # fmt: skip
    best = simulated(version=active_version(), starts_on=MONDAY, weeks=2, assumptions=EVERYBODY_ANSWERS)
    assert sum(at_once["contacts"]) > sum(best["contacts"])


def test_who_waits_is_paused_or_has_no_coach_is_never_reached_and_why():
    change_step("first_call", anchor="session_attended")
    people = make_practitioners(4)
    sort(dict.fromkeys(people, "late_majority"))
    plan(MONDAY)
    AnchorDay.objects.create(practitioner=people[0], anchor="session_attended", day=MONDAY, source="s")
    result = simulated(
        version=active_version(), starts_on=MONDAY + DAY, weeks=5, assumptions=Assumptions(answer_share=1)
    )
    assert result["never_why"] == {"no_coach": 1, "waiting": 3}, "there is no coach at all"
    make_coach()
    result = simulated(
        version=active_version(), starts_on=MONDAY + DAY, weeks=5, assumptions=Assumptions(answer_share=1)
    )
    assert result["never_why"] == {"waiting": 3} and sorted(result["never"]) == sorted(one.pk for one in people[1:])


def test_a_pause_is_waited_for_and_who_goes_on_is_spread_as_the_planner_does():
    a_network(people=14)
    Pause.objects.create(
        scope="quiet_period",
        reason="Flu",
        starts_on=MONDAY,
        ends_on=MONDAY + 20 * DAY,
        by=UserFactory(role=Role.MANAGER),
    )
    plan(MONDAY)
    assert set(Enrolment.objects.values_list("state", flat=True)) == {"paused"}
    result = simulated(version=active_version(), starts_on=MONDAY, weeks=5, assumptions=EVERYBODY_ANSWERS)
    assert result["contacts"][:3] == [0, 0, 0] and sum(result["contacts"]) >= 3
    real = play_for_real(MONDAY, MONDAY + 34 * DAY)
    compared(result, real)


def test_a_defect_without_a_known_end_holds_to_the_last_week():
    people = make_practitioners(2)
    sort(dict.fromkeys(people, "late_majority"))
    make_coach()
    software = SoftwareProductFactory()
    Practitioner.objects.filter(pk=people[0].pk).update(software=software)
    plan(MONDAY)
    open_blocker(software=software, defect="No upload", since=MONDAY, by=None, at=at(MONDAY))
    result = simulated(version=active_version(), starts_on=MONDAY, weeks=12, assumptions=Assumptions(answer_share=1))
    assert result["never"] == [people[0].pk]
    assert "paused_without_end" in result["never_why"]


def test_a_day_promised_by_hand_is_kept():
    a_network(people=3)
    row = the_open(Case.objects.filter(track="coaching")[0].practitioner)
    postpone_follow_up(follow_up=row, to=MONDAY + 28 * DAY, reason="asked", by=None, at=at(MONDAY))
    result = simulated(version=active_version(), starts_on=MONDAY, weeks=5, assumptions=EVERYBODY_ANSWERS)
    compared(result, play_for_real(MONDAY, MONDAY + 34 * DAY))


# --- Asking, and the worker -----------------------------------------------------------------------------------


def test_it_is_asked_for_played_by_a_worker_and_kept(today):
    a_network(people=9)
    someone = UserFactory(role=Role.COACH)
    asked = start_simulation(version=draft_with(), starts_on=MONDAY, weeks=3, by=someone)
    assert (asked.state, asked.by_id, asked.assumptions["answer_share"]) == ("waiting", someone.pk, 0.7)
    assert simulate(str(asked.ref)) == {"state": "done"}
    asked.refresh_from_db()
    assert (asked.done_share, len(asked.result["weeks"])) == (1, 3) and asked.finished_at
    result = asked.result
    Enrolment.objects.filter(playbook__code="coaching_late_majority").update(enrolled_on=MONDAY - 99 * DAY)
    assert play(simulation=asked).result == result, "done is done"


def test_one_that_a_killed_worker_left_is_played_again_to_the_same_end(today):
    a_network(people=9)
    asked = start_simulation(version=active_version(), starts_on=MONDAY, weeks=3, by=None)
    Simulation.objects.filter(pk=asked.pk).update(state="running", done_share=0.66)
    played = play(simulation=asked)
    assert played.state == "done"
    assert played.result == simulated(version=active_version(), starts_on=MONDAY, weeks=3, assumptions=Assumptions())


def test_a_network_that_is_too_large_is_refused_in_words(today, settings):
    settings.SIMULATION_MOST_ENROLMENTS = 5
    a_network(people=9)
    someone = UserFactory(role=Role.MANAGER, language="en")
    played = play(simulation=start_simulation(version=active_version(), starts_on=MONDAY, weeks=3, by=someone))
    assert played.state == "failed" and "5 enrolments" in played.error


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"weeks": 0}, "weeks"),
        ({"weeks": 27}, "weeks"),
        ({"starts_on": MONDAY - DAY}, "starts_on"),
        ({"starts_on": MONDAY + 93 * DAY}, "starts_on"),
        ({"assumptions": Assumptions(answer_share=1.2)}, "answer_share"),
        ({"assumptions": Assumptions(goal_share=-0.1)}, "goal_share"),
        ({"assumptions": Assumptions(days_to_do=61)}, "days_to_do"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(today, given, field):
    with pytest.raises(SimulationRefused) as refused:
        start_simulation(**({"version": active_version(), "starts_on": MONDAY, "weeks": 3, "by": None} | given))
    assert set(refused.value.fields) == {field}
    assert not Simulation.objects.exists()


def test_bad_drafts_and_strangers_are_refused(today):
    draft = draft_with()
    draft.steps.filter(code="first_visit").update(opens_before=0, closes_after=0)
    with pytest.raises(PlaybookRefused):
        start_simulation(version=draft, starts_on=MONDAY, weeks=3, by=None)
    stranger = UserFactory(role=Role.MANAGER, is_active=False)
    with pytest.raises(OutOfScope):
        start_simulation(version=active_version(), starts_on=MONDAY, weeks=3, by=stranger)
