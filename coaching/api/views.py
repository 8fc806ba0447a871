"""REST endpoints of the work: cases, visits, follow-ups, progress."""

import json
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from coaching import services
from coaching.api import filters
from coaching.api import serializers as shapes
from coaching.api.answers import BulkAssignmentRepresentation
from coaching.models import Barrier, Case, Coach, FollowUp, Topic, Visit
from coaching.policies import may_act_on_case, may_act_on_follow_up, may_assign, may_log_visit, may_open_case
from coaching.selectors.explain import explain_follow_up
from coaching.selectors.progress import DIMENSIONS, progress_json
from coaching.selectors.visibility import cases_visible_to, follow_ups_visible_to, visits_visible_to
from coaching.services.recording import lock_enrolments, lock_practitioners
from core.api.filters import read_parameters
from core.api.idempotency import idempotent
from core.api.pagination import parameter_problem
from core.api.permissions import require
from core.api.views import ActView, ApiView, ListView, ThingView


class CoachList(ListView):
    """Coaches and technicians: who can be given cases and follow-ups."""

    shows = shapes.CoachRepresentation
    filters = filters.CoachFilters
    orderings = {"created": ("pk",), "updated_at": ("updated_at", "pk")}

    def exists_for(self, user: Any) -> QuerySet[Coach]:
        """All of them for everyone."""
        return Coach.objects.all()


class CoachThing(ThingView):
    """One coach."""

    shows = shapes.CoachRepresentation

    def exists_for(self, user: Any) -> QuerySet[Coach]:
        """All of them for everyone."""
        return Coach.objects.all()


class BarrierList(ListView):
    """The catalogue of barriers to adoption."""

    shows = shapes.BarrierRepresentation
    orderings = {"code": ("code", "pk")}
    default_ordering = "code"

    def exists_for(self, user: Any) -> QuerySet[Barrier]:
        """All of them for everyone."""
        return Barrier.objects.all()


class TopicList(ListView):
    """The catalogue of topics of visits."""

    shows = shapes.TopicRepresentation
    orderings = {"code": ("code", "pk")}
    default_ordering = "code"

    def exists_for(self, user: Any) -> QuerySet[Topic]:
        """All of them for everyone."""
        return Topic.objects.all()


# --- Cases ------------------------------------------------------------------------------------------


class CaseList(ListView):
    """The cases of the practitioners that the token's owner sees."""

    shows = shapes.CaseRepresentation
    takes = shapes.CaseInput
    filters = filters.CaseFilters
    orderings = {"created": ("pk",), "updated_at": ("updated_at", "pk")}
    keeps_statements = True

    def exists_for(self, user: Any) -> QuerySet[Case]:
        """Those of visible practitioners."""
        return cases_visible_to(user)

    @idempotent
    def post(self, request: HttpRequest) -> HttpResponse:
        """Open a case.

        The practitioner is enrolled in the track's playbook and the first follow-up is planned. A
        live case on the same track is a 409.
        """
        values = self.body()
        require(may_open_case(self.user, values["practitioner"]))
        case = services.open_case(by=self.user, **values)
        return self.thing(case, 201, {"Location": reverse("api:case", args=[case.ref])})


class CaseThing(ThingView):
    """One case."""

    shows = shapes.CaseRepresentation

    def exists_for(self, user: Any) -> QuerySet[Case]:
        """As in the list."""
        return cases_visible_to(user)


class _CaseAct(ActView):
    shows = shapes.CaseRepresentation

    def exists_for(self, user: Any) -> QuerySet[Case]:
        """As in the list."""
        return cases_visible_to(user).select_related("coach")

    def hold(self, row: Case) -> None:
        """Keep the case as it is until the act is done, locked in the order that everybody uses."""
        lock_practitioners([row.practitioner_id])
        list(row.enrolments.order_by("pk").select_for_update(no_key=True).values_list("pk"))
        Case.objects.select_for_update(no_key=True).get(pk=row.pk)


class CaseClose(_CaseAct):
    """Close a case."""

    takes = shapes.CloseInput

    @idempotent
    def post(self, request: HttpRequest, ref: Any) -> HttpResponse:
        """Close a case: its enrolments end, and what it still owes is cancelled."""
        with transaction.atomic():
            case = self.unchanged(ref=ref)
            require(may_act_on_case(self.user, case))
            return self.thing(services.close_case(case=case, by=self.user, **self.body()))


class CaseAssign(_CaseAct):
    """Give a case to a coach."""

    takes = shapes.AssignInput

    @idempotent
    def post(self, request: HttpRequest, ref: Any) -> HttpResponse:
        """Give a case to a coach, with its open follow-ups; null takes it from everyone."""
        with transaction.atomic():
            case = self.unchanged(ref=ref)
            require(may_assign(self.user))
            return self.thing(services.assign_case(case=case, by=self.user, **self.body()))


# --- Visits -----------------------------------------------------------------------------------------


class VisitList(ListView):
    """The visits and other contacts with the practitioners that the token's owner sees."""

    shows = shapes.VisitRepresentation
    takes = shapes.VisitInput
    filters = filters.VisitFilters
    orderings = {"created": ("pk",), "updated_at": ("updated_at", "pk")}
    keeps_statements = True

    def exists_for(self, user: Any) -> QuerySet[Visit]:
        """Those of visible practitioners."""
        return visits_visible_to(user)

    @idempotent
    def post(self, request: HttpRequest) -> HttpResponse:
        """Log a contact that took place; the follow-up that it answers is completed by it."""
        values = self.body()
        require(may_log_visit(self.user, values["practitioner"]))
        sightings = [
            (one["barrier"], one["severity"]) if "severity" in one else one["barrier"]
            for one in values.pop("barriers", [])
        ]
        visit = services.log_visit(by=self.user, barriers=sightings, **values)
        return self.thing(visit, 201, {"Location": reverse("api:visit", args=[visit.ref])})


class VisitThing(ThingView):
    """One visit."""

    shows = shapes.VisitRepresentation

    def exists_for(self, user: Any) -> QuerySet[Visit]:
        """As in the list."""
        return visits_visible_to(user)


# --- Follow-ups -------------------------------------------------------------------------------------


class FollowUpList(ListView):
    """The follow-ups of the practitioners that the token's owner sees, and those that the owner has.

    `ordering=target_on` goes with `open=true`.
    """

    shows = shapes.FollowUpRepresentation
    filters = filters.FollowUpFilters
    orderings = {"created": ("pk",), "updated_at": ("updated_at", "pk"), "target_on": ("target_on", "pk")}
    keeps_statements = True
    volatile = frozenset({*ListView.volatile, "overdue", "target_from", "target_to"})

    def exists_for(self, user: Any) -> QuerySet[FollowUp]:
        """Those of visible practitioners, and the user's own."""
        return follow_ups_visible_to(user)

    def narrow(self, queryset: QuerySet[Any], params: Any) -> QuerySet[Any]:
        """As everywhere; only open ones are kept in the order of their days."""
        if params.get("ordering") in {"target_on", "-target_on"} and params.get("open") != "true":
            raise parameter_problem("ordering", "needs_open", _("Order by target_on with open=true."))
        return super().narrow(queryset, params)


class FollowUpThing(ThingView):
    """One follow-up, with its explanation."""

    shows = shapes.ExplainedFollowUpRepresentation

    def exists_for(self, user: Any) -> QuerySet[FollowUp]:
        """As in the list."""
        return follow_ups_visible_to(user)

    def finish(self, text: str) -> str:
        """The follow-up with why me, why today and what next."""
        return explained(text, FollowUp.objects.get(ref=self.kwargs["ref"]))


def explained(text: str, follow_up: FollowUp) -> str:
    """A follow-up's JSON with its explanation as the last member."""
    told = explain_follow_up(follow_up)
    words = {
        "why_me": told.why_me,
        "why_today": told.why_today,
        "what_next": told.what_next,
        "facts": told.facts,
    }
    return f'{text.removesuffix("}")}, "explanation" : {json.dumps(words, ensure_ascii=False, default=str)}}}'


class _FollowUpAct(ActView):
    shows = shapes.ExplainedFollowUpRepresentation

    def exists_for(self, user: Any) -> QuerySet[FollowUp]:
        """As in the list."""
        return follow_ups_visible_to(user)

    def text_of(self, row: Any) -> str:
        """The follow-up with its explanation, so that its ETag is that of the detail."""
        return explained(super().text_of(row), FollowUp.objects.get(pk=row.pk))

    def hold(self, row: FollowUp) -> None:
        """Keep the follow-up as it is until the act is done, locked in the order that everybody uses."""
        lock_enrolments([row.enrolment_id])
        FollowUp.objects.select_for_update(no_key=True).get(pk=row.pk)


class FollowUpAssign(_FollowUpAct):
    """Give a follow-up to a coach."""

    takes = shapes.AssignInput

    @idempotent
    def post(self, request: HttpRequest, ref: Any) -> HttpResponse:
        """Give a follow-up to a coach; null takes it from everyone."""
        with transaction.atomic():
            follow_up = self.unchanged(ref=ref)
            require(may_assign(self.user))
            return self.thing(services.assign_follow_up(follow_up=follow_up, by=self.user, **self.body()))


class FollowUpComplete(_FollowUpAct):
    """Complete a follow-up."""

    takes = shapes.CompleteInput

    @idempotent
    def post(self, request: HttpRequest, ref: Any) -> HttpResponse:
        """Complete a follow-up by what came of it; the next one is planned."""
        with transaction.atomic():
            follow_up = self.unchanged(ref=ref)
            require(may_act_on_follow_up(self.user, follow_up))
            return self.thing(services.complete_follow_up(follow_up=follow_up, by=self.user, **self.body()))


class FollowUpPostpone(_FollowUpAct):
    """Postpone a follow-up."""

    takes = shapes.PostponeInput

    @idempotent
    def post(self, request: HttpRequest, ref: Any) -> HttpResponse:
        """Move a follow-up to another day, with the reason."""
        with transaction.atomic():
            follow_up = self.unchanged(ref=ref)
            require(may_act_on_follow_up(self.user, follow_up))
            return self.thing(services.postpone_follow_up(follow_up=follow_up, by=self.user, **self.body()))


class FollowUpBulkAssign(ApiView):
    """Give many follow-ups to a coach."""

    http_method_names = ["post"]
    shows = BulkAssignmentRepresentation
    takes = shapes.BulkAssignInput
    returns = BulkAssignmentRepresentation

    @idempotent
    def post(self, request: HttpRequest) -> HttpResponse:
        """Give many follow-ups to a coach.

        Those that are no longer open are refused one by one; the others are given, even beyond what fits
        in the coach's weeks: `beyond` names these.
        """
        require(may_assign(self.user))
        done = services.assign_follow_ups(by=self.user, **self.body())
        answer = {
            "assigned": [str(row.ref) for row in done.assigned],
            "refused": [
                {"ref": str(row.ref), "code": error.code, "detail": str(error.message)} for row, error in done.refused
            ],
            "beyond": [
                {"week": load.week.isoformat(), "contacts": load.after, "capacity": load.capacity}
                for load in done.beyond
            ],
        }
        return self.answer(json.dumps(answer, ensure_ascii=False))


# --- Progress ---------------------------------------------------------------------------------------

_PARAMETERS = {
    "by": ({"type": "string", "enum": list(DIMENSIONS), "default": "segment"}, "What the rows are."),
    "indicator": ({"type": "string", "pattern": "^[-a-zA-Z0-9_]{1,64}$"}, "The working scheme's unless given."),
    "month": ({"type": "string", "pattern": "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$"}, "The figures up to this month."),
    "since": ({"type": "string", "format": "date"}, "First day of the period of what was done."),
    "until": ({"type": "string", "format": "date"}, "Last day of the period of what was done."),
}


class Progress(ApiView):
    """How far things are, by segment, commune, coach, software product or month.

    Every count stands beside its base: never add up or divide counts of different bases. Shares are
    the reader's to compute, on the base that is given.
    """

    http_method_names = ["get", "head"]
    shows = shapes.ProgressRepresentation
    parameters = [
        {"name": name, "schema": schema, "description": words} for name, (schema, words) in _PARAMETERS.items()
    ]

    def get(self, request: HttpRequest) -> HttpResponse:
        """Counts with their bases, as of a month of figures and a day of work."""
        return self.answer(progress_json(self.user, **read_parameters(request.GET, filters.ProgressParameters)))
