"""The work as REST clients read it, and what they send."""

from typing import Any

from django.db.models import F, JSONField, OuterRef, Subquery
from rest_framework import serializers

from adoption.enums import Segment
from coaching.enums import (
    BarrierFactor,
    CaseOutcome,
    CaseState,
    CfirDomain,
    Channel,
    FollowUpState,
    Outcome,
    ResolvedBy,
    Track,
    VisitState,
)
from coaching.models import Barrier, BarrierSighting, Case, Coach, FollowUp, Playbook, Readiness, Topic, Visit
from coaching.selectors.visibility import cases_visible_to, follow_ups_visible_to
from core.api import fields
from core.api.filters import MONTH
from core.api.representation import JsonArray, JsonObject, Representation, array_of
from practitioners.api.serializers import NIS_CODE, PractitionerNameRepresentation
from practitioners.selectors.visibility import practitioners_visible_to


class CoachNameRepresentation(Representation):
    """A coach's ref and name."""

    ref = serializers.UUIDField()
    given_name = serializers.CharField(source="user.first_name")
    family_name = serializers.CharField(source="user.last_name")

    class Meta:
        model = Coach


class CoachRepresentation(Representation):
    """Who visits: a coach or technician, with what they cover and can carry."""

    ref = serializers.UUIDField()
    given_name = serializers.CharField(source="user.first_name")
    family_name = serializers.CharField(source="user.last_name")
    tracks = serializers.ListField(child=serializers.ChoiceField(Track.choices))
    languages = serializers.ListField(child=serializers.CharField())
    communes = serializers.ListField(child=serializers.RegexField(NIS_CODE))
    weekly_capacity = serializers.IntegerField(help_text="Contacts a week.")
    daily_capacity = serializers.IntegerField(help_text="Contacts a day.")
    is_active = serializers.BooleanField()
    updated_at = serializers.DateTimeField()

    class Meta:
        model = Coach
        expressions = {
            "communes": lambda prefix: JsonArray(
                Coach.communes.through.objects.filter(coach=OuterRef(f"{prefix}pk"))
                .order_by("commune")
                .values_list("commune_id")
            )
        }


class BarrierRepresentation(Representation):
    """A reason why professionals don't adopt."""

    code = serializers.SlugField()
    name_en = serializers.CharField()
    name_fr = serializers.CharField()
    name_nl = serializers.CharField()
    theme = serializers.SlugField(source="theme.code")
    factor = serializers.ChoiceField(BarrierFactor.choices, source="theme.factor")
    cfir_domain = serializers.ChoiceField(CfirDomain.choices)
    is_active = serializers.BooleanField()

    class Meta:
        model = Barrier


class TopicRepresentation(Representation):
    """Something that can be talked about on a visit."""

    code = serializers.SlugField()
    name_en = serializers.CharField()
    name_fr = serializers.CharField()
    name_nl = serializers.CharField()
    is_active = serializers.BooleanField()

    class Meta:
        model = Topic


class CaseRepresentation(Representation):
    """A practitioner being helped on a track towards a goal."""

    ref = serializers.UUIDField()
    practitioner = PractitionerNameRepresentation()
    track = serializers.ChoiceField(Track.choices)
    state = serializers.ChoiceField(CaseState.choices)
    coach = CoachNameRepresentation(allow_null=True)
    goal_indicator = serializers.SlugField(source="goal_indicator.code", allow_null=True)
    goal_value = serializers.FloatField(allow_null=True, help_text="Coverage as a fraction, a count or a score.")
    goal_months = serializers.IntegerField(help_text="Months for which the goal must be held.")
    ends_on = serializers.DateField(allow_null=True)
    opened_at = serializers.DateTimeField()
    opened_because = serializers.CharField()
    closed_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(CaseOutcome.choices, allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    class Meta:
        model = Case


class SightingRepresentation(Representation):
    """A barrier that was seen: 1 slight, 2 hindering, 3 blocking."""

    barrier = serializers.SlugField(source="barrier.code")
    severity = serializers.IntegerField(min_value=1, max_value=3)

    class Meta:
        model = BarrierSighting


class ReadinessRepresentation(Representation):
    """Readiness on the five ADKAR elements (Prosci), each from 1 to 5."""

    awareness = serializers.IntegerField(min_value=1, max_value=5)
    desire = serializers.IntegerField(min_value=1, max_value=5)
    knowledge = serializers.IntegerField(min_value=1, max_value=5)
    ability = serializers.IntegerField(min_value=1, max_value=5)
    reinforcement = serializers.IntegerField(min_value=1, max_value=5)

    class Meta:
        model = Readiness


def _readiness(prefix: str) -> Subquery:
    scored = Readiness.objects.filter(visit=OuterRef(f"{prefix}pk"))
    elements = JsonObject({name: F(name) for name in Readiness.ELEMENTS})
    return Subquery(scored.values_list(elements)[:1], output_field=JSONField())


class VisitRepresentation(Representation):
    """A contact with a practitioner that is planned or took place."""

    ref = serializers.UUIDField()
    practitioner = PractitionerNameRepresentation()
    case = serializers.UUIDField(source="case.ref", allow_null=True)
    coach = CoachNameRepresentation()
    follow_up = serializers.UUIDField(source="follow_up.ref", allow_null=True)
    kind = serializers.ChoiceField(Channel.choices)
    state = serializers.ChoiceField(VisitState.choices)
    planned_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    minutes = serializers.IntegerField(allow_null=True)
    outcome = serializers.ChoiceField(Outcome.choices, allow_blank=True)
    topics = serializers.ListField(child=serializers.SlugField())
    barriers = SightingRepresentation(many=True)
    readiness = ReadinessRepresentation(allow_null=True)
    present = serializers.CharField()
    notes = serializers.CharField()
    promised = serializers.CharField()
    next_step = serializers.CharField()
    next_step_on = serializers.DateField(allow_null=True)
    signed_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    class Meta:
        model = Visit
        expressions = {
            "topics": lambda prefix: JsonArray(
                Visit.topics.through.objects.filter(visit=OuterRef(f"{prefix}pk"))
                .order_by("topic__position", "topic__code")
                .values_list("topic__code")
            ),
            "barriers": lambda prefix: array_of(
                SightingRepresentation, BarrierSighting.objects.order_by("barrier__code"), visit=f"{prefix}pk"
            ),
            "readiness": _readiness,
        }


class FollowUpRepresentation(Representation):
    """One contact to make, any day between `opens_on` and `closes_on`, best on `target_on`."""

    ref = serializers.UUIDField()
    practitioner = PractitionerNameRepresentation()
    case = serializers.UUIDField(source="enrolment.case.ref")
    playbook = serializers.SlugField(source="enrolment.playbook.code")
    step = serializers.SlugField(source="step.code")
    occurrence = serializers.IntegerField(min_value=1)
    channel = serializers.ChoiceField(Channel.choices)
    state = serializers.ChoiceField(FollowUpState.choices)
    opens_on = serializers.DateField()
    target_on = serializers.DateField()
    closes_on = serializers.DateField()
    assignee = CoachNameRepresentation(allow_null=True)
    is_frozen = serializers.BooleanField(help_text="Started or edited by hand: the planner leaves it alone.")
    outcome = serializers.ChoiceField(Outcome.choices, allow_blank=True)
    done_on = serializers.DateField(allow_null=True)
    resolved_by = serializers.ChoiceField(ResolvedBy.choices, allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    class Meta:
        model = FollowUp


class ExplanationRepresentation(serializers.Serializer):
    """Three answers in the language of Accept-Language, and the facts behind them. For staff: they name segments."""

    why_me = serializers.CharField()
    why_today = serializers.CharField()
    what_next = serializers.CharField()
    facts = serializers.DictField(
        help_text="What the answers are told from, as it was stored: codes, ISO dates, numbers; null for what didn't"
        " happen. Enrolment (playbook, segment, segment_evidence, last_published, handover), counting (anchor,"
        " anchor_on, delay, unit, roll, rolled_from, days_off, without), what changed it (postponed, moved, paused,"
        " resumed, deferred, usage) and escalations."
    )


class ExplainedFollowUpRepresentation(FollowUpRepresentation):
    """A follow-up with its explanation: why me, why today, what next."""

    explanation = ExplanationRepresentation()

    class Meta(FollowUpRepresentation.Meta):
        expressions = {"explanation": None}


# --- What clients send ------------------------------------------------------------------------------


def _coaches(user: Any) -> Any:
    return Coach.objects.all()


class CaseInput(fields.Input):
    """A case to open: who is helped, on which track, by whom."""

    practitioner = fields.Ref(practitioners_visible_to)
    track = fields.Choice(Track.choices)
    coach = fields.Ref(_coaches, required=False, allow_null=True)
    playbook = fields.Code(
        lambda user: Playbook.objects.all(), required=False, help_text="The track's own unless given."
    )
    because = fields.Text(max_length=200, required=False, allow_blank=True)
    ends_on = fields.Day(required=False, allow_null=True)
    enrol = fields.YesNo(required=False, help_text="Whether to enrol in the playbook (true).")


class CloseInput(fields.Input):
    """How the case ended."""

    outcome = fields.Choice(CaseOutcome.choices)


class AssignInput(fields.Input):
    """Who gets it; null for nobody."""

    coach = fields.Ref(_coaches, allow_null=True)


class BulkAssignInput(fields.Input):
    """Who gets which follow-ups."""

    follow_ups = fields.Refs(follow_ups_visible_to, largest=1000)
    coach = fields.Ref(_coaches, allow_null=True)


class CompleteInput(fields.Input):
    """What came of the contact."""

    outcome = fields.Choice(Outcome.choices)
    done_on = fields.Day(required=False, help_text="The day of the contact; today unless given.")
    later_on = fields.Day(required=False, help_text="With `wants_later`: the day on which to contact them.")
    note = fields.Text(max_length=300, required=False, allow_blank=True)


class PostponeInput(fields.Input):
    """To which day, and why."""

    to = fields.Day()
    reason = fields.Text(max_length=300)


class SightingInput(fields.Input):
    """A barrier that was seen: 1 slight, 2 hindering, 3 blocking."""

    barrier = fields.Code(lambda user: Barrier.objects.filter(is_active=True))
    severity = fields.WholeNumber(min_value=1, max_value=3, required=False)


class ReadinessInput(fields.Input):
    """Readiness on the five ADKAR elements (Prosci), each from 1 to 5."""

    awareness = fields.WholeNumber(min_value=1, max_value=5)
    desire = fields.WholeNumber(min_value=1, max_value=5)
    knowledge = fields.WholeNumber(min_value=1, max_value=5)
    ability = fields.WholeNumber(min_value=1, max_value=5)
    reinforcement = fields.WholeNumber(min_value=1, max_value=5)


class VisitInput(fields.Input):
    """A contact that took place. Notes hold nothing about patients."""

    practitioner = fields.Ref(practitioners_visible_to)
    kind = fields.Choice(Channel.choices)
    outcome = fields.Choice(Outcome.choices)
    started_at = fields.Moment(required=False, help_text="Now unless given.")
    coach = fields.Ref(_coaches, required=False, help_text="The token's owner unless given.")
    case = fields.Ref(cases_visible_to, required=False)
    follow_up = fields.Ref(follow_ups_visible_to, required=False)
    minutes = fields.WholeNumber(min_value=0, max_value=600, required=False, allow_null=True)
    topics = fields.Codes(lambda user: Topic.objects.filter(is_active=True), largest=50, required=False)
    barriers = SightingInput(many=True, required=False, max_length=50)  # type: ignore[call-arg]
    readiness = ReadinessInput(required=False, allow_null=True)
    present = fields.Text(max_length=200, required=False, allow_blank=True)
    notes = fields.Text(max_length=10_000, required=False, allow_blank=True)
    promised = fields.Text(max_length=2000, required=False, allow_blank=True)
    next_step = fields.Text(max_length=300, required=False, allow_blank=True)
    next_step_on = fields.Day(required=False, allow_null=True)
    later_on = fields.Day(required=False, allow_null=True)


# --- Answers of progress ------------------------------------------------------------------------------


class CountRepresentation(serializers.Serializer):
    """A count beside its base; null where the count is a part of nothing."""

    count = serializers.IntegerField(min_value=0)
    base = serializers.IntegerField(min_value=0, allow_null=True)


class ProgressRowRepresentation(serializers.Serializer):
    """Counts of one segment, commune, coach, software product or month; only that one is named."""

    segment = serializers.ChoiceField(Segment.choices, required=False)
    commune = serializers.RegexField(NIS_CODE, required=False, allow_null=True)
    name_fr = serializers.CharField(required=False, allow_null=True)
    name_nl = serializers.CharField(required=False, allow_null=True)
    coach = serializers.UUIDField(required=False, allow_null=True)
    software = serializers.UUIDField(required=False, allow_null=True)
    name = serializers.CharField(required=False, allow_null=True)
    vendor = serializers.CharField(required=False, allow_null=True)
    month = serializers.RegexField(MONTH, required=False)
    practitioners = CountRepresentation()
    reporting = CountRepresentation()
    publishers = CountRepresentation()
    live_cases = CountRepresentation()
    open = CountRepresentation(required=False)
    due = CountRepresentation(required=False)
    overdue = CountRepresentation(required=False)
    opened = CountRepresentation(required=False)
    done = CountRepresentation()
    visits = CountRepresentation()


class ProgressRepresentation(serializers.Serializer):
    """How far things are: counts with their bases, the month of the figures and the scheme's version."""

    by = serializers.ChoiceField(["segment", "commune", "coach", "software", "month"])
    as_of = serializers.RegexField(MONTH, allow_null=True, help_text="The month of the figures.")
    indicator = serializers.SlugField(allow_null=True)
    scheme = serializers.SlugField(allow_null=True)
    scheme_version = serializers.IntegerField(allow_null=True)
    on = serializers.DateField(help_text="The day of the counts of cases and follow-ups.")
    since = serializers.DateField()
    until = serializers.DateField()
    all_practitioners = serializers.IntegerField(min_value=0, required=False)
    rows = ProgressRowRepresentation(many=True)
