"""Visits complete follow-ups and leave barriers, topics and readiness; cases open, change hands and close."""

import datetime as dt

import pytest
from django.db import connection

from accounts.enums import Role
from coaching import services
from coaching.errors import (
    AnotherCoach,
    CaseAlreadyLive,
    CaseNotLive,
    CoachMissing,
    CoachNotActive,
    DayRefused,
    FollowUpAlreadyDone,
    LaterDayMissing,
    NoPlaybook,
    NotContactable,
    OutOfScope,
    VisitNotDone,
    VisitSigned,
    WrongPractitioner,
)
from coaching.models import (
    Barrier,
    BarrierSighting,
    Case,
    Enrolment,
    FollowUp,
    PlaybookVersion,
    Readiness,
    Topic,
    Visit,
)
from coaching.selectors.audit import broken_rules
from core.errors import InvalidInput
from practitioners.models import Commune
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, make_coach, plan, sort, the_open

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
NOW = at(MONDAY)


@pytest.fixture
def coach():
    return make_coach()


@pytest.fixture
def coordinator():
    return UserFactory(role=Role.COORDINATOR)


@pytest.fixture
def person(coach, coordinator):
    person = make_practitioners(1)[0]
    sort({person: "late_majority"})
    plan(MONDAY)
    services.assign_follow_up(follow_up=the_open(person), coach=coach, by=coordinator, at=NOW)
    return person


def log(person, by, **arguments) -> Visit:
    return services.log_visit(practitioner=person, by=by, **{"kind": "call", "outcome": "done", "at": NOW, **arguments})


# --- Visits ---------------------------------------------------------------------------------------------


def test_a_visit_completes_the_open_follow_up_and_plans_the_next_step(person, coach):
    row = the_open(person)
    visit = log(person, coach.user, minutes=20, notes="Fine", topics=Topic.objects.all()[:2])
    row.refresh_from_db()
    assert (row.state, visit.follow_up, visit.case, visit.coach) == ("done", row, row.enrolment.case, coach)
    assert visit.topics.count() == 2
    assert the_open(person).step.code == "first_visit"
    assert not broken_rules()


def test_everything_of_a_visit_stands_or_falls_together(person, coach):
    """What fails last, the follow-up that is done already, takes the visit and the barriers back."""
    row = the_open(person)
    log(person, coach.user, follow_up=row)
    visits = Visit.objects.count()
    with pytest.raises(FollowUpAlreadyDone):
        log(person, coach.user, follow_up=row, barriers=Barrier.objects.all()[:1])
    assert (Visit.objects.count(), BarrierSighting.objects.count()) == (visits, 0)


def test_the_outcome_routes_the_follow_up(person, coach):
    log(person, coach.user, outcome="wants_later", later_on=MONDAY + 14 * DAY)
    assert the_open(person).target_on == MONDAY + 14 * DAY
    log(person, coach.user, outcome="refused", at=at(MONDAY + 14 * DAY))
    assert Enrolment.objects.get().exit_reason == "refused"


def test_a_visit_entered_later_counts_from_its_own_day(person, coach):
    log(person, coach.user, at=at(MONDAY + 4 * DAY), started_at=at(MONDAY + DAY, hour=23))
    assert the_open(person).reason["anchor_on"] == (MONDAY + DAY).isoformat()


def test_a_contact_from_before_the_follow_up_was_planned_leaves_it_open(person, coach):
    visit = log(person, coach.user, started_at=at(MONDAY - 10 * DAY))
    assert visit.follow_up is None and the_open(person).step.code == "first_call"
    assert visit.case == Case.objects.get()


def test_a_second_contact_of_the_day_leaves_the_next_step_open(person, coach):
    log(person, coach.user)
    planned = the_open(person)
    for moment in (NOW, at(MONDAY, hour=17)):
        assert log(person, coach.user, kind="visit", at=moment).follow_up is None
    # Nor where the next step could be done at once.
    FollowUp.objects.filter(pk=planned.pk).update(opens_on=MONDAY)
    assert log(person, coach.user, kind="visit").follow_up is None
    assert the_open(person) == planned and Visit.objects.count() == 4
    assert log(person, coach.user, kind="visit", at=at(MONDAY + DAY)).follow_up == planned


def test_a_step_is_done_from_the_day_on_which_it_opens(person, coach):
    log(person, coach.user)
    planned = the_open(person)
    assert planned.opens_on > MONDAY + DAY
    assert log(person, coach.user, kind="visit", at=at(planned.opens_on - DAY)).follow_up is None
    assert log(person, coach.user, kind="visit", at=at(planned.opens_on)).follow_up == planned


def test_a_contact_that_is_less_than_what_was_planned_does_not_do_for_it(person, coach):
    log(person, coach.user, kind="visit")
    planned = the_open(person)
    assert planned.channel == "visit"
    opens = at(planned.opens_on)
    for kind in ("call", "email", "remote", "figures_check"):
        assert log(person, coach.user, kind=kind, at=opens).follow_up is None
    assert log(person, coach.user, kind="call", at=opens, follow_up=planned).follow_up == planned


def test_a_refusal_by_telephone_holds_for_a_visit_too(person, coach):
    log(person, coach.user)
    log(person, coach.user, outcome="refused", at=at(the_open(person).opens_on))
    assert Enrolment.objects.get().exit_reason == "refused"


def test_only_who_steers_logs_in_the_name_of_another_coach(person, coach, coordinator):
    other = make_coach()
    with pytest.raises(AnotherCoach) as refused:
        log(person, coach.user, coach=other)
    assert (refused.value.status, list(refused.value.fields)) == (403, ["coach"])
    assert not Visit.objects.exists() and the_open(person).step.code == "first_call"
    assert log(person, coordinator, coach=other).coach == other


def test_checks_on_figures_and_steps_for_the_figures_are_not_completed_by_a_contact(person, coach):
    for _n in range(2):
        services.complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=NOW)
    row = the_open(person)
    assert row.channel == "figures_check"
    assert log(person, coach.user).follow_up is None
    assert log(person, coach.user, follow_up=row, kind="figures_check").follow_up == row


def test_barriers_stay_open_and_a_barrier_seen_again_takes_the_new_severity(person, coach):
    first, second = Barrier.objects.all()[:2]
    log(person, coach.user, barriers=[first, (second, 3)])
    log(person, coach.user, barriers=[(first, 1)], at=at(MONDAY + DAY))
    seen = {row.barrier: (row.severity, row.seen_on) for row in BarrierSighting.objects.select_related("barrier")}
    assert seen == {first: (1, MONDAY), second: (3, MONDAY)}


def test_readiness_is_scored_on_all_five_elements(person, coach):
    scores = {"awareness": 5, "desire": 4, "knowledge": 3, "ability": 2, "reinforcement": 1}
    log(person, coach.user, readiness=scores)
    assert Readiness.objects.get().barrier_point == "knowledge"
    for wrong in ({"awareness": 5}, {**scores, "desire": 6}, {**scores, "desire": "4"}):
        with pytest.raises(InvalidInput) as caught:
            log(person, coach.user, readiness=wrong)
        assert caught.value.fields
    assert Visit.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"kind": "pigeon"}, InvalidInput),
        ({"outcome": "maybe"}, InvalidInput),
        ({"minutes": 601}, InvalidInput),
        ({"minutes": -1}, InvalidInput),
        ({"started_at": at(MONDAY + DAY)}, DayRefused),
        ({"started_at": at(MONDAY - 400 * DAY)}, DayRefused),
        ({"outcome": "wants_later"}, LaterDayMissing),
        ({"later_on": MONDAY - DAY}, DayRefused),
    ],
)
def test_what_cannot_be_is_refused(person, coach, arguments, error):
    with pytest.raises(error):
        log(person, coach.user, **arguments)
    assert not Visit.objects.exists() and the_open(person).step.code == "first_call"


def test_severity_has_three_degrees(person, coach):
    with pytest.raises(InvalidInput):
        log(person, coach.user, barriers=[(Barrier.objects.first(), 4)])


def test_case_and_follow_up_must_be_the_practitioners(person, coach, coordinator):
    other = make_practitioners(1)[0]
    with pytest.raises(WrongPractitioner):
        log(other, coordinator, coach=coach, follow_up=the_open(person))
    with pytest.raises(WrongPractitioner):
        log(other, coordinator, coach=coach, case=Case.objects.get())


def test_a_visit_without_a_case_is_kept_too(coach, coordinator):
    other = make_practitioners(1)[0]
    visit = log(other, coordinator, coach=coach)
    assert (visit.case, visit.follow_up, visit.coach) == (None, None, coach)


def test_the_office_names_the_coach_where_nobody_is_known(coordinator):
    with pytest.raises(CoachMissing):
        log(make_practitioners(1)[0], coordinator)


def test_a_coach_logs_visits_to_whom_they_see(coach):
    stranger = make_practitioners(1)[0]
    with pytest.raises(OutOfScope):
        log(stranger, coach.user)
    commune = Commune.objects.first()
    coach.communes.add(commune)
    type(stranger).objects.filter(pk=stranger.pk).update(commune=commune)
    stranger.refresh_from_db()
    assert log(stranger, coach.user).coach == coach


def test_signing_is_done_once_by_who_made_the_visit(person, coach, coordinator):
    visit = log(person, coach.user)
    with pytest.raises(OutOfScope):
        services.sign_visit(visit=visit, by=make_coach().user, at=NOW)
    assert services.sign_visit(visit=visit, by=coach.user, at=NOW).signed_at == NOW
    with pytest.raises(VisitSigned):
        services.sign_visit(visit=visit, by=coordinator, at=NOW)
    planned = Visit.objects.create(practitioner=person, coach=coach, planned_at=NOW)
    with pytest.raises(VisitNotDone):
        services.sign_visit(visit=planned, by=coach.user, at=NOW)


# --- Cases ----------------------------------------------------------------------------------------------


def test_opening_by_hand_enrols_and_plans_the_first_step(coach, coordinator):
    other = make_practitioners(1)[0]
    case = services.open_case(
        practitioner=other, track="technical_support", coach=coach, by=coordinator, because="Asked for help", at=NOW
    )
    row = the_open(other)
    assert (row.step.code, row.assignee, row.enrolment.enrolled_by) == ("first_call", coach, coordinator)
    assert (case.opened_by, case.opened_because, case.goal_value) == (coordinator, "Asked for help", None)
    assert set(row.events.values_list("to_state", "actor")) == {("planned", coordinator.pk), ("due", coordinator.pk)}
    assert not broken_rules()


def test_the_goal_of_a_case_opened_by_hand_is_the_years(coordinator):
    case = services.open_case(practitioner=make_practitioners(1)[0], track="coaching", by=coordinator, at=NOW)
    assert (case.goal_indicator.code, case.goal_value, case.goal_months) == ("sumehr_coverage", 0.25, 3)


def test_one_live_case_per_track(person, coordinator):
    with pytest.raises(CaseAlreadyLive):
        services.open_case(practitioner=person, track="coaching", by=coordinator, at=NOW)
    assert services.open_case(practitioner=person, track="technical_support", by=coordinator, at=NOW).is_live
    assert not broken_rules()


def test_cases_that_cannot_be_opened(person, coach, coordinator):
    other = make_practitioners(1)[0]
    arguments = {"practitioner": other, "track": "coaching", "by": coordinator, "at": NOW}
    with pytest.raises(OutOfScope):
        services.open_case(**arguments | {"by": coach.user})
    with pytest.raises(InvalidInput):
        services.open_case(**arguments | {"track": "gardening"})
    with pytest.raises(DayRefused):
        services.open_case(**arguments, ends_on=MONDAY - DAY)
    type(coach).objects.update(is_active=False)
    with pytest.raises(CoachNotActive):
        services.open_case(**arguments, coach=coach)
    PlaybookVersion.objects.update(state="retired")
    with pytest.raises(NoPlaybook):
        services.open_case(**arguments)
    type(other).objects.update(restriction="do_not_contact", restriction_reason="asked")
    with pytest.raises(NotContactable):
        services.open_case(**arguments)
    assert not Case.objects.filter(practitioner=other).exists()


def test_closing_cancels_what_is_owed_and_can_be_done_once(person, coach):
    planned = Visit.objects.create(practitioner=person, coach=coach, case=Case.objects.get(), planned_at=NOW)
    case = services.close_case(case=Case.objects.get(), outcome="goal_reached", by=coach.user, at=NOW)
    planned.refresh_from_db()
    assert (case.outcome, case.closed_by, planned.state) == ("goal_reached", coach.user, "cancelled")
    assert (FollowUp.objects.get().state, Enrolment.objects.get().exit_reason) == ("cancelled", "goal_reached")
    with pytest.raises(CaseNotLive):
        services.close_case(case=case, outcome="refused", by=coach.user, at=NOW)
    with pytest.raises(CaseNotLive):
        services.assign_case(case=case, coach=coach, by=None, at=NOW)
    assert not broken_rules()


def test_closing_names_a_known_outcome_and_is_for_who_sees_the_case(person):
    with pytest.raises(InvalidInput):
        services.close_case(case=Case.objects.get(), outcome="forgotten", by=None, at=NOW)
    with pytest.raises(OutOfScope):
        services.close_case(case=Case.objects.get(), outcome="refused", by=make_coach().user, at=NOW)
    assert Case.objects.get().is_live


def test_handing_a_case_over_moves_what_is_open_and_rewrites_nothing_done(person, coach, coordinator):
    services.complete_follow_up(follow_up=the_open(person), outcome="done", by=coach.user, at=NOW)
    successor = make_coach()
    services.assign_case(case=Case.objects.get(), coach=successor, by=coordinator, at=NOW)
    assert the_open(person).assignee == successor
    assert FollowUp.objects.get(state="done").assignee == coach
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM coaching_caseevent")
        assert cursor.fetchone()[0], "the change of coach is in the case's history"
    with pytest.raises(OutOfScope):
        services.assign_case(case=Case.objects.get(), coach=coach, by=coach.user, at=NOW)
