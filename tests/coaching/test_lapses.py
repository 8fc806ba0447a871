"""The discontinuance watch: who stops publishing is asked once; who was away, small or late with all others isn't."""

import datetime as dt

import pytest

from adoption.models import AdoptionRollup, Indicator, Measurement, SegmentationRun
from adoption.services import refresh_rollup
from coaching.models import Case, Enrolment, FollowUp, PlannerRun, Playbook, PracticeClosure, SoftwareBlocker
from coaching.selectors.audit import broken_rules
from coaching.services import close_case, complete_follow_up, open_blocker, open_case, plan_follow_ups, start_pause
from coaching.services.planner import lapses
from coaching.services.planner.lapses import reported_months
from core.months import shift
from practitioners.models import Affiliation, Practitioner, SoftwareProduct
from tests.factories.adoption import give_figures, make_practitioners
from tests.factories.coaching import at, make_coach, plan, sort, the_open
from tests.factories.practitioners import OrganisationFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
JULY = dt.date(2018, 7, 1)
ON = dt.date(2018, 7, 9)
"""The network has figures from July 2017 to June 2018: a year."""
MARCH, JUNE = dt.date(2018, 3, 1), dt.date(2018, 6, 1)
STOPPED = [20, 22, 18, 25, 21, 19, 20, 23, 20, 0, 0, 0]
"""Published until March, and nothing in April, May and June."""
STEADY = [20] * 12


def indicator() -> Indicator:
    return Indicator.objects.get(code="sumehr_published")


def figures(people: dict, start: str = "2017-07") -> None:
    give_figures(indicator(), people, start)
    refresh_rollup(indicator=indicator())


def correct(person, month: dt.date, value: float) -> None:
    Measurement.objects.filter(practitioner=person, indicator=indicator(), month=month).delete()
    Measurement.objects.create(practitioner=person, indicator=indicator(), month=month, value=value)
    refresh_rollup(indicator=indicator(), months=[month])


@pytest.fixture
def network():
    """Ten who publish steadily and are in nobody's care, under a working scheme of the published SUMEHRs."""
    people = make_practitioners(10)
    sort(dict.fromkeys(people, "early_majority"))
    give_figures(indicator(), dict.fromkeys(people, STEADY), "2017-07")
    return people


@pytest.fixture
def person(network):
    person = make_practitioners(1)[0]
    figures({person: STOPPED})
    return person


def watched() -> list[tuple[int, dt.date]]:
    return list(
        Enrolment.objects.filter(playbook__code="discontinuance_watch")
        .order_by("pk")
        .values_list("practitioner", "last_published")
    )


def test_who_stopped_publishing_gets_one_confirmation_with_its_evidence(person):
    run = plan(ON)
    assert watched() == [(person.pk, MARCH)]
    enrolment = Enrolment.objects.get()
    assert enrolment.evidence["lapse"] == {
        "indicator": "sumehr_published",
        "last_published": "2018-03-01",
        "average": 21.3,
        "months": 6,
        "minimum": 5,
        "silent": ["2018-04-01", "2018-05-01", "2018-06-01"],
    }
    row = the_open(person)
    assert (row.step.code, row.channel, row.state, run.enrolled) == ("confirmation", "call", "due", 1)
    assert (enrolment.case.track, enrolment.case.state) == ("coaching", "open")
    assert not broken_rules()


def test_planning_again_and_again_confirms_once(person):
    for n in range(0, 40, 7):
        plan(ON + n * DAY)
    assert len(watched()) == 1
    complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(ON + 42 * DAY))
    assert Enrolment.objects.get().state == "completed" and Case.objects.get().state == "closed"
    for n in range(43, 400, 30):
        plan(ON + n * DAY)
    assert len(watched()) == 1, "silence that goes on isn't asked about again"


@pytest.mark.parametrize(
    ("values", "lapsed"),
    [
        (STOPPED, True),
        ([20, 20, 20, 20, 20, 20, 20, 20, 20, None, None, None], True),
        ([20, 20, 20, 20, 20, 20, 20, 20, 20, None, 0, None], True),
        ([20, 20, 20, 20, 20, 20, 20, 20, 20, 20, 0, 0], False),
        ([20, 20, 20, 20, 20, 20, 20, 20, 20, 0, 1, 0], False),
        ([0, 0, 0, 5, 5, 5, 5, 5, 5, 0, 0, 0], True),
        ([90, 90, 90, 5, 5, 5, 5, 5, 4, 0, 0, 0], False),
        ([20, 20, 20, 20, 20, 0, 0, 0, 0, 0, 0, 0], True),
        ([20, 20, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0], False),
        ([0] * 12, False),
        ([0, 0, 0, 0, 0, 0, 0, 0, 30, 0, 0, 0], True),
    ],
    ids=[
        "zeros",
        "absent",
        "either",
        "two months only",
        "one in between",
        "just enough",
        "too little before",
        "noticed late",
        "long ago",
        "never",
        "enough on average",
    ],
)
def test_who_lapsed_and_who_did_not(network, values, lapsed):
    person = make_practitioners(1)[0]
    figures({person: values})
    plan(ON)
    assert bool(watched()) == lapsed


def test_the_volume_and_the_months_are_settings(person, settings):
    settings.PLANNER_LAPSE_SILENT_MONTHS = 4
    plan(ON)
    assert not watched()
    settings.PLANNER_LAPSE_SILENT_MONTHS = 3
    settings.PLANNER_LAPSE_MINIMUM_AVERAGE = 22
    plan(ON)
    assert not watched()
    settings.PLANNER_LAPSE_MINIMUM_AVERAGE = 21
    plan(ON)
    assert len(watched()) == 1


def test_the_running_month_isnt_over_but_publishing_in_it_counts(person):
    """In June nobody's June is known; a figure of July is a sign of life."""
    plan(dt.date(2018, 6, 29))
    assert not watched()
    correct(person, JULY, 3)
    plan(ON)
    assert not watched()


@pytest.mark.parametrize("share", [0, 3])
def test_figures_that_are_late_for_everybody_are_nobodys_lapse(network, share):
    """Three of eleven have figures of June: the month doesn't count yet, and two silent months are too few."""
    person = make_practitioners(1)[0]
    figures({person: STOPPED[:-1]})
    Measurement.objects.filter(month=JUNE, practitioner__in=network[share:]).delete()
    refresh_rollup(indicator=indicator())
    assert reported_months(indicator(), ON)[-1] == dt.date(2018, 5, 1)
    plan(ON)
    assert not watched()
    give_figures(indicator(), {row: {JUNE: 20} for row in network[share:]}, "2018-06")
    refresh_rollup(indicator=indicator(), months=[JUNE])
    plan(ON + DAY)
    assert watched() == [(person.pk, MARCH)]


def test_a_month_of_zeros_for_everybody_is_no_month(network):
    person = make_practitioners(1)[0]
    figures({person: STOPPED})
    Measurement.objects.filter(month=JUNE).update(value=0)
    refresh_rollup(indicator=indicator())
    plan(ON)
    assert not watched()


# --- Left alone ----------------------------------------------------------------------------------------


def test_who_may_not_be_contacted_or_doesnt_practise_is_left_alone_until_that_is_over(person):
    change = Practitioner.objects.filter(pk=person.pk).update
    change(restriction="do_not_contact", restriction_reason="asked", restriction_until=ON)
    plan(ON)
    assert not watched()
    plan(ON + DAY)
    assert len(watched()) == 1


def test_do_not_contact_during_the_confirmation_gives_the_lapse_back(person):
    plan(ON)
    change = Practitioner.objects.filter(pk=person.pk).update
    change(restriction="do_not_contact", restriction_reason="asked", restriction_until=ON + 9 * DAY)
    plan(ON + DAY)
    assert Enrolment.objects.get().exit_reason == "do_not_contact"
    plan(ON + 10 * DAY)
    assert Enrolment.objects.filter(state="live").count() == 1 and not broken_rules()


def test_the_retired_and_the_merged_are_left_alone(network):
    retired, merged = make_practitioners(2)
    figures({retired: STOPPED, merged: STOPPED})
    gone = {"status": "inactive", "inactive_since": JULY}
    Practitioner.objects.filter(pk=retired.pk).update(**gone, inactive_reason="retired")
    Practitioner.objects.filter(pk=merged.pk).update(**gone, inactive_reason="merged", merged_into=network[0])
    plan(ON)
    assert not watched()


def test_who_is_followed_up_already_isnt_asked_too(person):
    open_case(practitioner=person, track="technical_support", by=None, at=at(ON))
    plan(ON)
    assert not watched()


def test_the_edge_of_the_same_night_comes_first(person):
    sort({person: "late_majority"})
    plan(ON)
    assert [row.playbook.code for row in Enrolment.objects.all()] == ["coaching_late_majority"]


def test_a_later_edge_takes_over_from_the_confirmation(person):
    plan(ON)
    sort({person: "late_majority"})
    plan(ON + DAY)
    old, new = Enrolment.objects.order_by("pk")
    assert (old.exit_reason, new.playbook.code) == ("segment_left", "coaching_late_majority")
    assert old.case == new.case and Case.objects.get().state == "open"
    for n in range(2, 300, 30):
        plan(ON + n * DAY)
    assert len(watched()) == 1 and not broken_rules()


def test_an_open_case_of_the_track_is_used_and_no_second_one_opened(person):
    coach = make_coach()
    case = open_case(practitioner=person, track="coaching", coach=coach, by=None, enrol=False, at=at(ON))
    plan(ON)
    assert Enrolment.objects.get().case == case and the_open(person).assignee == coach


def test_the_coach_who_knew_them_is_given_the_case(person):
    before, gone = make_coach(), make_coach()
    for coach in (before, gone):
        case = open_case(
            practitioner=person, track="coaching", coach=coach, by=None, enrol=False, at=at(dt.date(2018, 1, 8))
        )
        close_case(case=case, outcome="goal_reached", by=None, at=at(dt.date(2018, 1, 9)))
    gone.is_active = False
    gone.save()
    plan(ON)
    assert the_open(person).assignee == before


def away_by_pause(person, first, last):
    start_pause(
        scope="practitioner",
        practitioner=person,
        starts_on=first,
        ends_on=last,
        reason="Maternity",
        by=None,
        at=at(first),
    )


def away_by_closure(person, first, last):
    practice = OrganisationFactory()
    Affiliation.objects.create(practitioner=person, organisation=practice)
    PracticeClosure.objects.create(organisation=practice, first_day=first, last_day=last)


def away_by_blocker(person, first, last):
    product = SoftwareProduct.objects.create(vendor="V", name="S")
    Practitioner.objects.filter(pk=person.pk).update(software=product)
    opened = open_blocker(software=product, defect="No connection", since=first, by=None, at=at(first))
    SoftwareBlocker.objects.filter(pk=opened.pk).update(until=last)


@pytest.mark.parametrize("be_away", [away_by_pause, away_by_closure, away_by_blocker])
@pytest.mark.parametrize(
    ("first", "last", "lapsed"),
    [
        (dt.date(2018, 4, 5), dt.date(2018, 4, 25), False),
        (dt.date(2018, 5, 20), dt.date(2018, 6, 17), False),
        (dt.date(2018, 6, 11), dt.date(2018, 6, 22), True),
        (dt.date(2018, 2, 1), dt.date(2018, 3, 31), True),
    ],
    ids=["three weeks", "over two months", "twelve days", "before"],
)
def test_half_a_month_away_explains_the_silence(person, be_away, first, last, lapsed):
    be_away(person, first, last)
    plan(ON)
    assert bool(watched()) == lapsed


def test_silence_long_after_the_absence_is_asked_about(person, network):
    away_by_closure(person, dt.date(2018, 4, 1), dt.date(2018, 4, 30))
    plan(ON)
    assert not watched()
    give_figures(indicator(), {row: {JULY: 20} for row in network}, "2018-07")
    refresh_rollup(indicator=indicator(), months=[JULY])
    plan(dt.date(2018, 8, 6))
    assert watched() == [(person.pk, MARCH)]


# --- Late and corrected figures ------------------------------------------------------------------------


def test_late_figures_that_show_publishing_complete_the_confirmation(person):
    plan(ON)
    correct(person, dt.date(2018, 5, 1), 4)
    run = plan(ON + DAY)
    row = FollowUp.objects.get()
    assert (row.state, row.resolved_by, run.resolved_by_usage) == ("done", "usage", 1)
    assert row.reason["usage"] == {"month": "2018-05-01", "value": 4}
    assert Enrolment.objects.get().state == "completed" and Case.objects.get().state == "closed"
    assert not broken_rules()


def test_publishing_again_completes_it_too(person):
    plan(ON)
    correct(person, JULY, 2)
    plan(dt.date(2018, 8, 6))
    assert FollowUp.objects.filter(state="done", resolved_by="usage").count() == 1


def test_figures_of_before_the_lapse_complete_nothing(person):
    plan(ON)
    correct(person, MARCH, 50)
    correct(person, dt.date(2018, 2, 1), 50)
    plan(ON + DAY)
    assert the_open(person).state == "due"


def test_a_last_month_corrected_away_is_no_second_lapse(person):
    plan(ON)
    complete_follow_up(follow_up=the_open(person), outcome="done", by=None, at=at(ON))
    correct(person, MARCH, 0)
    Playbook.objects.update(cooldown_days=0)
    plan(ON + 2 * DAY)
    assert watched() == [(person.pk, MARCH)]


def test_somebody_who_published_again_and_stopped_again_is_asked_again(person, network):
    plan(ON)
    later = [shift(JULY, n) for n in range(5)]
    correct(person, JULY, 30)
    plan(dt.date(2018, 8, 6))
    give_figures(indicator(), {row: dict.fromkeys(later, 20) for row in network}, "2018-07")
    refresh_rollup(indicator=indicator())
    plan(dt.date(2018, 12, 10))
    assert watched() == [(person.pk, MARCH), (person.pk, JULY)]
    assert Case.objects.count() == 2 and not broken_rules()


# --- As the rest ---------------------------------------------------------------------------------------


def test_a_confirmation_in_a_quiet_period_is_held(person):
    start_pause(scope="quiet_period", starts_on=ON, ends_on=ON + 3 * DAY, reason="Flu", by=None, at=at(ON))
    plan(ON)
    assert (Enrolment.objects.get().state, the_open(person).state) == ("paused", "deferred")


def test_a_dry_run_tells_it_and_keeps_nothing(person):
    report = plan_follow_ups(on=ON, dry_run=True)
    assert [(line.playbook, line.step) for line in report.lines if line.kind == "planned"] == [
        ("discontinuance_watch", "confirmation")
    ]
    assert not Enrolment.objects.exists()


def test_by_hand_a_case_of_the_track_enrols_in_the_coaching_and_the_watch_only_when_asked_for(network):
    first, second = network[:2]
    open_case(practitioner=first, track="coaching", by=None, at=at(ON))
    watch = Playbook.objects.get(code="discontinuance_watch")
    Playbook.objects.filter(pk=watch.pk).update(code="a_watch")
    open_case(practitioner=network[2], track="coaching", by=None, at=at(ON))
    open_case(practitioner=second, track="coaching", playbook=watch, by=None, at=at(ON))
    assert list(Enrolment.objects.order_by("pk").values_list("playbook__trigger", flat=True)) == [
        "segment",
        "segment",
        "lapse",
    ]


def test_without_news_the_figures_arent_looked_through(person):
    plan(ON)
    assert lapses.watch(ON) is not None, "what came within a day may have been written while the planner ran"
    before = PlannerRun.objects.latest("pk").started_at - dt.timedelta(days=2)
    AdoptionRollup.objects.update(computed_at=before)
    assert lapses.watch(ON + DAY) is not None, "the segments are new"
    SegmentationRun.objects.update(started_at=before, finished_at=before)
    assert lapses.watch(ON + 6 * DAY) is None
    assert lapses.watch(ON + 7 * DAY) is not None, "another week began: who could not be asked then may be now"
    assert lapses.watch(ON + 31 * DAY) is not None, "another month began"
