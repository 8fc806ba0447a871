"""The demonstration shows the whole engine: calendars, pauses, a blocker, budgets, escalations, told days."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from coaching.enums import OPEN_FOLLOW_UPS, PauseScope
from coaching.models import (
    Absence,
    AnchorDay,
    Escalation,
    FollowUp,
    Hold,
    OutsideContact,
    Pause,
    PlannerRun,
    PlaybookVersion,
    PracticeClosure,
    SoftwareBlocker,
    TeamDay,
    VisitingHours,
)
from coaching.selectors.absence_board import falls_in
from coaching.selectors.audit import broken_rules
from coaching.selectors.explain import explain_follow_ups
from coaching.services.simulation import Assumptions, simulated
from core import clock
from web.demo.build import fill
from web.demo.size import TODAY, Size

pytestmark = [pytest.mark.xdist_group("demo_planning"), pytest.mark.usefixtures("demo")]


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A network of three hundred, filled once for the file and rolled back at its end."""
    with django_db_blocker.unblock():
        with transaction.atomic():
            fill(size=Size(300))
            yield
            transaction.set_rollback(True)
        clock.forget()


def test_the_engines_rules_hold():
    assert broken_rules() == []


def test_somebody_is_away_next_week_and_something_falls_in_it():
    monday = TODAY + dt.timedelta(days=7)
    absence = Absence.objects.get(first_day=monday)
    assert falls_in(absence) > 0
    assert Absence.objects.exclude(coach=absence.coach).filter(part="whole").exists()
    assert Absence.objects.exclude(part="whole").exists()
    assert TeamDay.objects.filter(day__gt=TODAY).exists()


def test_practices_have_hours_closed_weekdays_and_closing_days():
    assert VisitingHours.objects.exists()
    assert PracticeClosure.objects.filter(weekday__isnull=False).exists()
    assert PracticeClosure.objects.filter(first_day__isnull=False).exists()


def test_a_blocker_holds_practitioners_and_a_quiet_week_is_over():
    blocker = SoftwareBlocker.objects.get(until__isnull=True)
    assert Hold.objects.filter(pause__blocker=blocker, released_on__isnull=True).count() > 5
    quiet = Pause.objects.filter(scope=PauseScope.QUIET_PERIOD)
    past = quiet.get(ends_on__lt=TODAY)
    assert past.resumed_on and past.holds.filter(released_on__isnull=False).exists()
    assert quiet.filter(starts_on__gt=TODAY).exists()


def test_some_are_deferred_some_escalated_and_some_have_no_coach_yet():
    rows = FollowUp.objects.filter(state__in=OPEN_FOLLOW_UPS)
    assert rows.filter(state="deferred", reason__has_key="deferred").exists()
    assert Escalation.objects.filter(settled_on__isnull=True).exists()
    assert rows.filter(assignee__isnull=True).count() >= 5


def test_days_are_told_and_invitations_count_in_the_budget():
    assert set(AnchorDay.objects.values_list("anchor", flat=True)) == {"wave_start", "session_attended"}
    assert OutsideContact.objects.exists()


def test_runs_are_finished_and_every_open_follow_up_can_be_explained():
    assert not PlannerRun.objects.filter(finished_at__isnull=True).exists()
    rows = list(FollowUp.objects.filter(state__in=OPEN_FOLLOW_UPS))
    for row, told in zip(rows, explain_follow_ups(rows), strict=True):
        assert told.why_me and told.what_next, row
        if "paused" in row.reason:
            assert "Depuis la mise à jour" in told.why_today


def test_a_playbook_is_played_over_the_next_twelve_weeks():
    version = PlaybookVersion.objects.get(playbook__code="coaching_late_majority", state="active")
    result = simulated(version=version, starts_on=TODAY, weeks=12, assumptions=Assumptions())
    assert len(result["weeks"]) == 12
    assert sum(result["contacts"]) > 100
    held = Hold.objects.filter(released_on=None, pause__blocker__isnull=False).values("enrolment__practitioner")
    assert 0 < result["never_why"]["paused_without_end"] <= held.distinct().count()
