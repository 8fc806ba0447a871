"""Versions of playbooks: a draft at a time, one active, and what was put to use never changes, whoever writes."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils.translation import override

from accounts.enums import Role
from adoption.models import Indicator
from coaching.errors import (
    DraftExists,
    OutOfScope,
    PlaybookCircle,
    PlaybookRefused,
    PlaybookVersionFixed,
)
from coaching.models import Enrolment, Playbook, PlaybookStep, PlaybookVersion
from coaching.services.playbooks import (
    activate_version,
    discard_draft,
    new_draft,
    save_draft,
    save_playbook,
    steps_of,
)
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, plan, sort
from tests.factories.playbooks import activated, active_version, coaching, draft_with, named

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english():
    with override("en"):
        yield


@pytest.fixture
def manager():
    return UserFactory(role=Role.MANAGER)


# --- From a draft to withdrawn --------------------------------------------------------------------------


def test_a_draft_copies_the_active_version_and_there_is_one_at_a_time(manager):
    active = active_version()
    draft = new_draft(playbook=coaching(), by=manager, at=at(MONDAY))
    assert (draft.number, draft.state, draft.created_by, draft.created_at) == (2, "draft", manager, at(MONDAY))
    assert (draft.goal_indicator, draft.goal_value, draft.goal_months) == (
        active.goal_indicator,
        active.goal_value,
        active.goal_months,
    )
    copied, shipped = steps_of(draft), steps_of(active)
    assert [step["code"] for step in copied] == [step["code"] for step in shipped]
    assert named(copied, "first_visit") == named(shipped, "first_visit")
    with pytest.raises(DraftExists) as refused:
        new_draft(playbook=coaching(), by=manager)
    assert refused.value.context["draft"] == str(draft.ref)
    discard_draft(version=draft, by=manager)
    assert not PlaybookStep.objects.filter(version__number=2).exists()
    assert new_draft(playbook=coaching(), by=manager).number == 2


def test_activating_withdraws_the_former_and_new_enrolments_follow_the_new_one(manager):
    old = active_version()
    draft = draft_with(lambda steps: steps[:1])
    done = activate_version(version=draft, by=manager, at=at(MONDAY))
    old.refresh_from_db()
    assert (done.state, done.activated_by, done.activated_at, old.state) == ("active", manager, at(MONDAY), "retired")
    (person,) = make_practitioners(1)
    sort({person: "late_majority"})
    plan(MONDAY)
    assert Enrolment.objects.get().version == done


def test_a_version_that_was_put_to_use_is_no_draft_any_more(manager):
    draft = draft_with()
    done = activate_version(version=draft, by=manager)
    for act in (activate_version, discard_draft):
        with pytest.raises(PlaybookVersionFixed):
            act(version=done, by=manager)
    with pytest.raises(PlaybookVersionFixed):
        save_draft(version=done, steps=steps_of(done), by=manager)
    assert active_version() == done


@pytest.mark.parametrize("role", [Role.COACH, Role.TECHNICIAN, Role.COORDINATOR, Role.OPERATOR, Role.CLIENT])
def test_only_managers_change_playbooks(role):
    someone = UserFactory(role=role)
    draft = draft_with()
    acts: list[tuple[Any, dict[str, Any]]] = [
        (new_draft, {"playbook": coaching()}),
        (save_draft, {"version": draft, "steps": steps_of(draft)}),
        (discard_draft, {"version": draft}),
        (activate_version, {"version": draft}),
        (save_playbook, {"playbook": coaching(), "continues_in": None, "cooldown_days": 3}),
    ]
    for act, given in acts:
        with pytest.raises(OutOfScope):
            act(**given, by=someone)
    assert active_version().number == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_who_activate_at_once_one_is_refused():
    draft = draft_with()
    barrier, came = threading.Barrier(2), []

    def act() -> None:
        try:
            barrier.wait()
            activate_version(version=PlaybookVersion.objects.get(pk=draft.pk), by=None)
            came.append("activated")
        except PlaybookVersionFixed:
            came.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["activated", "refused"]
    assert PlaybookVersion.objects.filter(playbook=draft.playbook, state="active").get() == draft


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_begin_a_draft_at_once_share_one():
    barrier, came = threading.Barrier(2), []

    def act() -> None:
        try:
            barrier.wait()
            new_draft(playbook=coaching(), by=None)
            came.append("made")
        except DraftExists:
            came.append("there")
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(came) == ["made", "there"]


# --- The database refuses what the services would --------------------------------------------------------

ON_STEPS = [
    "UPDATE coaching_playbookstep SET delay = 1 WHERE version_id = %s",
    "DELETE FROM coaching_playbookstep WHERE version_id = %s",
    "INSERT INTO coaching_playbookstep (code, name_en, name_fr, name_nl, version_id, position, purpose_en, purpose_fr,"
    " purpose_nl, channel, anchor, delay, unit, opens_before, closes_after, roll, assignee, assignee_role, completion,"
    " retries, next_channel, repeats_until_goal) VALUES ('more', 'More', '', '', %s, 99, '', '', '', 'call',"
    " 'enrolled', 1, 'working_days', 0, 1, 'next', 'case_coach', '', 'person', 0, '', false)",
]
ON_VERSIONS = [
    "UPDATE coaching_playbookversion SET goal_months = 9 WHERE id = %s",
    "UPDATE coaching_playbookversion SET number = 9 WHERE id = %s",
    "UPDATE coaching_playbookversion SET note = 'other' WHERE id = %s",
    "UPDATE coaching_playbookversion SET state = 'draft' WHERE id = %s",
    "DELETE FROM coaching_playbookversion WHERE id = %s",
]


def refused_by_the_database(sql: str, version: PlaybookVersion) -> str:
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [version.pk])
    return str(refused.value.__cause__.diag.constraint_name)


@pytest.mark.parametrize("sql", ON_STEPS)
def test_no_statement_changes_the_steps_of_a_version_in_use_or_withdrawn(sql):
    active = active_version()
    assert refused_by_the_database(sql, active) == "playbook_steps_of_drafts_only"
    activated()
    active.refresh_from_db()
    assert active.state == "retired"
    assert refused_by_the_database(sql, active) == "playbook_steps_of_drafts_only"


@pytest.mark.parametrize("sql", ON_STEPS)
def test_nor_those_of_a_draft_that_somebody_was_enrolled_in(sql):
    (person,) = make_practitioners(1)
    sort({person: "late_majority"})
    plan(MONDAY)
    draft = draft_with()
    Enrolment.objects.update(version=draft)
    assert refused_by_the_database(sql, draft) == "playbook_steps_of_drafts_only"
    with pytest.raises(PlaybookVersionFixed):
        save_draft(version=draft, steps=steps_of(draft), by=None)


@pytest.mark.parametrize("sql", ON_VERSIONS)
def test_no_statement_changes_a_version_in_use(sql):
    assert refused_by_the_database(sql, active_version()) == "playbook_used_versions_are_fixed"


def test_a_step_cannot_wander_into_a_version_in_use():
    draft = draft_with()
    step = draft.steps.last()
    with pytest.raises(IntegrityError), transaction.atomic():
        PlaybookStep.objects.filter(pk=step.pk).update(version=active_version(), code="wanderer", position=50)
    step.refresh_from_db()
    assert step.version == draft


def test_a_draft_can_be_written_anew_and_lost():
    draft = draft_with(lambda steps: named(steps, "first_call").update(delay=7))
    assert draft.steps.get(code="first_call").delay == 7
    with connection.cursor() as cursor:
        for sql in (*ON_STEPS[:1], *ON_VERSIONS[:1], *ON_STEPS[1:2], *ON_VERSIONS[-1:]):
            cursor.execute(sql, [draft.pk])
    assert not PlaybookVersion.objects.filter(pk=draft.pk).exists()


# --- Bad playbooks: the step is named ---------------------------------------------------------------------


def refusal(change) -> PlaybookRefused:
    draft = new_draft(playbook=coaching(), by=None)
    steps = steps_of(draft)
    before = steps_of(draft)
    goal = {"goal_indicator": draft.goal_indicator, "goal_value": draft.goal_value}
    with pytest.raises(PlaybookRefused) as refused:
        save_draft(version=draft, steps=change(steps) or steps, **goal, by=None)
    assert steps_of(draft) == before, "nothing was changed"
    return refused.value


@pytest.mark.parametrize(
    ("code", "columns", "pointer", "problem"),
    [
        ("first_visit", {"anchor": "full_moon"}, "steps.2.anchor", "unknown_anchor"),
        ("first_visit", {"anchor": ""}, "steps.2.anchor", "unknown_anchor"),
        ("first_visit", {"opens_before": 0, "closes_after": 0}, "steps.2.closes_after", "empty_window"),
        ("first_visit", {"opens_before": -1}, "steps.2.opens_before", "not_a_count"),
        ("first_visit", {"delay": None}, "steps.2.delay", "not_a_count"),
        ("first_visit", {"delay": 367}, "steps.2.delay", "too_much"),
        ("first_visit", {"closes_after": 121}, "steps.2.closes_after", "too_much"),
        ("first_visit", {"retries": 11}, "steps.2.retries", "too_much"),
        ("first_visit", {"assignee": ""}, "steps.2.assignee", "unknown_assignee"),
        ("first_visit", {"assignee": "role"}, "steps.2.assignee_role", "no_assignee"),
        ("first_visit", {"assignee": "role", "assignee_role": "client"}, "steps.2.assignee_role", "no_assignee"),
        ("first_visit", {"assignee_role": "coach"}, "steps.2.assignee_role", "role_without_rule"),
        ("first_visit", {"channel": "pigeon"}, "steps.2.channel", "unknown_channel"),
        ("first_visit", {"next_channel": "visit"}, "steps.2.next_channel", "same_channel"),
        ("first_visit", {"next_channel": "figures_check"}, "steps.2.next_channel", "channel_reaches_nobody"),
        ("check_on_figures", {"retries": 1}, "steps.3.retries", "retries_without_answer"),
        ("first_visit", {"unit": "moons"}, "steps.2.unit", "unknown_unit"),
        ("first_visit", {"roll": "sideways"}, "steps.2.roll", "unknown_roll"),
        ("first_visit", {"completion": "usage"}, "steps.2.usage_indicator", "no_indicator"),
        ("first_visit", {"usage_minimum": 2.0}, "steps.2.usage_indicator", "indicator_without_rule"),
        ("first_visit", {"repeats_until_goal": True}, "steps.2.repeats_until_goal", "repeat_not_last"),
        ("first_call", {"anchor": "previous_done"}, "steps.1.anchor", "no_previous_step"),
        ("first_call", {"anchor": "previous_target"}, "steps.1.anchor", "no_previous_step"),
        ("first_visit", {"code": "first_call"}, "steps.2.code", "duplicate_code"),
        ("first_visit", {"code": ""}, "steps.2.code", "missing"),
        ("first_visit", {"name_en": ""}, "steps.2.name_en", "missing"),
    ],
)
def test_a_bad_step_is_refused_and_named(code, columns, pointer, problem):
    error = refusal(lambda steps: named(steps, code).update(columns))
    found = {one.pointer: one for one in error.problems}
    assert found[pointer].code == problem
    assert f"Step {pointer.split('.')[1]}" in error.fields[pointer]
    assert (error.code, error.status) == ("playbook_refused", 400)


def test_every_problem_is_told_at_once():
    def change(steps):
        named(steps, "first_call").update(anchor="previous_done", delay=999)
        named(steps, "second_visit").update(assignee="role")

    error = refusal(change)
    assert set(error.fields) == {"steps.1.anchor", "steps.1.delay", "steps.4.assignee_role"}
    assert "First call" in str(error) and "Second visit" in str(error)


def test_a_version_without_steps_is_refused():
    draft = new_draft(playbook=coaching(), by=None)
    with pytest.raises(PlaybookRefused) as refused:
        save_draft(version=draft, steps=[], by=None)
    assert set(refused.value.fields) == {"steps"}
    draft.steps.all().delete()
    with pytest.raises(PlaybookRefused):
        activate_version(version=draft, by=None)


@pytest.mark.parametrize(
    ("goal", "field"),
    [
        ({}, "steps.5.repeats_until_goal"),
        ({"goal_value": 0.4}, "goal_indicator"),
        ({"goal_indicator": "sumehr_coverage"}, "goal_value"),
        ({"goal_indicator": "sumehr_coverage", "goal_value": 0.4, "goal_months": 0}, "goal_months"),
    ],
)
def test_a_goal_is_whole_and_a_repeat_needs_one(goal, field):
    draft = new_draft(playbook=coaching(), by=None)
    if "goal_indicator" in goal:
        goal["goal_indicator"] = Indicator.objects.get(code=goal["goal_indicator"])
    with pytest.raises(PlaybookRefused) as refused:
        save_draft(version=draft, steps=steps_of(draft), by=None, **goal)
    assert field in refused.value.fields


def test_a_draft_that_went_bad_is_not_activated():
    draft = draft_with()
    draft.steps.filter(code="first_visit").update(opens_before=0, closes_after=0)
    with pytest.raises(PlaybookRefused) as refused:
        activate_version(version=draft, by=None)
    assert set(refused.value.fields) == {"steps.2.closes_after"}
    assert active_version().number == 1


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("anchor", "full_moon", "playbook_step_words_known"),
        ("channel", "pigeon", "playbook_step_words_known"),
        ("delay", 400, "playbook_step_days_within_reason"),
        ("retries", 11, "playbook_step_days_within_reason"),
        ("next_channel", "call", "playbook_step_next_channel_is_another"),
        ("assignee", "role", "playbook_step_role_named"),
        ("anchor", "previous_done", "playbook_step_first_has_no_previous"),
    ],
)
def test_the_database_knows_the_rules_too(column, value, constraint):
    draft = draft_with()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        draft.steps.filter(code="first_call").update(**{column: value})


# --- A chain of playbooks that would never end --------------------------------------------------------------


def test_a_circle_of_playbooks_is_refused(manager):
    first, support = coaching(), Playbook.objects.get(code="technical_support_laggards")
    assert support.continues_in == first
    with pytest.raises(PlaybookCircle) as refused:
        save_playbook(playbook=first, continues_in=support, cooldown_days=90, by=manager)
    assert "coaching_late_majority > technical_support_laggards > coaching_late_majority" in str(refused.value)
    with pytest.raises(PlaybookCircle):
        save_playbook(playbook=first, continues_in=first, cooldown_days=90, by=manager)
    with pytest.raises(IntegrityError, match="playbook_continues_in_another"), transaction.atomic():
        Playbook.objects.filter(pk=first.pk).update(continues_in=first)
    save_playbook(playbook=support, continues_in=None, cooldown_days=30, by=manager)
    save_playbook(playbook=first, continues_in=support, cooldown_days=45, by=manager)
    first.refresh_from_db()
    assert (first.continues_in, first.cooldown_days) == (support, 45)
    with pytest.raises(PlaybookRefused):
        save_playbook(playbook=first, continues_in=None, cooldown_days=-1, by=manager)
