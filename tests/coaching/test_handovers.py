"""Taking over keeps the history and leaves a summary; a leave offers what falls in it to others."""

import pytest
from django.utils import translation

from accounts.enums import Role
from coaching import services
from coaching.errors import CaseNotLive, CoachNotActive, OutOfScope, SameCoach
from coaching.models import (
    Absence,
    Barrier,
    BarrierSighting,
    Case,
    Coach,
    FollowUp,
    FollowUpEvent,
    Handover,
    Hold,
    Pause,
    Readiness,
    Visit,
)  # fmt: skip
from coaching.selectors.handovers import taken_over, told
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at
from tests.factories.pool import DAY, team_member, wait

pytestmark = pytest.mark.django_db
NOW = at(MONDAY)
IXELLES = "21009"


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def boss():
    return UserFactory(role=Role.COORDINATOR)


@pytest.fixture
def old():
    return team_member(communes=[IXELLES], first_name="Anne", last_name="Old")


@pytest.fixture
def new():
    return team_member(communes=[IXELLES], first_name="Bert", last_name="New")


def case_of(coach: Coach, **options) -> Case:
    person = make_practitioners(1, commune_id=IXELLES)
    (row,) = wait(person, target=MONDAY + 2 * DAY, coach=coach, assignee=coach, **options)
    return row.enrolment.case


def remembered(case: Case, coach: Coach) -> None:
    """Two contacts, one with a conversation and a promise, a barrier, readiness and a planned visit."""
    person = case.practitioner
    visit = Visit.objects.create(
        practitioner=person, case=case, coach=coach, kind="visit", state="done", started_at=at(MONDAY - 20 * DAY),
        outcome="done", promised="The guide to the consent screen",
    )  # fmt: skip
    Visit.objects.create(
        practitioner=person, case=case, coach=coach, kind="call", state="done", started_at=at(MONDAY - 3 * DAY),
        outcome="no_answer",
    )  # fmt: skip
    Visit.objects.create(practitioner=person, case=case, coach=coach, state="planned", planned_at=at(MONDAY + DAY))
    barrier = Barrier.objects.order_by("code")[0]
    BarrierSighting.objects.create(practitioner=person, barrier=barrier, severity=3, seen_on=MONDAY - 20 * DAY)
    Readiness.objects.create(
        practitioner=person, visit=visit, scored_on=MONDAY - 20 * DAY,
        awareness=4, desire=4, knowledge=3, ability=2, reinforcement=1,
    )  # fmt: skip


# --- A case -----------------------------------------------------------------------------------------


def test_a_case_goes_over_with_what_is_open_and_what_was_done_stays(boss, old, new):
    case = case_of(old)
    remembered(case, old)
    done = wait(make_practitioners(1), target=MONDAY - 9 * DAY, assignee=old)[0]
    FollowUp.objects.filter(pk=done.pk).update(
        state="done", done_on=MONDAY - 9 * DAY, resolved_by="person", outcome="done", enrolment=case.enrolments.get(),
        occurrence=2,
    )  # fmt: skip
    handover = services.hand_over_case(case=case, to=new, by=boss, reason="Anne leaves", at=NOW)
    case.refresh_from_db()
    row = FollowUp.objects.get(enrolment__case=case, state="planned")
    assert (case.coach, row.assignee) == (new, new)
    assert FollowUp.objects.get(pk=done.pk).assignee == old
    assert set(Visit.objects.filter(state="done").values_list("coach", flat=True)) == {old.pk}
    assert Visit.objects.get(state="planned").coach == new
    event = row.events.get()
    assert (event.kind, event.actor, event.reason) == ("assigned", boss, "Anne leaves")
    assert event.data == {"from": str(old.ref), "to": str(new.ref)}
    assert (handover.from_coach, handover.to_coach, handover.whole_case, handover.by, handover.at) == (
        old, new, True, boss, NOW,
    )  # fmt: skip
    assert taken_over(row) == handover


def test_the_summary_is_told_from_facts_in_the_readers_language(boss, old, new):
    case = case_of(old)
    remembered(case, old)
    pause = Pause.objects.create(
        scope="practitioner", practitioner=case.practitioner, reason="Holidays", starts_on=MONDAY, ends_on=MONDAY + DAY
    )
    Hold.objects.create(enrolment=case.enrolments.get(), pause=pause, held_on=MONDAY)
    handover = services.hand_over_case(case=case, to=new, by=boss, at=NOW)
    barrier = Barrier.objects.order_by("code")[0]
    step = FollowUp.objects.get().step
    assert told(Handover.objects.get()) == [
        ("Contacts so far", "2 contacts since 12 June 2018, 1 with a conversation."),
        ("Last conversation", "Visit on 12 June 2018 with Anne Old: done."),
        ("Promised", "The guide to the consent screen (on 12 June 2018)"),
        ("In the way", barrier.name_en),
        ("Readiness", "Knowledge is the first low element (12 June 2018)."),
        ("What is next", f"{step.name_en}, best on 4 July 2018, by 11 July 2018"),
        ("Paused", "Practitioner: Holidays, until 3 July 2018"),
    ]
    with translation.override("nl"):
        words = {n: w for n, (_name, w) in enumerate(told(handover))}
        assert barrier.name_nl in words[3]
        assert step.name_nl in words[5]


def test_a_case_without_any_contact_says_so(boss, old, new):
    handover = services.hand_over_case(case=case_of(old), to=new, by=boss, at=NOW)
    assert told(handover)[0] == ("Contacts so far", "None yet.")


def test_assigning_a_case_that_somebody_had_is_a_handover(boss, old, new):
    case = case_of(old)
    assert services.assign_case(case=case, coach=new, by=boss, at=NOW).coach == new
    assert Handover.objects.get().from_coach == old
    services.assign_case(case=case, coach=new, by=boss, at=NOW)
    services.assign_case(case=case, coach=None, by=boss, at=NOW)
    services.assign_case(case=case, coach=old, by=boss, at=NOW)
    assert Handover.objects.count() == 1  # the same coach, nobody, and from nobody: nothing is taken over


def test_what_cannot_be_handed_over_changes_nothing(boss, old, new):
    case = case_of(old)
    with pytest.raises(SameCoach):
        services.hand_over_case(case=case, to=old, by=boss, at=NOW)
    with pytest.raises(OutOfScope):
        services.hand_over_case(case=case, to=new, by=old.user, at=NOW)
    Coach.objects.filter(pk=new.pk).update(is_active=False)
    with pytest.raises(CoachNotActive):
        services.hand_over_case(case=case, to=new, by=boss, at=NOW)
    Case.objects.filter(pk=case.pk).update(state="closed", closed_at=NOW, outcome="refused")
    Coach.objects.filter(pk=new.pk).update(is_active=True)
    with pytest.raises(CaseNotLive):
        services.hand_over_case(case=case, to=new, by=boss, at=NOW)
    assert not Handover.objects.exists()
    assert not FollowUpEvent.objects.exists()


# --- Some follow-ups ----------------------------------------------------------------------------------


def test_follow_ups_go_over_and_the_case_stays(boss, old, new):
    first, second = case_of(old), case_of(old)
    free = wait(make_practitioners(1), target=MONDAY)[0]
    rows = [*FollowUp.objects.filter(enrolment__case__in=[first, second]), free]
    done = services.hand_over_follow_ups(follow_ups=rows, to=new, by=boss, reason="Ill", at=NOW)
    assert (len(done.assigned), done.refused) == (3, [])
    assert set(Case.objects.filter(pk__in=[first.pk, second.pk]).values_list("coach", flat=True)) == {old.pk}
    # The one that nobody had is simply given.
    handovers = list(Handover.objects.order_by("case"))
    assert [(row.case, row.whole_case, row.reason) for row in handovers] == [
        (first, False, "Ill"), (second, False, "Ill"),
    ]  # fmt: skip
    assert handovers[0].summary["follow_ups"] == [str(rows[0].ref)]


# --- A leave ----------------------------------------------------------------------------------------


def test_a_leave_offers_what_falls_in_it_to_others(boss, old, new):
    inside = case_of(old)
    before = wait(make_practitioners(1), target=MONDAY - DAY, assignee=old)[0]
    after = wait(make_practitioners(1), target=MONDAY + 8 * DAY, assignee=old)[0]
    leave = Absence.objects.create(coach=old, first_day=MONDAY, last_day=MONDAY + 6 * DAY)
    proposal = services.absence_handover(absence=leave, by=boss, on=MONDAY)
    row = FollowUp.objects.get(enrolment__case=inside)
    assert [(line.follow_up_id, line.coach) for line in proposal.lines] == [(row.pk, new)]
    with pytest.raises(OutOfScope):
        services.absence_handover(absence=leave, by=old.user, on=MONDAY)
    done = services.confirm_proposal(choices=[(row, new)], by=boss, at=NOW, taken_from=old, reason="Leave")
    assert [given.coach for given in done.given] == [new]
    handover = Handover.objects.get()
    assert (handover.from_coach, handover.to_coach, handover.whole_case, handover.reason) == (old, new, False, "Leave")
    row.refresh_from_db()
    assert row.events.get().data["from"] == str(old.ref)
    assert {FollowUp.objects.get(pk=other.pk).assignee for other in (before, after)} == {old}
    assert services.absence_handover(absence=leave, by=boss, on=MONDAY).lines == []


def test_what_the_absent_coach_no_longer_has_is_refused(boss, old, new):
    case = case_of(old)
    row = FollowUp.objects.get(enrolment__case=case)
    services.assign_follow_up(follow_up=row, coach=new, by=boss, at=NOW)
    third = team_member(communes=[IXELLES])
    done = services.confirm_proposal(choices=[(row, third)], by=boss, at=NOW, taken_from=old)
    assert [error.code for _row, error in done.refused] == ["follow_up_taken"]
    done = services.confirm_proposal(choices=[(row, new)], by=boss, at=NOW, taken_from=new)
    assert [error.code for _row, error in done.refused] == ["same_coach"]
