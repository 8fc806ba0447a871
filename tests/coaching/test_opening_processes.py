"""Rules 10, 12 and 13 with real processes: limits hold and nobody is told twice, whoever plans, dies or waits."""

import datetime as dt
import threading

import pytest
from django.db import connection
from post_office.models import Email

from coaching import services
from coaching.errors import FollowUpClosed
from coaching.models import CoachDay, ContactBudget, Escalation, FollowUp, FollowUpEvent
from coaching.selectors.audit import broken_rules
from coaching.services import plan_follow_ups
from tests.coaching.nights import ON, clean_run, command, ended_well, same
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, make_coach, plan, sort, the_open
from tests.helpers.databases import restore_pristine_rows
from tests.helpers.obstacles import obstacle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
DAY = dt.timedelta(days=1)


# --- Two at once, and one that dies --------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["coaching_coachday", "coaching_escalation"])
def test_a_planner_killed_while_it_opens_or_escalates_leaves_nothing_half_done(table):
    expected = clean_run()
    mails = Email.objects.count()
    with obstacle(table, after=3) as way:
        planner = command()
        way.wait_for_somebody()
        planner.kill()
        planner.communicate()
    assert not broken_rules()
    told = sum(len(mail.to) for mail in Email.objects.all()) - mails
    assert told <= Escalation.objects.count()
    ended_well(command(ON))
    same(expected)


@pytest.mark.parametrize("table", ["coaching_coachday", "coaching_escalation"])
def test_two_planners_that_open_or_escalate_at_once_come_to_the_same(table):
    expected = clean_run()
    with obstacle(table, after=3) as way:
        first, second = command(), command()
        way.wait_for_somebody()
    ended_well(first, second)
    same(expected)
    assert len(expected["escalations"]) > 3 and len(expected["coach days"]) > 2


def test_a_person_and_a_planner_never_exceed_a_limit_together():
    """Somebody opens cases for a coach and for practitioners whom the planner is opening for at that moment."""
    ContactBudget.objects.create(contacts=1, days=30, valid_from=dt.date(2018, 1, 1))
    coach = make_coach()
    coach.daily_capacity = 4
    coach.save()
    people = make_practitioners(12)
    for person in people:
        services.open_case(practitioner=person, track="coaching", coach=coach, by=None, at=at(MONDAY - 20 * DAY))
    FollowUp.objects.update(
        state="planned", opens_on=MONDAY, target_on=MONDAY + DAY, closes_on=MONDAY + 9 * DAY, is_frozen=True, reason={}
    )
    FollowUpEvent.objects.exclude(kind="planned").delete()
    CoachDay.objects.all().delete()
    planners = command(MONDAY), command(MONDAY)
    refused = 0
    for person in reversed(people):
        services.open_case(practitioner=person, track="technical_support", coach=coach, by=None, at=at(MONDAY))
        refused += FollowUp.objects.filter(practitioner=person, state="deferred").count()
    ended_well(*planners)
    assert CoachDay.objects.get(day=MONDAY).opened == FollowUp.objects.filter(state="due").count() == 4
    assert all(FollowUp.objects.filter(practitioner=person, state="due").count() <= 1 for person in people)
    assert refused
    assert not broken_rules()


# --- Two completions at once -----------------------------------------------------------------------------------


def test_of_two_who_complete_the_same_follow_up_at_once_one_is_told_that_it_is_done():
    person = make_practitioners(1)[0]
    sort({person: "late_majority"})
    plan(MONDAY)
    row, people = the_open(person), [UserFactory(role="coordinator") for _n in range(2)]
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def complete(user) -> None:
        try:
            ready.wait(timeout=30)
            services.complete_follow_up(follow_up=row, outcome="done", by=user, at=at(MONDAY))
            outcomes.append("done")
        except FollowUpClosed as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=complete, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(outcomes) == ["done", "follow_up_already_done"]
    assert row.events.filter(to_state="done").count() == 1
    assert FollowUp.objects.filter(enrolment=row.enrolment).count() == 2
    assert not broken_rules()


# --- Beat off for three days -------------------------------------------------------------------------------------


def stand() -> list[tuple]:
    """Where everybody stands, without when it was written down."""
    return sorted(
        FollowUp.objects.values_list(
            "practitioner__family_name", "step__code", "occurrence", "state", "opens_on", "target_on", "closes_on"
        )
    )


def people_of_a_week() -> None:
    """One first call that closes on each of the days ahead, and others that open on them."""
    people = make_practitioners(10)
    sort(dict.fromkeys(people, "late_majority"), month=dt.date(2018, 6, 1))
    plan_follow_ups(on=MONDAY)
    for number, row in enumerate(FollowUp.objects.order_by("pk")):
        day = MONDAY + (number % 5) * DAY
        if number < 5:
            dates = {"opens_on": MONDAY, "target_on": day, "closes_on": day}
        else:
            dates = {"opens_on": day, "target_on": day + DAY, "closes_on": day + 20 * DAY}
        FollowUp.objects.filter(pk=row.pk).update(is_frozen=True, **dates)
        if number >= 5:
            FollowUp.objects.filter(pk=row.pk).update(state="planned")
            row.events.exclude(kind="planned").delete()


def test_after_three_days_without_a_run_everybody_stands_where_nightly_runs_would_have_brought_them():
    """But for what was missed meanwhile: its next attempt counts from the day on which the miss was seen."""
    people_of_a_week()
    for days in range(1, 5):
        plan_follow_ups(on=MONDAY + days * DAY)
    nightly = stand()
    restore_pristine_rows()
    people_of_a_week()
    plan_follow_ups(on=MONDAY + 4 * DAY)
    late = stand()
    again = [row for row in late if row[2] > 1]
    assert [row for row in nightly if row[2] == 1] == [row for row in late if row[2] == 1]
    assert [row[:3] for row in nightly if row[2] > 1] == [row[:3] for row in again]
    assert len(again) == 4 and {row[4] for row in again} == {MONDAY + 4 * DAY}, "none in the past"
    assert not FollowUp.objects.filter(state="missed", closes_on__gte=MONDAY + 4 * DAY).exists()
    assert not broken_rules()
    assert plan_follow_ups(on=MONDAY + 4 * DAY).made == 0
