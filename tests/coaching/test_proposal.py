"""Who is proposed for what: languages, tracks, territories, days, capacity; why nobody; the same whoever asks how."""

import datetime as dt
import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from coaching.models import Absence, Case, Coach, Enrolment, FollowUp, PlaybookStep, PlaybookVersion, TeamDay, Visit
from coaching.selectors.proposal import propose, reasons_of, why_left
from practitioners.models import Commune, Practitioner
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at
from tests.factories.pool import DAY, step_of, team_member, wait

pytestmark = pytest.mark.django_db
WEEK = 7 * DAY
# Forest touches Ixelles; Berchem-Sainte-Agathe lies three borders from it.
IXELLES, FOREST, BERCHEM = "21009", "21007", "21003"


def people(number: int = 1, commune: str = IXELLES, **columns: object) -> list[Practitioner]:
    return make_practitioners(number, commune_id=commune, **columns)


def who(proposal) -> dict[int, str]:
    return {line.follow_up_id: line.coach.user.first_name for line in proposal.lines}


def only_line(proposal):
    assert len(proposal.lines) == 1, proposal.left_over
    return proposal.lines[0]


def why(proposal) -> list[str]:
    return [left.code for left in proposal.left_over]


# --- What fits --------------------------------------------------------------------------------------


def test_the_coach_speaks_the_language_and_does_the_track():
    team_member(languages=["fr"], communes=[IXELLES])
    team_member(languages=["nl"], tracks=["technical_support"], communes=[IXELLES])
    right = team_member(languages=["nl"], tracks=["coaching"], communes=[BERCHEM])
    wait(people(language="nl"), target=MONDAY + 2 * DAY)
    line = only_line(propose(on=MONDAY))
    assert line.coach == right
    assert line.fits == [right]


def test_a_step_for_a_role_goes_to_somebody_of_it():
    team_member(communes=[IXELLES])
    technician = team_member(role="technician", communes=[BERCHEM])
    draft = PlaybookVersion.objects.create(playbook=step_of().version.playbook, number=99)
    step = PlaybookStep.objects.create(
        version=draft, code="check", position=1, channel="visit", anchor="enrolled", delay=5,
        assignee="role", assignee_role="technician",
    )  # fmt: skip
    wait(people(), target=MONDAY + 2 * DAY, step=step)
    assert only_line(propose(on=MONDAY)).coach == technician


def test_a_covered_commune_comes_before_a_neighbour_and_that_before_a_far_one():
    far = team_member(communes=[BERCHEM])
    near = team_member(communes=[FOREST])
    covers = team_member(communes=[IXELLES])
    wait(people(), target=MONDAY + 2 * DAY)
    line = only_line(propose(on=MONDAY))
    assert (line.coach, line.facts["borders"], line.facts["cost"]["travel"]) == (covers, 0, 0)
    assert line.fits == [covers, near, far]
    line = only_line(propose(on=MONDAY, without=[covers]))
    assert (line.coach, line.facts["borders"], line.facts["cost"]["travel"]) == (near, 1, 10)
    assert only_line(propose(on=MONDAY, without=[covers, near])).facts["borders"] == 3


def test_borders_are_counted_on_the_map_of_neighbours():
    nobody_covers = team_member()
    wait(people(), target=MONDAY + 2 * DAY)
    assert only_line(propose(on=MONDAY)).facts["borders"] == 5
    nobody_covers.communes.set(Commune.objects.all())
    assert only_line(propose(on=MONDAY)).facts["borders"] == 0


def test_a_call_needs_less_of_the_way_than_a_visit():
    team_member(communes=[FOREST])
    wait(people(), target=MONDAY + 2 * DAY, channel="call")
    assert only_line(propose(on=MONDAY)).facts["cost"]["travel"] == 4


def test_whoever_knows_the_practitioner_keeps_them_before_a_nearer_one():
    known = team_member(communes=[FOREST])
    team_member(communes=[IXELLES])
    mine, talked = people(2)
    wait([mine], target=MONDAY + 2 * DAY, coach=known)
    wait([talked], target=MONDAY + 2 * DAY)
    Visit.objects.create(
        practitioner=talked, coach=known, state="done", started_at=at(MONDAY - 9 * DAY), outcome="done"
    )
    proposal = propose(on=MONDAY)
    assert [line.coach for line in proposal.lines] == [known, known]
    assert all(line.facts["keeps"] and line.facts["known_by"] == str(known.ref) for line in proposal.lines)
    line = propose(on=MONDAY, without=[known]).lines[0]
    assert (line.facts["keeps"], line.facts["cost"]["change"]) == (False, 15)


def test_an_inactive_coach_is_never_proposed():
    left = team_member(communes=[IXELLES])
    Coach.objects.filter(pk=left.pk).update(is_active=False)
    gone = team_member(communes=[IXELLES])
    gone.user.is_active = False
    gone.user.save()
    wait(people(), target=MONDAY + 2 * DAY)
    assert why(propose(on=MONDAY)) == ["no_coach"]


# --- Days -------------------------------------------------------------------------------------------


def away(coach: Coach, first: dt.date, last: dt.date, part: str = "whole") -> None:
    Absence.objects.create(coach=coach, first_day=first, last_day=last, part=part)


def test_who_is_away_over_the_whole_window_is_not_proposed():
    absent, present = team_member(communes=[IXELLES]), team_member(communes=[BERCHEM])
    away(absent, MONDAY, MONDAY + 4 * DAY)
    wait(people(), target=MONDAY + 2 * DAY, before=2, after=2)
    assert only_line(propose(on=MONDAY)).coach == present


def test_one_half_day_that_is_left_is_enough_and_two_halves_are_a_day_away():
    coach = team_member(communes=[IXELLES])
    away(coach, MONDAY, MONDAY + 3 * DAY)
    friday = MONDAY + 4 * DAY
    away(coach, friday, friday, "morning")
    wait(people(), target=MONDAY + 2 * DAY, before=2, after=2)
    line = only_line(propose(on=MONDAY))
    assert (line.facts["capacity"], line.facts["days_away"]) == (3, 4)
    away(coach, friday, friday, "afternoon")
    assert why(propose(on=MONDAY)) == ["all_away"]


def test_a_holiday_and_a_day_off_of_the_team_hold_no_contact():
    coach = team_member(communes=[IXELLES])
    wait(people(), target=MONDAY + 2 * DAY, before=2, after=2)
    for day in (MONDAY, MONDAY + DAY, MONDAY + 3 * DAY):
        TeamDay.objects.create(day=day, reason="Training")
    away(coach, MONDAY + 4 * DAY, MONDAY + 4 * DAY)
    assert only_line(propose(on=MONDAY)).facts["capacity"] == 6
    away(coach, MONDAY + 2 * DAY, MONDAY + 2 * DAY)
    assert why(propose(on=MONDAY)) == ["all_away"]


def test_a_week_off_makes_it_another_week_of_the_window():
    coach = team_member(communes=[IXELLES])
    away(coach, MONDAY, MONDAY + 6 * DAY)
    wait(people(), target=MONDAY + 2 * DAY, before=2, after=7)
    line = only_line(propose(on=MONDAY))
    assert (line.week, line.facts["weeks_from_best"], line.facts["cost"]["week"]) == (MONDAY + WEEK, 1, 5)


def test_a_window_of_days_off_only_is_open_on_them():
    team_member(communes=[IXELLES])
    wait(people(), target=MONDAY + 5 * DAY, before=0, after=1)
    assert len(propose(on=MONDAY).lines) == 1


# --- Capacity ---------------------------------------------------------------------------------------


def test_never_more_than_fits_in_a_week_and_what_is_assigned_already_counts():
    coach = team_member(communes=[IXELLES], weekly=5)
    wait(people(2), target=MONDAY + DAY, assignee=coach)  # in the same week
    wait(people(1), target=MONDAY + WEEK, before=0, assignee=coach)  # in another
    wait(people(6), target=MONDAY + 2 * DAY, before=2, after=2)
    proposal = propose(on=MONDAY)
    assert len(proposal.lines) == 3
    assert why(proposal) == ["all_full"] * 3
    (load,) = proposal.loads
    assert [(week.before, week.added, week.after, week.capacity) for week in load.weeks] == [(2, 3, 5, 5)]


def test_a_check_on_the_figures_takes_no_place():
    coach = team_member(communes=[IXELLES], weekly=2)
    check = {"channel": "figures_check", "assignee": coach}
    wait(people(2), target=MONDAY + DAY, **check)
    done = {"state": "done", "done_on": MONDAY, "resolved_by": "person", "outcome": "done"}
    wait(people(2), target=MONDAY, **check, **done)
    wait(people(2), target=MONDAY + 2 * DAY, before=2, after=2)
    assert len(propose(on=MONDAY).lines) == 2


def test_what_was_done_this_week_counts_too():
    coach = team_member(communes=[IXELLES], weekly=5)
    done = {"state": "done", "done_on": MONDAY, "resolved_by": "person", "outcome": "done", "assignee": coach}
    wait(people(4), target=MONDAY, **done)
    wait(people(2), target=MONDAY + 2 * DAY, before=2, after=2)
    assert len(propose(on=MONDAY + DAY).lines) == 1
    wait(people(1), target=MONDAY - 4 * DAY, **done | {"done_on": MONDAY - 3 * DAY})  # last week's
    assert len(propose(on=MONDAY + DAY).lines) == 1


def test_what_is_late_counts_this_week_and_what_is_paused_in_none():
    coach = team_member(communes=[IXELLES], weekly=3)
    wait(people(1), target=MONDAY - 10 * DAY, after=20, assignee=coach)
    held = wait(people(1), target=MONDAY + DAY, assignee=coach)
    Enrolment.objects.filter(pk=held[0].enrolment_id).update(state="paused")
    wait(people(3), target=MONDAY + 2 * DAY, before=2, after=2)
    proposal = propose(on=MONDAY)
    assert (proposal.loads[0].weeks[0].before, len(proposal.lines)) == (1, 2)


def test_the_last_days_of_a_week_hold_only_what_fits_in_days():
    team_member(communes=[IXELLES], weekly=20, daily=2)
    wait(people(5), target=MONDAY + 3 * DAY, before=3, after=1)
    assert len(propose(on=MONDAY + 3 * DAY).lines) == 4  # Thursday and Friday


def test_the_load_is_spread_over_who_can_do_it():
    pair = [team_member(communes=[IXELLES]), team_member(communes=[IXELLES])]
    wait(people(8), target=MONDAY + 2 * DAY, before=2, after=2)
    given = [line.coach for line in propose(on=MONDAY).lines]
    assert [given.count(coach) for coach in pair] == [4, 4]


def test_the_whole_list_is_weighed_at_once_and_not_one_after_the_other():
    """A greedy loop gives the first French speaker to the coach who alone speaks Dutch."""
    both = team_member(communes=[IXELLES], languages=["fr", "nl"], weekly=1)
    french = team_member(communes=[BERCHEM], languages=["fr"], weekly=1)
    (first,) = wait(people(language="fr"), target=MONDAY + DAY, before=1, after=2)
    (second,) = wait(people(language="nl"), target=MONDAY + 2 * DAY, before=1, after=2)
    given = {line.follow_up_id: line.coach for line in propose(on=MONDAY).lines}
    assert given == {first.pk: french, second.pk: both}


# --- Left over --------------------------------------------------------------------------------------


def test_each_that_nobody_can_take_says_why():
    team_member(languages=["fr"], tracks=["coaching"], communes=[IXELLES], weekly=1)
    held, closed = people(2)
    wait(people(language="nl"), target=MONDAY + DAY, before=1, after=2)
    wait(people(), target=MONDAY + 2 * DAY, track="technical_support", before=1, after=2)
    wait(people(2), target=MONDAY + 3 * DAY, before=1, after=1)
    rows = wait([held], target=MONDAY) + wait([closed], target=MONDAY - 20 * DAY)
    Enrolment.objects.filter(pk=rows[0].enrolment_id).update(state="paused")
    proposal = propose(on=MONDAY)
    assert why(proposal) == ["window_closed", "nobody_speaks", "nobody_on_track", "all_full"]
    with translation.override("en"):
        told = [why_left(left) for left in proposal.left_over]
    assert told == [
        "Its window has closed; the planner makes a new one in its place.",
        "Nobody who does coaching speaks Dutch.",
        "No active coach does technical support.",
        "All who could do it are full in the week of 2 July.",
    ]
    asked = propose(on=MONDAY, follow_ups=FollowUp.objects.filter(pk=rows[0].pk))
    assert why(asked) == ["paused"]
    assert why_left(asked.left_over[0])


def test_closed_cases_and_taken_ones_are_not_in_the_pool():
    coach = team_member(communes=[IXELLES])
    rows = wait(people(2), target=MONDAY)
    wait(people(), target=MONDAY, assignee=coach)
    Case.objects.filter(pk=rows[0].enrolment.case_id).update(state="closed", closed_at=at(MONDAY), outcome="refused")
    assert [line.follow_up_id for line in propose(on=MONDAY).lines] == [rows[1].pk]
    done = propose(on=MONDAY, follow_ups=rows)
    assert why(done) == ["not_open"]


def test_only_what_the_person_sees_is_proposed():
    coach = team_member(communes=[IXELLES])
    wait(people(), target=MONDAY)
    wait(people(commune=BERCHEM), target=MONDAY)
    assert len(propose(on=MONDAY, user=coach.user).lines) == 1
    assert len(propose(on=MONDAY, user=UserFactory()).lines) == 2


# --- Told -------------------------------------------------------------------------------------------


def test_the_reasons_are_told_in_the_readers_language_from_the_facts():
    team_member(communes=[FOREST])
    wait(people(), target=MONDAY + 2 * DAY)
    line = only_line(propose(on=MONDAY))
    with translation.override("en"):
        assert reasons_of(line, communes={IXELLES: "Ixelles"}) == [
            "Speaks French and does coaching.",
            "Covers a commune next to Ixelles.",
            "In the week of 2 July, that of the best day; 1 of 20 contacts then.",
        ]
    assert line.points == sum(line.facts["cost"].values()) == pytest.approx(10.5)


# --- The same, however it is asked --------------------------------------------------------------------


def test_ties_go_to_who_was_entered_first_whatever_the_order_of_asking():
    team = [team_member(communes=[IXELLES]) for _n in range(4)]
    rows = wait(people(3), target=MONDAY + 2 * DAY, before=2, after=2)
    first = propose(on=MONDAY, follow_ups=rows)
    assert [line.follow_up_id for line in first.lines] == [row.pk for row in rows]
    assert {line.coach for line in first.lines} == set(team[:3])


@pytest.mark.parametrize("seed", range(4))
def test_shuffled_rows_and_coaches_come_to_the_same_proposal(seed):
    chance = random.Random(seed)
    communes = list(Commune.objects.values_list("pk", flat=True))
    for _n in range(5):
        team_member(communes=chance.sample(communes, 4), languages=chance.sample(["fr", "nl"], 1 + seed % 2), weekly=2)
    rows = []
    for n in range(30):
        person = people(commune=chance.choice(communes), language=chance.choice(["fr", "nl"]))
        rows += wait(person, target=MONDAY + n % 10 * DAY, track=["coaching", "technical_support"][n % 2])
    whole = propose(on=MONDAY)
    told = [(line.follow_up_id, line.coach.pk, line.week, line.facts) for line in whole.lines]
    assert told and whole.left_over
    # Rows written again lie in another order on the disk.
    with connection.cursor() as cursor:
        for row in chance.sample(rows, 15):
            cursor.execute("UPDATE coaching_followup SET updated_at = now() WHERE id = %s", [row.pk])
        cursor.execute("UPDATE coaching_coach SET updated_at = now() WHERE id IN (SELECT min(id) FROM coaching_coach)")
    chance.shuffle(rows)
    for again in (propose(on=MONDAY), propose(on=MONDAY, follow_ups=rows)):
        assert [(line.follow_up_id, line.coach.pk, line.week, line.facts) for line in again.lines] == told
        assert again.left_over == whole.left_over
        assert again.cost == whole.cost


def test_many_cost_as_many_queries_as_few():
    team_member(communes=[IXELLES])
    wait(people(2), target=MONDAY + 2 * DAY)
    with CaptureQueriesContext(connection) as few:
        propose(on=MONDAY)
    for _n in range(4):
        team_member(communes=[FOREST])
    wait(people(40), target=MONDAY + 3 * DAY)
    with CaptureQueriesContext(connection) as many:
        propose(on=MONDAY)
    assert len(many) == len(few)


def test_of_a_very_long_list_those_whose_windows_close_first_are_weighed(monkeypatch):
    team_member(communes=[IXELLES])
    (late,) = wait(people(), target=MONDAY + 9 * DAY)
    first = wait(people(2), target=MONDAY + 2 * DAY)
    monkeypatch.setattr("coaching.selectors.proposal.proposing.MOST", 2)
    proposal = propose(on=MONDAY)
    assert [line.follow_up_id for line in proposal.lines] == [row.pk for row in first]
    assert proposal.beyond == 1
    assert propose(on=MONDAY, follow_ups=[late]).beyond == 0
