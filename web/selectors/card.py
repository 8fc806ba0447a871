"""Everything that the practitioner's card shows, gathered from the registry, the figures and the work."""

from dataclasses import replace
from typing import Any

from django.db.models import Prefetch

from accounts.models import User
from adoption.models import SchemeVersion
from adoption.selectors.boards import assignment_of, main_indicator, segment_subquery
from adoption.selectors.figures import figures_of, premium_minimum
from adoption.selectors.segments import latest_run, working_version
from coaching.enums import OPEN_FOLLOW_UPS, CaseState
from coaching.models import BarrierSighting, Case, Coach, Enrolment, FollowUp, Readiness
from coaching.selectors.boards import explained, with_row_details
from coaching.selectors.budget import budget_of
from coaching.selectors.pauses import holds_of, pausable_by
from coaching.selectors.practice_week import visiting_of
from core import clock
from practitioners.enums import PractitionerStatus
from practitioners.models import Affiliation, Identifier, Practitioner
from practitioners.selectors.visibility import practitioners_visible_to
from web.selectors.figures import figure_of
from web.selectors.timeline import timeline_of


def card_of(practitioner: Practitioner, *, user: User) -> dict[str, Any]:
    """The card's parts, in a number of queries that doesn't depend on how much has happened."""
    version = working_version()
    affiliations = list(
        Affiliation.objects.filter(practitioner=practitioner)
        .select_related("organisation__commune")
        .order_by("-is_primary", "-since", "-id")
    )
    present = next((row for row in affiliations if row.is_primary and row.until is None), None)
    cases = list(
        Case.objects.filter(practitioner=practitioner)
        .select_related("coach__user", "goal_indicator")
        .prefetch_related(Prefetch("enrolments", Enrolment.objects.select_related("playbook", "version")))
        .order_by("-opened_at")
    )
    open_follow_ups = with_row_details(
        FollowUp.objects.filter(practitioner=practitioner, state__in=OPEN_FOLLOW_UPS), version=version
    ).order_by("target_on", "id")
    assignment = assignment_of(practitioner, version)
    return {
        "practitioner": practitioner,
        "identifiers": list(Identifier.objects.filter(practitioner=practitioner).select_related("system")),
        "present": present,
        "affiliations": affiliations,
        "colleagues": _colleagues(practitioner, present, version, user),
        "assignment": assignment,
        "segment_run": latest_run(version) if assignment else None,
        "figures": _charts(practitioner, version),
        "cases": cases,
        "live_cases": [case for case in cases if case.state != CaseState.CLOSED],
        "follow_ups": explained(list(open_follow_ups)),
        "barriers": list(
            BarrierSighting.objects.filter(practitioner=practitioner)
            .select_related("barrier__theme")
            .order_by("resolved_on", "-severity", "id")
        ),
        "readiness": Readiness.objects.filter(practitioner=practitioner).first(),
        "timeline": timeline_of(practitioner, version=version),
        "budget": budget_of(practitioner, clock.today()),
        "holds": list(holds_of([row.pk for case in cases for row in case.enrolments.all() if row.ended_on is None])),
        "visiting": visiting_of(present.organisation) if present else None,
        "may_pause": pausable_by(user, practitioner),
        "may_log": Coach.objects.filter(user=user, is_active=True).exists(),
    }


def _charts(practitioner: Practitioner, version: SchemeVersion | None) -> list[dict[str, Any]]:
    """Up to three indicators as charts over three years, the working scheme's first."""
    first = main_indicator(version)
    series = sorted(figures_of(practitioner), key=lambda line: (line.indicator != first, line.indicator.code))
    charts = []
    for line in series[:3]:
        figures = line.figures[-36:]
        threshold = premium_minimum(line.indicator, figures[-1].month.year) if figures else None
        charts.append(figure_of(replace(line, figures=figures), threshold=threshold))
    return [chart for chart in charts if chart]


def _colleagues(
    practitioner: Practitioner, present: Affiliation | None, version: SchemeVersion | None, user: User
) -> list[Practitioner]:
    """Up to twelve others who work in the same practice now, with their segments.

    Those outside the user's scope are named, for the practice is in it, but lead nowhere.
    """
    if present is None:
        return []
    there = Affiliation.objects.filter(organisation=present.organisation_id, until__isnull=True)
    people: list[Any] = list(
        Practitioner.objects.filter(pk__in=there.values("practitioner"), status=PractitionerStatus.ACTIVE)
        .exclude(pk=practitioner.pk)
        .annotate(segment=segment_subquery(version, "pk"))
        .order_by("family_name", "given_name")[:12]
    )
    visible = set(
        practitioners_visible_to(user).filter(pk__in=[person.pk for person in people]).values_list("pk", flat=True)
    )
    for person in people:
        person.is_visible = person.pk in visible
    return people
