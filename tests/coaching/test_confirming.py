"""Confirming a proposal: once, within capacity, whoever else is at it at the same moment."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.enums import Role
from accounts.models import User
from coaching import services
from coaching.errors import ChosenTwice, OutOfScope
from coaching.models import Absence, Coach, Enrolment, FollowUp, FollowUpEvent, Handover
from coaching.selectors.proposal import propose
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at
from tests.factories.pool import DAY, team_member, wait

pytestmark = pytest.mark.django_db
NOW = at(MONDAY)
IXELLES = "21009"
WINDOW = {"before": 2, "after": 2}


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def boss():
    return UserFactory(role=Role.COORDINATOR)


def waiting(number: int = 1, **options):
    people = make_practitioners(number, commune_id=IXELLES, language=options.pop("language", "fr"))
    return wait(people, target=options.pop("target", MONDAY + 2 * DAY), **WINDOW | options)


def codes(done) -> list[str]:
    return [error.code for _row, error in done.refused]


def test_what_is_proposed_is_given_with_its_reasons(boss):
    coach = team_member(communes=[IXELLES])
    rows = waiting(3)
    proposal = propose(on=MONDAY)
    by_number = {row.pk: row for row in rows}
    choices = [(by_number[line.follow_up_id], line.coach) for line in proposal.lines]
    done = services.confirm_proposal(choices=choices, by=boss, at=NOW)
    assert [(given.coach, given.week, given.warnings) for given in done.given] == [(coach, MONDAY, [])] * 3
    assert done.refused == []
    row = FollowUp.objects.get(pk=rows[0].pk)
    assert (row.assignee, row.reason["assigned"], row.enrolment.case.coach) == (coach, {"week": "2018-07-02"}, coach)
    event = row.events.get()
    assert (event.kind, event.actor, event.data["from"], event.data["to"]) == ("assigned", boss, None, str(coach.ref))
    assert event.data["proposal"]["cost"]["travel"] == 0
    # It counts in the week that was chosen, so the next proposal starts from there.
    (load,) = propose(on=MONDAY).loads
    assert load.weeks[0].before == 3
    assert not Handover.objects.exists()


def test_the_week_that_was_chosen_counts_and_not_that_of_the_best_day(boss):
    coach = team_member(communes=[IXELLES], weekly=1)
    rows = waiting(2, after=9)
    done = services.confirm_proposal(choices=[(row, coach) for row in rows], by=boss, at=NOW)
    assert [given.week for given in done.given] == [MONDAY, MONDAY + 7 * DAY]
    waiting(1, after=9)
    assert [left.code for left in propose(on=MONDAY).left_over] == ["all_full"]
    # By hand it goes back to its best day's week, and so does the load.
    other = team_member(communes=[IXELLES], weekly=1)
    services.assign_follow_ups(follow_ups=[done.given[1].follow_up], coach=other, by=boss, at=NOW)
    assert "assigned" not in FollowUp.objects.get(pk=done.given[1].follow_up.pk).reason


def test_what_no_longer_waits_is_refused_one_by_one_and_the_rest_is_given(boss):
    coach, colleague = team_member(communes=[IXELLES]), team_member(communes=[IXELLES])
    good, taken, done_before, held, late = waiting(5)
    gone = team_member(communes=[IXELLES])
    inactive = waiting(1)[0]
    services.assign_follow_up(follow_up=taken, coach=colleague, by=boss, at=NOW)
    FollowUp.objects.filter(pk=done_before.pk).update(
        state="done", done_on=MONDAY, resolved_by="person", outcome="done"
    )
    Enrolment.objects.filter(pk=held.enrolment_id).update(state="paused")
    FollowUp.objects.filter(pk=late.pk).update(
        opens_on=MONDAY - 9 * DAY, target_on=MONDAY - 8 * DAY, closes_on=MONDAY - DAY
    )
    Coach.objects.filter(pk=gone.pk).update(is_active=False)
    choices = [(row, coach) for row in (late, held, done_before, taken, good)] + [(inactive, gone)]
    done = services.confirm_proposal(choices=choices, by=boss, at=NOW)
    assert [given.follow_up for given in done.given] == [good]
    assert codes(done) == [
        "follow_up_taken", "follow_up_already_done", "follow_up_paused", "window_closed", "coach_not_active",
    ]  # fmt: skip
    assert FollowUp.objects.get(pk=taken.pk).assignee == colleague


@pytest.mark.parametrize("who", ["coach", "user"])
def test_what_a_coach_who_left_still_has_is_proposed_and_handed_over(boss, who):
    gone = team_member(communes=[IXELLES])
    row = waiting(assignee=gone)[0]
    coach = team_member(communes=[IXELLES])
    assert not propose(on=MONDAY).lines
    if who == "coach":
        Coach.objects.filter(pk=gone.pk).update(is_active=False)
    else:
        User.objects.filter(pk=gone.user_id).update(is_active=False)
    assert [(line.follow_up_id, line.coach) for line in propose(on=MONDAY).lines] == [(row.pk, coach)]
    done = services.confirm_proposal(choices=[(row, coach)], by=boss, at=NOW)
    assert [given.coach for given in done.given] == [coach] and not done.refused
    assert FollowUp.objects.get(pk=row.pk).assignee == coach
    assert (Handover.objects.get().from_coach, Handover.objects.get().to_coach) == (gone, coach)


def test_more_than_fits_is_refused_unless_it_is_allowed_and_then_it_is_said(boss):
    coach = team_member(communes=[IXELLES], weekly=2)
    rows = waiting(4)
    done = services.confirm_proposal(choices=[(row, coach) for row in rows], by=boss, at=NOW)
    assert [given.follow_up for given in done.given] == rows[:2]
    assert codes(done) == ["coach_full", "coach_full"]
    left = [(row, coach) for row, _error in done.refused]
    more = services.confirm_proposal(choices=left, by=boss, at=NOW, beyond_limits=True)
    assert [[one.code for one in given.warnings] for given in more.given] == [["coach_full"]] * 2
    assert FollowUp.objects.filter(assignee=coach).count() == 4


def test_who_is_away_is_refused_unless_it_is_allowed(boss):
    coach = team_member(communes=[IXELLES])
    Absence.objects.create(coach=coach, first_day=MONDAY, last_day=MONDAY + 4 * DAY)
    (row,) = waiting(1)
    assert codes(services.confirm_proposal(choices=[(row, coach)], by=boss, at=NOW)) == ["coach_away"]
    done = services.confirm_proposal(choices=[(row, coach)], by=boss, at=NOW, beyond_limits=True)
    assert [one.code for one in done.given[0].warnings] == ["coach_away"]


def test_a_person_may_choose_what_the_proposal_would_not_and_is_told(boss):
    coach = team_member(languages=["fr"], tracks=["technical_support"], communes=[IXELLES])
    (row,) = waiting(1, language="nl")
    assert propose(on=MONDAY).lines == []
    done = services.confirm_proposal(choices=[(row, coach)], by=boss, at=NOW)
    assert [one.code for one in done.given[0].warnings] == ["language", "track"]
    assert done.given[0].warnings[0].message.endswith("doesn't speak Dutch.")


def test_only_who_steers_confirms_and_nothing_is_given_twice(boss):
    coach = team_member(communes=[IXELLES])
    (row,) = waiting(1)
    with pytest.raises(OutOfScope):
        services.confirm_proposal(choices=[(row, coach)], by=coach.user, at=NOW)
    with pytest.raises(ChosenTwice):
        services.confirm_proposal(choices=[(row, coach), (row, coach)], by=boss, at=NOW)
    assert not FollowUpEvent.objects.exists()


def test_by_hand_a_coach_may_get_more_than_fits_and_the_weeks_are_named(boss):
    coach = team_member(communes=[IXELLES], weekly=2)
    rows = waiting(3)
    assert services.assign_follow_ups(follow_ups=rows[:2], coach=coach, by=boss, at=NOW).beyond == []
    done = services.assign_follow_ups(follow_ups=rows[2:], coach=coach, by=boss, at=NOW)
    assert [(week.week, week.before, week.capacity) for week in done.beyond] == [(MONDAY, 3, 2)]


def test_many_are_confirmed_in_as_many_statements_as_few(boss):
    team = [team_member(communes=[IXELLES]) for _n in range(3)]
    few_rows, many_rows = waiting(3), waiting(30)
    with CaptureQueriesContext(connection) as few:
        services.confirm_proposal(choices=[(row, team[n % 3]) for n, row in enumerate(few_rows)], by=boss, at=NOW)
    with CaptureQueriesContext(connection) as many:
        services.confirm_proposal(choices=[(row, team[n % 3]) for n, row in enumerate(many_rows)], by=boss, at=NOW)
    assert len(many) <= len(few)


# --- At the same moment -------------------------------------------------------------------------------


def both(*acts) -> list:
    """The acts at the same moment, each on a connection of its own; what came of each."""
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def carry_out(place, act):
        barrier.wait()
        try:
            results[place] = act()
        except Exception as error:  # shown by the assertion on the results
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=carry_out, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_time", range(3))
def test_two_coordinators_confirming_at_once_give_nothing_twice_and_pass_no_capacity(_time):
    coordinators = [UserFactory(role=Role.COORDINATOR) for _n in range(2)]
    team = [team_member(communes=[IXELLES], weekly=4) for _n in range(2)]
    rows = waiting(14)
    # Four are in both lists, with another coach in each; the others only in one, all for the same two coaches.
    first = [(row, team[n % 2]) for n, row in enumerate(rows[:9])]
    second = [(row, team[(n + 1) % 2]) for n, row in enumerate(rows[5:])][::-1]
    results = both(
        *(
            lambda by=by, choices=choices: services.confirm_proposal(choices=choices, by=by, at=NOW)
            for by, choices in zip(coordinators, (first, second), strict=True)
        )
    )
    assert all(isinstance(result, services.Confirmed) for result in results), results
    given = [one.follow_up.pk for result in results for one in result.given]
    assert len(given) == len(set(given)) == 8
    for coach in team:
        assert FollowUp.objects.filter(assignee=coach).count() == 4
    events = FollowUpEvent.objects.filter(kind="assigned").values_list("follow_up", flat=True)
    assert sorted(events) == sorted(given)


@pytest.mark.django_db(transaction=True)
def test_a_confirmation_waits_for_work_given_by_hand_at_the_same_moment():
    coach = team_member(communes=[IXELLES], weekly=4)
    boss = UserFactory(role=Role.COORDINATOR)
    rows = waiting(8)
    results = both(
        lambda: services.assign_follow_ups(follow_ups=rows[:3], coach=coach, by=boss, at=NOW),
        lambda: services.confirm_proposal(choices=[(row, coach) for row in rows[3:]], by=boss, at=NOW),
    )
    by_hand, confirmed = results
    held = FollowUp.objects.filter(assignee=coach).count()
    # Whoever came first: by hand on top of four is said, and a confirmation never passes four.
    assert (held, len(confirmed.given), bool(by_hand.beyond)) in {(4, 1, False), (7, 4, True)}
