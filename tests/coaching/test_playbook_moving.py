"""Moving who is enrolled to a new version: shown before, exactly once, what is under way stays, history is kept."""

import datetime as dt
from collections import Counter

import pytest
from django.utils.translation import override

from accounts.enums import Role
from coaching.errors import MigrationRefused, OutOfScope
from coaching.models import Enrolment, PlaybookVersion
from coaching.selectors.audit import broken_rules
from coaching.selectors.explain import explain_follow_up
from coaching.services import (
    assign_follow_up,
    complete_follow_up,
    postpone_follow_up,
    start_follow_up,
    start_pause,
)
from coaching.services.playbooks import migrate_enrolments, preview_migration
from coaching.services.playbooks.moving import Migrated
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, make_coach, plan, sort, the_open
from tests.factories.playbooks import activated, active_version, coaching, draft_with, named
from web.templatetags.work import event_words

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)

NEW = {"code": "welcome", "name_en": "Welcome", "channel": "email", "anchor": "previous_done", "delay": 1}


def enrolled(count: int):
    people = make_practitioners(count)
    sort(dict.fromkeys(people, "late_majority"))
    plan(MONDAY)
    return people


def done(person, day=MONDAY, outcome="done", **more) -> None:
    complete_follow_up(follow_up=the_open(person), outcome=outcome, by=None, at=at(day), **more)


def moved(old: PlaybookVersion, new: PlaybookVersion, day=MONDAY, **more) -> Migrated:
    return migrate_enrolments(from_version=old, to_version=new, by=None, at=at(day), **more)


def slower(steps) -> None:
    named(steps, "first_call").update(delay=9, closes_after=6)


# --- What becomes of whom ---------------------------------------------------------------------------------


def test_an_open_follow_up_that_nobody_touched_is_replaced_with_its_reason_kept():
    (person,) = enrolled(1)
    before, old = the_open(person), active_version()
    new = activated(slower)
    manager = UserFactory(role=Role.MANAGER)
    assert plan(MONDAY + DAY) and the_open(person) == before, "nobody moves by himself"
    result = migrate_enrolments(from_version=old, to_version=new, by=manager, at=at(MONDAY + DAY))
    assert (result.moved, dict(result.kinds)) == (1, {"replaced": 1})
    before.refresh_from_db()
    assert before.state == "cancelled"
    assert before.reason["migrated"] == {"from": 1, "to": 2, "on": "2018-07-03", "by": str(manager.ref)}
    event = before.events.last()
    assert (event.from_state, event.to_state, event.actor, event.reason) == ("due", "cancelled", manager, new.note)
    assert event.data["migrated"]["to"] == 2
    after = the_open(person)
    assert (after.step.version, after.step.code, after.occurrence) == (new, "first_call", 1)
    assert after.reason["anchor_on"] == MONDAY.isoformat(), "the new delay runs from the enrolment still"
    assert after.target_on.isoformat() == "2018-07-13"
    enrolment = Enrolment.objects.get()
    assert enrolment.version == new
    (kept,) = enrolment.evidence["migrated"]
    assert (kept["from"], kept["to"], kept["kind"], kept["step"]) == (1, 2, "replaced", "first_call")
    assert not broken_rules()


def test_what_was_started_or_dated_by_hand_stays_and_goes_on_by_the_new_version():
    started, postponed = enrolled(2)
    start_follow_up(follow_up=the_open(started), by=None, at=at(MONDAY))
    postpone_follow_up(follow_up=the_open(postponed), to=MONDAY + 8 * DAY, reason="asked", by=None, at=at(MONDAY))
    before = {person: the_open(person) for person in (started, postponed)}
    old = active_version()

    def change(steps):
        slower(steps)
        steps.insert(1, NEW)

    new = activated(change)
    assert dict(moved(old, new).kinds) == {"started": 2}
    for person, row in before.items():
        assert the_open(person) == row
        assert (the_open(person).target_on, the_open(person).step.version) == (row.target_on, old)
        done(person, MONDAY + DAY)
        assert (the_open(person).step.code, the_open(person).step.version) == ("welcome", new)
    assert not broken_rules()


def test_a_step_that_is_the_same_in_both_versions_is_left_in_peace():
    (person,) = enrolled(1)
    before, old = the_open(person), active_version()
    new = activated(lambda steps: named(steps, "first_visit").update(delay=3))
    assert dict(moved(old, new).kinds) == {"same": 1}
    assert the_open(person) == before
    done(person, MONDAY)
    after = the_open(person)
    assert (after.step.version, after.step.code, after.target_on.isoformat()) == (new, "first_visit", "2018-07-05")


def test_retries_go_on_by_the_new_version():
    (person,) = enrolled(1)
    done(person, MONDAY, "no_answer")
    old = active_version()
    new = activated(lambda steps: named(steps, "first_call").update(retries=1, closes_after=6))
    assert dict(moved(old, new).kinds) == {"replaced": 1}
    again = the_open(person)
    assert (again.step.version, again.occurrence, again.reason["attempt"]) == (new, 1, 2)
    done(person, MONDAY + DAY, "no_answer")
    assert the_open(person).channel == "email", "the second attempt was the last one of the new version"
    assert not broken_rules()


def test_who_asked_for_a_day_keeps_it():
    (person,) = enrolled(1)
    done(person, MONDAY, "wants_later", later_on=MONDAY + 21 * DAY)
    old = active_version()
    moved(old, activated(slower))
    assert the_open(person).target_on == MONDAY + 21 * DAY


def test_a_step_that_goes_is_replaced_by_what_follows_the_one_before():
    (person,) = enrolled(1)
    done(person)
    assert the_open(person).step.code == "first_visit"
    old = active_version()
    new = activated(lambda steps: [step for step in steps if step["code"] != "first_visit"])
    moved(old, new)
    row = the_open(person)
    assert (row.step.code, row.reason["anchor_on"]) == ("check_on_figures", MONDAY.isoformat())


def test_who_stands_after_a_step_that_went_goes_on_after_the_nearest_earlier_one():
    (person,) = enrolled(1)
    done(person)
    start_follow_up(follow_up=the_open(person), by=None, at=at(MONDAY))
    old = active_version()

    def change(steps):
        return [steps[0], NEW, *steps[2:]]

    new = activated(change)
    moved(old, new)
    assert the_open(person).step.code == "first_visit", "it was started, so it stays"
    done(person, MONDAY + DAY)
    assert the_open(person).step.code == "welcome"


def test_nobody_is_moved_to_where_no_step_is_left():
    person, other = enrolled(2)
    done(person)
    old = active_version()
    new = activated(lambda steps: steps[:1])
    preview = preview_migration(from_version=old, to_version=new)
    assert preview.counts == {"nowhere": 1, "same": 1}
    with override("en"):
        assert "1 enrolment can't move." in preview.words
    result = moved(old, new)
    assert (result.moved, result.left) == (1, 1)
    assert Enrolment.objects.get(practitioner=person).version == old
    assert the_open(person).step.code == "first_visit"
    assert moved(old, new).moved == 0
    assert Enrolment.objects.get(practitioner=other).version == new


def test_who_waits_for_an_anchor_goes_on_when_the_new_version_has_one():
    old = activated(lambda steps: named(steps, "first_call").update(anchor="session_attended"))
    (person,) = enrolled(1)
    assert Enrolment.objects.get().state == "waiting"
    new = activated(lambda steps: named(steps, "first_call").update(anchor="enrolled"))
    assert preview_migration(from_version=old, to_version=new).counts == {"planned": 1}
    assert dict(moved(old, new).kinds) == {"planned": 1}
    assert (Enrolment.objects.get().state, the_open(person).step.version) == ("live", new)


def test_who_is_held_by_a_pause_keeps_the_held_follow_up():
    (person,) = enrolled(1)
    row = the_open(person)
    start_pause(scope="quiet_period", starts_on=MONDAY, ends_on=MONDAY + DAY, reason="Flu", by=None, at=at(MONDAY))
    old, new = active_version(), activated(slower)
    assert dict(moved(old, new).kinds) == {"held": 1}
    kept = the_open(person)
    assert (kept.pk, kept.state, kept.reason["paused"]["remaining"]) == (row.pk, "deferred", 5)
    assert Enrolment.objects.get().version == new
    assert not broken_rules()
    plan(MONDAY + 2 * DAY)
    assert the_open(person).target_on == row.target_on + 2 * DAY
    assert Enrolment.objects.get().state == "live" and not broken_rules()


def test_who_was_given_the_follow_up_keeps_it():
    (person,) = enrolled(1)
    coach = make_coach()
    assign_follow_up(follow_up=the_open(person), coach=coach, by=None, at=at(MONDAY))
    old = active_version()
    moved(old, activated(slower))
    assert the_open(person).assignee == coach


def test_moves_follow_each_other_through_three_versions():
    started, still = enrolled(2)
    start_follow_up(follow_up=the_open(started), by=None, at=at(MONDAY))
    first = active_version()
    second = activated(slower)
    moved(first, second)
    third = activated(lambda steps: steps.insert(1, NEW))
    moved(second, third)
    assert set(Enrolment.objects.values_list("version", flat=True)) == {third.pk}
    for person in (started, still):
        done(person, MONDAY + DAY)
        assert (the_open(person).step.code, the_open(person).step.version) == ("welcome", third)
    assert len(Enrolment.objects.get(practitioner=started).evidence["migrated"]) == 2
    assert not broken_rules()


# --- What the preview says is what happens ----------------------------------------------------------------


def a_mixed_lot():
    people = enrolled(14)
    for n, person in enumerate(people):
        if n % 7 == 1:
            done(person)
        elif n % 7 == 2:
            done(person, MONDAY, "no_answer")
        elif n % 7 == 3:
            start_follow_up(follow_up=the_open(person), by=None, at=at(MONDAY))
        elif n % 7 == 4:
            for _step in range(4):
                done(person)
        elif n % 7 == 5:
            done(person, MONDAY, "wants_later", later_on=MONDAY + 9 * DAY)
        elif n % 7 == 6:
            for _step in range(5):
                done(person)
    return people


def another_order(steps):
    slower(steps)
    named(steps, "monthly_check").update(delay=20)
    visit = named(steps, "first_visit")
    return [*[step for step in steps if step is not visit][:1], NEW, *[s for s in steps if s is not visit][1:]]


@pytest.mark.parametrize("change", [slower, another_order, lambda steps: steps[:4]])
def test_the_preview_tells_what_the_move_then_does(change):
    people = a_mixed_lot()
    old, new = active_version(), activated(change)
    preview = preview_migration(from_version=old, to_version=new)
    assert preview.total == 14
    expected = Counter()
    for line in preview.lines:
        expected[line.kind, line.present.code, line.target.code if line.target else None] += line.count
    before = {person: the_open(person) for person in people}
    result = moved(old, new)
    assert dict(result.kinds) == preview.counts and result.moved == preview.moving
    found = Counter()
    for person, was in before.items():
        now = the_open(person)
        if Enrolment.objects.get(practitioner=person).version == old:
            found["nowhere", was.step.code, None] += 1
        elif now != was:
            found["replaced", was.step.code, now.step.code] += 1
        else:
            found["started" if was.is_frozen else "same", was.step.code, now.step.code] += 1
    assert found == expected
    assert not broken_rules()
    plan(MONDAY + DAY)
    assert not broken_rules()


def test_the_preview_changes_nothing_asks_little_and_works_for_a_draft(django_assert_max_num_queries):
    enrolled(5)
    old, draft = active_version(), draft_with(slower)
    with django_assert_max_num_queries(5), override("en"):
        preview = preview_migration(from_version=old, to_version=draft)
        said, line_said = preview.words, preview.lines[0].words
    (line,) = preview.lines
    assert (line.present.code, line.kind, line.target.code, line.count) == ("first_call", "replaced", "first_call", 5)
    assert "nobody touched" in line_said and "5 of 5" in said
    (change,) = preview.changes
    assert change.startswith("“First call” changes: 5 working days after the enrolment → 9 working days after")
    assert set(Enrolment.objects.values_list("version", flat=True)) == {old.pk}


# --- Refusals ---------------------------------------------------------------------------------------------


def test_moves_that_are_none_are_refused():
    enrolled(1)
    old = active_version()
    draft = draft_with(slower)
    support = active_version("technical_support_laggards")
    for source, target in ((old, old), (old, support), (old, draft)):
        with pytest.raises(MigrationRefused):
            moved(source, target)
    for role in (Role.COORDINATOR, Role.COACH):
        with pytest.raises(OutOfScope):
            migrate_enrolments(from_version=old, to_version=draft, by=UserFactory(role=role))
    assert set(Enrolment.objects.values_list("version", flat=True)) == {old.pk}
    assert coaching().versions.count() == 2


# --- What is told of it -------------------------------------------------------------------------------------


def test_histories_and_reasons_tell_of_the_move():
    started, replaced = enrolled(2)
    start_follow_up(follow_up=the_open(started), by=None, at=at(MONDAY))
    before = the_open(replaced)
    old = active_version()

    def change(steps):
        slower(steps)
        steps.insert(1, NEW)

    moved(old, activated(change))
    with override("en"):
        assert event_words(before.events.last()) == "Replaced by version 2 of the playbook"
        assert "Then comes “Welcome”" in explain_follow_up(the_open(started)).what_next

    def without_the_call(steps):
        named(steps, "first_visit").update(anchor="enrolled")
        return [step for step in steps if step["code"] not in {"first_call", "welcome"}]

    third = activated(without_the_call)
    moved(PlaybookVersion.objects.get(playbook=third.playbook, number=2), third)
    with override("en"):
        assert "the next step of the version" in explain_follow_up(the_open(started)).what_next
