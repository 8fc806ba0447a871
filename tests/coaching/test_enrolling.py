"""Rule 1: enrol on the edge, once; re-entry only after a cooldown; one live enrolment per playbook."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from adoption.models import PremiumThreshold, SchemeVersion
from coaching.enums import ExitReason
from coaching.models import Case, Enrolment, FollowUp, Playbook, PlaybookVersion, SoftwareBlocker
from coaching.selectors.audit import broken_rules
from coaching.services import close_case, complete_follow_up, open_case
from practitioners.models import SoftwareProduct
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, make_coach, plan, sort, the_open

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def person():
    return make_practitioners(1)[0]


def enrolments(person) -> list[tuple[str, str]]:
    return list(Enrolment.objects.filter(practitioner=person).order_by("pk").values_list("playbook__code", "state"))


def test_each_segment_enters_the_playbook_that_serves_it():
    late, laggard, early = make_practitioners(3)
    sort({late: "late_majority", laggard: "laggards", early: "early_majority"})
    run = plan(MONDAY)
    assert enrolments(late) == [("coaching_late_majority", "live")]
    assert enrolments(laggard) == [("technical_support_laggards", "live")]
    assert enrolments(early) == []
    assert (run.enrolled, run.made, run.enrolments_seen) == (2, 2, 2)
    assert Case.objects.get(practitioner=late).track == "coaching"
    assert Case.objects.get(practitioner=laggard).track == "technical_support"


@pytest.mark.parametrize(("scheme", "served"), [("valente", 1), ("rogers", 1), ("volume-bands", 0)])
def test_non_adopters_are_served_under_time_based_schemes_only(person, scheme, served):
    sort({person: "non_adopters"}, scheme=scheme)
    plan(MONDAY)
    assert Enrolment.objects.count() == served


def test_segments_of_a_scheme_that_is_not_the_working_one_enrol_nobody(person):
    sort({person: "late_majority"})
    SchemeVersion.objects.update(is_working=False)
    plan(MONDAY)
    assert not Enrolment.objects.exists()


def test_planning_and_sorting_again_without_movement_enrols_nobody_twice(person):
    sort({person: "late_majority"})
    for days in range(4):
        sort({person: "late_majority"})
        plan(MONDAY + days * DAY)
    assert Enrolment.objects.count() == FollowUp.objects.count() == Case.objects.count() == 1


def test_an_edge_that_was_used_up_does_not_enrol_again_after_the_exit(person):
    sort({person: "late_majority"})
    plan(MONDAY)
    complete_follow_up(follow_up=the_open(person), outcome="refused", by=None, at=at(MONDAY))
    plan(MONDAY + 400 * DAY)
    assert enrolments(person) == [("coaching_late_majority", "exited")]


def test_leaving_and_coming_back_enrols_again_once_the_cooldown_is_over(person):
    sort({person: "late_majority"})
    plan(MONDAY)
    complete_follow_up(follow_up=the_open(person), outcome="refused", by=None, at=at(MONDAY))
    sort({person: "early_majority"})
    sort({person: "late_majority"})
    plan(MONDAY + 89 * DAY)
    assert len(enrolments(person)) == 1, "the cooldown of 90 days isn't over"
    plan(MONDAY + 90 * DAY)
    assert enrolments(person) == [("coaching_late_majority", "exited"), ("coaching_late_majority", "live")]
    assert Case.objects.filter(practitioner=person).count() == 2


def test_leaving_and_coming_back_while_enrolled_changes_nothing_and_enrols_nobody_later(person):
    sort({person: "late_majority"})
    plan(MONDAY)
    sort({person: "early_majority"})
    plan(MONDAY + DAY)
    sort({person: "late_majority"})
    plan(MONDAY + 2 * DAY)
    assert enrolments(person) == [("coaching_late_majority", "live")]
    complete_follow_up(follow_up=the_open(person), outcome="refused", by=None, at=at(MONDAY + 3 * DAY))
    plan(MONDAY + 300 * DAY)
    assert enrolments(person) == [("coaching_late_majority", "exited")], "that edge was the running enrolment's"


@pytest.mark.parametrize(
    ("hindered", "free"),
    [
        (
            {"restriction": "do_not_contact", "restriction_reason": "asked"},
            {"restriction": "none", "restriction_reason": ""},
        ),
        (
            {"status": "inactive", "inactive_reason": "other", "inactive_since": MONDAY},
            {"status": "active", "inactive_reason": "", "inactive_since": None},
        ),
    ],
)
def test_who_may_not_be_contacted_is_not_enrolled_now_and_stays_eligible(person, hindered, free):
    type(person).objects.update(**hindered)
    sort({person: "late_majority"})
    plan(MONDAY)
    assert not Enrolment.objects.exists() and not Case.objects.exists()
    type(person).objects.update(**free)
    plan(MONDAY + DAY)
    assert enrolments(person) == [("coaching_late_majority", "live")]


def test_a_restriction_holds_up_to_its_last_day(person):
    type(person).objects.update(restriction="do_not_contact", restriction_reason="ill", restriction_until=MONDAY)
    sort({person: "late_majority"})
    plan(MONDAY)
    assert not Enrolment.objects.exists()
    plan(MONDAY + DAY)
    assert Enrolment.objects.exists()


def test_merged_records_are_not_enrolled(person):
    other = make_practitioners(1)[0]
    type(person).objects.filter(pk=person.pk).update(
        merged_into=other, status="inactive", inactive_reason="merged", inactive_since=MONDAY
    )
    sort({person: "late_majority"})
    plan(MONDAY)
    assert not Enrolment.objects.exists()


def test_a_restriction_that_ends_gives_the_follow_up_back_without_a_cooldown(person):
    sort({person: "late_majority"})
    plan(MONDAY)
    type(person).objects.update(
        restriction="do_not_contact", restriction_reason="ill", restriction_until=MONDAY + 9 * DAY
    )
    plan(MONDAY + DAY)
    assert Enrolment.objects.get().exit_reason == ExitReason.DO_NOT_CONTACT
    assert Case.objects.get().state == "open", "the coach keeps the case in sight"
    plan(MONDAY + 9 * DAY)
    assert Enrolment.objects.count() == 1
    plan(MONDAY + 10 * DAY)
    assert enrolments(person) == [("coaching_late_majority", "exited"), ("coaching_late_majority", "live")]
    assert Case.objects.count() == 1, "the open case goes on"


def test_an_open_software_blocker_enrols_and_holds(person):
    product = SoftwareProduct.objects.create(vendor="V", name="S")
    type(person).objects.update(software=product)
    SoftwareBlocker.objects.create(software=product, defect="does not connect", since=MONDAY)
    sort({person: "late_majority"})
    plan(MONDAY)
    assert enrolments(person) == [("coaching_late_majority", "paused")]
    assert the_open(person).state == "deferred"


def test_the_case_takes_the_goal_of_the_year_where_it_is_known(person):
    sort({person: "late_majority"})
    plan(MONDAY)
    assert (Case.objects.get().goal_value, Case.objects.get().goal_indicator.code) == (0.25, "sumehr_coverage")


@pytest.mark.parametrize(("year", "goal"), [(2024, 0.60), (2025, 0.25)])
def test_another_years_goal(person, year, goal):
    assert PremiumThreshold.objects.filter(year=2024).exists()
    sort({person: "late_majority"})
    plan(dt.date(year, 3, 4))
    assert Case.objects.get().goal_value == goal


def test_a_live_case_on_the_track_is_used_and_no_second_one_opened(person):
    coach = make_coach()
    case = open_case(practitioner=person, track="coaching", coach=coach, by=None, enrol=False, at=at(MONDAY))
    sort({person: "late_majority"})
    plan(MONDAY)
    assert Enrolment.objects.get().case == case
    assert the_open(person).assignee == coach


def test_who_is_enrolled_by_hand_is_not_enrolled_again_by_the_edge(person):
    case = open_case(practitioner=person, track="coaching", by=None, at=at(MONDAY))
    sort({person: "late_majority"})
    plan(MONDAY + DAY)
    assert Enrolment.objects.count() == 1
    close_case(case=case, outcome="no_longer_needed", by=None, at=at(MONDAY + DAY))
    plan(MONDAY + 200 * DAY)
    assert Enrolment.objects.count() == 1


def test_moving_to_another_served_segment_switches_the_track_at_the_later_start(person):
    sort({person: "late_majority"})
    plan(MONDAY)
    pending = the_open(person).target_on
    sort({person: "laggards"})
    plan(MONDAY + DAY)
    assert enrolments(person) == [("coaching_late_majority", "exited"), ("technical_support_laggards", "live")]
    old = Enrolment.objects.get(state="exited")
    assert old.exit_reason == ExitReason.SEGMENT_LEFT
    assert (old.case.state, old.case.outcome) == ("closed", "handed_over")
    follow_up = the_open(person)
    assert follow_up.reason["anchor_on"] == pending.isoformat() and follow_up.opens_on >= pending
    assert not broken_rules()


def test_the_contact_pending_of_a_case_opened_by_hand_puts_the_first_one_off_too(person):
    open_case(practitioner=person, track="coaching", by=UserFactory(role="coordinator"), at=at(MONDAY))
    pending = the_open(person).target_on
    sort({person: "laggards"})
    plan(MONDAY + DAY)
    assert [state for _code, state in enrolments(person)] == ["live", "live"], "a case opened by hand goes on"
    assert pending > MONDAY + DAY
    assert Enrolment.objects.latest("pk").evidence["starts_on"] == pending.isoformat()
    later = FollowUp.objects.latest("pk")
    assert later.reason["anchor_on"] == pending.isoformat() and later.opens_on >= pending


def test_two_live_enrolments_in_one_playbook_are_impossible(person):
    sort({person: "late_majority"})
    plan(MONDAY)
    first = Enrolment.objects.get()
    with pytest.raises(IntegrityError, match="enrolment_one_live_per_playbook"), transaction.atomic():
        Enrolment.objects.create(
            case=first.case, practitioner=person, playbook=first.playbook, version=first.version, enrolled_on=MONDAY
        )


def test_a_playbook_without_an_active_version_enrols_nobody(person):
    PlaybookVersion.objects.filter(playbook__code="coaching_late_majority").update(state="retired")
    sort({person: "late_majority"})
    plan(MONDAY)
    assert not Enrolment.objects.exists()


def test_a_playbook_of_ones_own_is_followed_too(person):
    """Segments are data: a playbook for the early majority enrols them."""
    Playbook.objects.filter(code="coaching_late_majority").update(segments=["late_majority", "early_majority"])
    sort({person: "early_majority"})
    plan(MONDAY)
    assert enrolments(person) == [("coaching_late_majority", "live")]
