"""Rule 10: the practitioner's contact budget, over all channels and tracks; what exceeds it waits and never vanishes."""

import datetime as dt

import pytest

from coaching import services
from coaching.enums import Channel, ContactPurpose
from coaching.errors import BudgetSpent, NotContactable
from coaching.models import CoachDay, ContactBudget, Escalation, FollowUp, OutsideContact, Visit
from coaching.selectors.audit import broken_rules
from coaching.selectors.budget import budget_of, budgets_of
from core.errors import InvalidInput
from practitioners.services import merge_practitioners
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, make_coach, plan, sort, the_open

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def person():
    return make_practitioners(1)[0]


@pytest.fixture
def coordinator():
    return UserFactory(role="coordinator")


def allow(contacts: int, days: int = 30, *, since: dt.date = dt.date(2018, 1, 1)) -> None:
    ContactBudget.objects.create(contacts=contacts, days=days, valid_from=since)


def enrolled(person, segment: str = "late_majority", on: dt.date = MONDAY) -> FollowUp:
    sort({person: segment}, month=on.replace(day=1))
    plan(on)
    return the_open(person)


def met(person, day: dt.date, *, kind: str = "call", outcome: str = "done", **more) -> Visit:
    """A contact of somebody's own accord, for no follow-up."""
    coach = make_coach()
    return services.log_visit(
        practitioner=person, kind=kind, outcome=outcome, coach=coach, by=UserFactory(), at=at(day), **more
    )


def invite(person, day: dt.date, source: str = "invitation-1", purpose: str = ContactPurpose.INVITATION):
    return services.spend_contact_budget(
        practitioner=person, purpose=purpose, channel=Channel.EMAIL, on=day, source=source
    )


# --- What counts ------------------------------------------------------------------------------------------


def test_contacts_over_all_channels_tracks_pilots_and_invitations_count(person, coordinator):
    allow(6)
    assert budget_of(person, MONDAY).used == 0
    met(person, MONDAY - DAY)
    invite(person, MONDAY)
    invite(person, MONDAY, "participation-1", ContactPurpose.PILOT)
    services.open_case(practitioner=person, track="coaching", by=coordinator, at=at(MONDAY))
    services.open_case(practitioner=person, track="technical_support", by=coordinator, at=at(MONDAY))
    assert set(FollowUp.objects.values_list("state", flat=True)) == {"due"}
    budget = budget_of(person, MONDAY)
    assert (budget.contacts, budget.days, budget.used, budget.left) == (6, 30, 5, 1)
    row = FollowUp.objects.get(enrolment__case__track="coaching")
    services.complete_follow_up(follow_up=row, outcome="done", by=None, at=at(MONDAY))
    assert budget_of(person, MONDAY).used == 5, "done instead of due: the same contact"


@pytest.mark.parametrize(("kind", "outcome"), [("call", "no_answer"), ("figures_check", "done")])
def test_who_was_not_reached_and_a_look_at_the_figures_do_not_count(person, kind, outcome):
    met(person, MONDAY, kind=kind, outcome=outcome)
    assert budget_of(person, MONDAY).used == 0


def test_a_contact_and_the_follow_up_that_it_completes_count_once(person, coordinator):
    row = enrolled(person)
    coach = make_coach()
    services.log_visit(
        practitioner=person, kind="call", outcome="done", coach=coach, follow_up=row, by=coordinator, at=at(MONDAY)
    )
    assert FollowUp.objects.get(pk=row.pk).state == "done"
    assert budget_of(person, MONDAY).used == 1


def test_an_attempt_without_answer_on_a_follow_up_does_not_count(person):
    services.complete_follow_up(follow_up=enrolled(person), outcome="no_answer", by=None, at=at(MONDAY))
    assert budget_of(person, MONDAY).used == 0


def test_contacts_with_a_record_that_was_merged_into_this_one_count(person):
    allow(1, 30)
    double = make_practitioners(1)[0]
    met(double, MONDAY - DAY)
    merge_practitioners(kept=person, merged=double, by=None, at=at(MONDAY))
    assert (budget_of(person, MONDAY).used, budget_of(person, MONDAY).next_free_on) == (1, dt.date(2018, 7, 31))
    assert enrolled(person).state == "deferred"


def test_a_contact_counts_for_so_many_days_and_the_next_free_day_is_known(person):
    allow(2, 10)
    met(person, MONDAY - 9 * DAY)
    met(person, MONDAY - 4 * DAY)
    budget = budget_of(person, MONDAY)
    assert (budget.used, budget.left, budget.next_free_on) == (2, 0, MONDAY + DAY)
    assert (budget_of(person, MONDAY + DAY).used, budget_of(person, MONDAY + DAY).next_free_on) == (1, MONDAY + DAY)
    assert budget_of(person, MONDAY + 6 * DAY).used == 0


def test_the_budget_of_the_day_is_the_latest_that_is_valid(person):
    allow(3)
    allow(1, 7, since=MONDAY + DAY)
    assert (budget_of(person, MONDAY).contacts, budget_of(person, MONDAY + DAY).contacts) == (3, 1)
    ContactBudget.objects.all().delete()
    assert budget_of(person, MONDAY) is None


def test_budgets_of_many_take_as_many_queries_as_of_one(django_assert_num_queries):
    people = make_practitioners(5)
    with django_assert_num_queries(4):
        assert set(budgets_of([person.pk for person in people], MONDAY)) == {person.pk for person in people}


# --- What exceeds waits -----------------------------------------------------------------------------------


def test_what_exceeds_is_deferred_with_the_reason_and_opens_when_the_budget_is_free_again(person):
    allow(1, 10)
    met(person, MONDAY)
    row = enrolled(person, on=MONDAY + DAY)
    assert row.state == "deferred"
    assert row.reason["deferred"] == {
        "why": "practitioner_budget",
        "since": (MONDAY + DAY).isoformat(),
        "used": 1,
        "cap": 1,
    }
    event = row.events.latest("id")
    assert (event.from_state, event.to_state, event.data["deferred"]["why"]) == (
        "planned",
        "deferred",
        "practitioner_budget",
    )
    assert (plan(MONDAY + 9 * DAY).opened, the_open(person).state) == (0, "deferred")
    assert row.events.count() == 2, "nothing is written where nothing changes"
    assert plan(MONDAY + 10 * DAY).opened == 1
    row = the_open(person)
    assert (row.state, row.reason["deferred"]["until"]) == ("due", "2018-07-12")
    assert not broken_rules()


def test_a_deferred_follow_up_is_never_missed_and_keeps_a_window_to_work_in(person):
    allow(1, 60)
    met(person, MONDAY)
    row = enrolled(person, on=MONDAY + DAY)
    before = {name: getattr(row, name).isoformat() for name in ("opens_on", "target_on", "closes_on")}
    for days in range(2, 60, 7):
        run = plan(MONDAY + days * DAY)
        assert (run.missed, run.made) == (0, 0)
    plan(MONDAY + 60 * DAY)
    row = FollowUp.objects.get()
    assert (row.state, row.opens_on, row.target_on, row.closes_on) == (
        "due",
        dt.date(2018, 8, 31),
        dt.date(2018, 8, 31),
        dt.date(2018, 9, 7),
    ), "five working days, as the step says"
    event = row.events.latest("id")
    assert event.data["from"] == before
    assert event.data["to"] == {"opens_on": "2018-08-31", "target_on": "2018-08-31", "closes_on": "2018-09-07"}
    assert not broken_rules()


def test_a_target_that_still_lies_ahead_stays(person):
    allow(1, 4)
    met(person, MONDAY - DAY)
    row = enrolled(person)
    assert row.state == "deferred"
    plan(MONDAY + 3 * DAY)
    later = the_open(person)
    assert (later.state, later.target_on, later.closes_on) == ("due", row.target_on, row.closes_on)


def test_a_check_on_the_figures_needs_no_budget(person):
    allow(2, 60)
    enrolled(person)
    for _step in ("first_call", "first_visit"):
        services.complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(MONDAY))
    check = the_open(person)
    assert (check.channel, budget_of(person, MONDAY).left) == ("figures_check", 0)
    plan(check.opens_on)
    assert the_open(person).state == "due"
    assert budget_of(person, check.opens_on).used == 2


def test_a_pilots_contact_takes_the_place_of_a_follow_up(person):
    allow(1, 10)
    invite(person, MONDAY, "participation-1", ContactPurpose.PILOT)
    assert enrolled(person).state == "deferred"
    assert services.give_back(practitioner=person, source="participation-1")
    assert plan(MONDAY).opened == 1
    assert not services.give_back(practitioner=person, source="participation-1")


def test_of_two_tracks_the_older_window_opens(person, coordinator):
    """The second one opens as soon as the first was tried in vain, in the same transaction."""
    allow(1, 10)
    services.open_case(practitioner=person, track="coaching", by=coordinator, at=at(MONDAY))
    services.open_case(practitioner=person, track="technical_support", by=coordinator, at=at(MONDAY))
    coaching = FollowUp.objects.get(enrolment__case__track="coaching")
    support = FollowUp.objects.get(enrolment__case__track="technical_support")
    assert (coaching.state, support.state) == ("due", "deferred"), "a case opened by hand obeys the budget too"
    services.complete_follow_up(follow_up=coaching, outcome="no_answer", by=coordinator, at=at(MONDAY))
    support.refresh_from_db()
    assert support.state == "due"
    assert support.events.latest("id").actor == coordinator
    assert not broken_rules()


def test_postponing_gives_the_place_to_the_next_in_line(person, coordinator):
    allow(1, 10)
    for track in ("coaching", "technical_support"):
        services.open_case(practitioner=person, track=track, by=coordinator, at=at(MONDAY))
    first, second = FollowUp.objects.order_by("pk")
    services.postpone_follow_up(follow_up=first, to=MONDAY + 3 * DAY, reason="away", by=coordinator, at=at(MONDAY))
    second.refresh_from_db()
    assert second.state == "due"
    plan(MONDAY + 3 * DAY)
    first.refresh_from_db()
    assert (first.state, first.reason["deferred"]["why"]) == ("deferred", "practitioner_budget")
    assert not broken_rules()


def test_what_a_person_opens_by_hand_may_exceed_and_says_so(person, coordinator):
    allow(1, 10)
    met(person, MONDAY)
    row = enrolled(person)
    row = services.postpone_follow_up(follow_up=row, to=MONDAY, reason="promised", by=coordinator, at=at(MONDAY))
    event = row.events.latest("id")
    assert (row.state, event.data["over"]) == ("due", {"why": "practitioner_budget", "used": 1, "cap": 1})
    assert "deferred" not in row.reason
    other = make_practitioners(1)[0]
    met(other, MONDAY)
    sort({other: "late_majority"})
    plan(MONDAY)
    row = services.start_follow_up(follow_up=the_open(other), by=coordinator, at=at(MONDAY))
    assert (row.state, row.events.latest("id").data["over"]["why"]) == ("due", "practitioner_budget")
    assert not broken_rules()


def test_a_contact_that_took_place_is_always_recorded(person):
    allow(1, 10)
    for _n in range(3):
        met(person, MONDAY)
    assert (Visit.objects.count(), budget_of(person, MONDAY).used, budget_of(person, MONDAY).left) == (3, 3, 0)


# --- Contacts of other parts of the product ----------------------------------------------------------------


def test_a_spent_budget_refuses_an_invitation_and_tells_the_next_free_day(person):
    allow(1, 10)
    met(person, MONDAY)
    with pytest.raises(BudgetSpent) as refused:
        invite(person, MONDAY + DAY)
    assert refused.value.code == "contact_budget_spent"
    assert refused.value.context == {"next_free_on": "2018-07-12"} and "2018" in str(refused.value)
    assert not OutsideContact.objects.exists()
    assert invite(person, MONDAY + 10 * DAY).made_on == dt.date(2018, 7, 12)


def test_what_is_due_now_leaves_no_day_to_promise(person):
    allow(1, 10)
    enrolled(person)
    with pytest.raises(BudgetSpent) as refused:
        invite(person, MONDAY + 30 * DAY)
    assert refused.value.context == {"next_free_on": None}


def test_the_same_source_takes_one_contact_however_often_it_asks(person):
    allow(1, 10)
    first = invite(person, MONDAY)
    assert invite(person, MONDAY + 3 * DAY) == first
    assert OutsideContact.objects.count() == 1


@pytest.mark.parametrize(
    "wrong", [{"purpose": "fun"}, {"channel": "pigeon"}, {"channel": "figures_check"}, {"source": ""}]
)
def test_what_cannot_be_is_refused(person, wrong):
    right = {"purpose": "pilot", "channel": "email", "on": MONDAY, "source": "x"}
    with pytest.raises(InvalidInput):
        services.spend_contact_budget(practitioner=person, **(right | wrong))


def test_nobody_is_invited_who_may_not_be_contacted(person):
    type(person).objects.update(restriction="do_not_contact", restriction_reason="asked")
    with pytest.raises(NotContactable):
        invite(person, MONDAY)


# --- The audit sees it -------------------------------------------------------------------------------------


def broken() -> set[str]:
    return {finding.rule for finding in broken_rules()}


def test_the_audit_finds_what_exceeds_a_limit_or_lacks_its_reason(person, coordinator):
    coach = make_coach()
    allow(2, 10)
    for track in ("coaching", "technical_support"):
        services.open_case(practitioner=person, track=track, coach=coach, by=coordinator, at=at(MONDAY))
    first, second = FollowUp.objects.order_by("pk")
    assert not broken()
    opened = second.events.get(to_state="due")
    opened.data |= {"used": 3}
    opened.save()
    assert broken() == {"openings_within_the_budget"}
    second.events.filter(pk=opened.pk).update(data=opened.data | {"used": 2, "cap": 1})
    first.events.filter(to_state="due").update(data={"used": 1, "cap": 1, "coach": str(coach.ref)})
    assert broken() == {"openings_within_the_budget", "due_within_the_budget"}
    second.events.filter(pk=opened.pk).update(data={})
    assert broken() == {"coach_days_count_what_opened"}
    CoachDay.objects.update(opened=1)
    assert not broken()
    FollowUp.objects.filter(pk=first.pk).update(state="deferred")
    assert "deferred_has_its_reason" in broken()


def test_the_audit_finds_an_escalation_of_what_was_not_missed(person):
    row = enrolled(person)
    Escalation.objects.create(follow_up=row, level="coach", raised_on=MONDAY)
    assert broken() == {"escalated_for_a_miss"}


def test_the_audit_finds_a_level_that_was_told_twice(person):
    enrolled(person)
    for _n in range(2):
        row = the_open(person)
        plan(row.closes_on + DAY)
        Escalation.objects.get_or_create(follow_up=row, level="manager", defaults={"raised_on": row.closes_on + DAY})
    assert broken() == {"escalated_once_per_level"}
