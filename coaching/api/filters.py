"""How lists of the work are narrowed over REST."""

from django.db.models import QuerySet

from coaching.enums import OPEN_FOLLOW_UPS, CaseState, Channel, FollowUpState, Outcome, Track, VisitState
from coaching.models import Case, FollowUp
from core import clock
from core.api.filters import (
    BooleanFilter,
    ChangedSinceFilter,
    ChoiceFilter,
    CodeFilter,
    DayFilter,
    LeanFilterSet,
    MonthFilter,
    NameFilter,
    RefFilter,
    SearchFilter,
)
from practitioners.api.serializers import NIS_CODE

_NAME = "practitioner__search_name"


class CoachFilters(LeanFilterSet):
    """By what coaches cover."""

    search = SearchFilter("user__last_name", lookup_expr="icontains", help_text="Part of the family name.")
    active = BooleanFilter("is_active")
    commune = CodeFilter("communes", pattern=NIS_CODE, help_text="NIS code of a commune that they cover.")
    changed_since = ChangedSinceFilter()


class CaseFilters(LeanFilterSet):
    """By whom, by whom it is done, and how it stands."""

    search = NameFilter(_NAME, help_text="Parts of the practitioner's name; accents don't count.")
    practitioner = RefFilter("practitioner__ref")
    commune = CodeFilter("practitioner__commune", pattern=NIS_CODE, help_text="NIS code.")
    track = ChoiceFilter("track", choices=Track)
    state = ChoiceFilter("state", choices=CaseState)
    live = BooleanFilter(method="by_live", help_text="Whether the case still goes on.")
    coach = RefFilter("coach__ref")
    unassigned = BooleanFilter("coach", lookup_expr="isnull", help_text="Whether it has no coach.")
    changed_since = ChangedSinceFilter()

    def by_live(self, queryset: QuerySet[Case], name: str, value: bool) -> QuerySet[Case]:
        """Those that go on, or those that are closed."""
        return queryset.exclude(state=CaseState.CLOSED) if value else queryset.filter(state=CaseState.CLOSED)


class VisitFilters(LeanFilterSet):
    """By whom, when and what came of it."""

    search = NameFilter(_NAME, help_text="Parts of the practitioner's name; accents don't count.")
    practitioner = RefFilter("practitioner__ref")
    commune = CodeFilter("practitioner__commune", pattern=NIS_CODE, help_text="NIS code.")
    coach = RefFilter("coach__ref")
    case = RefFilter("case__ref")
    kind = ChoiceFilter("kind", choices=Channel)
    state = ChoiceFilter("state", choices=VisitState)
    outcome = ChoiceFilter("outcome", choices=Outcome)
    started_from = DayFilter("started_at", lookup_expr="date__gte", help_text="First day.")
    started_to = DayFilter("started_at", lookup_expr="date__lte", help_text="Last day.")
    changed_since = ChangedSinceFilter()


class FollowUpFilters(LeanFilterSet):
    """By whom, who does it, when and how it stands."""

    search = NameFilter(_NAME, help_text="Parts of the practitioner's name; accents don't count.")
    practitioner = RefFilter("practitioner__ref")
    commune = CodeFilter("practitioner__commune", pattern=NIS_CODE, help_text="NIS code.")
    case = RefFilter("enrolment__case__ref")
    playbook = CodeFilter("enrolment__playbook__code")
    channel = ChoiceFilter("channel", choices=Channel)
    state = ChoiceFilter("state", choices=FollowUpState)
    open = BooleanFilter(method="by_open", help_text="Whether it is still to be done.")
    overdue = BooleanFilter(method="by_overdue", help_text="Whether it is open and its best day is past.")
    assignee = RefFilter("assignee__ref", help_text="The coach who has it.")
    unassigned = BooleanFilter("assignee", lookup_expr="isnull", help_text="Whether nobody has it.")
    target_from = DayFilter("target_on", lookup_expr="gte", help_text="First best day.")
    target_to = DayFilter("target_on", lookup_expr="lte", help_text="Last best day.")
    changed_since = ChangedSinceFilter()

    def by_open(self, queryset: QuerySet[FollowUp], name: str, value: bool) -> QuerySet[FollowUp]:
        """Planned, due and deferred ones, or the others."""
        states = [state.value for state in FollowUpState if (state in OPEN_FOLLOW_UPS) == value]
        return queryset.filter(state__in=states)

    def by_overdue(self, queryset: QuerySet[FollowUp], name: str, value: bool) -> QuerySet[FollowUp]:
        """Open ones whose target lies before today, or the others."""
        late = {"state__in": [state.value for state in OPEN_FOLLOW_UPS], "target_on__lt": clock.today()}
        return queryset.filter(**late) if value else queryset.exclude(**late)


class ProgressParameters(LeanFilterSet):
    """What progress is asked by; read as filters are, applied by the selector."""

    by = CodeFilter()
    indicator = CodeFilter()
    month = MonthFilter()
    since = DayFilter()
    until = DayFilter()
