"""REST: what the planner would do on a day."""

import json

from django.http import HttpRequest, HttpResponse
from rest_framework import serializers

from coaching.enums import FollowUpState
from coaching.policies import may_plan
from coaching.services.dry_run import dry_run
from core.api import fields
from core.api.permissions import require
from core.api.views import ApiView


class DryRunInput(fields.Input):
    """Which day to look at."""

    on = fields.Day(required=False, help_text="Today unless given; within a year from today.")


class PlannedChangeRepresentation(serializers.Serializer):
    """One thing that the run would do to a follow-up, which stands as the run would leave it."""

    practitioner_ref = serializers.UUIDField()
    practitioner = serializers.CharField()
    playbook = serializers.SlugField()
    step = serializers.SlugField()
    kind = serializers.CharField(help_text="planned, state, assigned or moved.")
    from_state = serializers.ChoiceField(FollowUpState.choices, allow_blank=True)
    to_state = serializers.ChoiceField(FollowUpState.choices)
    opens_on = serializers.DateField()
    target_on = serializers.DateField()
    closes_on = serializers.DateField()
    occurrence = serializers.IntegerField(min_value=1)
    reason = serializers.DictField(help_text="The evidence kept with the follow-up.")
    evidence = serializers.DictField(help_text="The evidence of this change.")


class DryRunRepresentation(serializers.Serializer):
    """What a run of the planner would do: counts, and the first 1,000 changes."""

    planned_for = serializers.DateField()
    dry_run = serializers.BooleanField()
    counts = serializers.DictField(child=serializers.IntegerField(min_value=0))
    left_out = serializers.IntegerField(
        min_value=0, help_text="Whom somebody was working on at that moment: not looked at."
    )
    total_lines = serializers.IntegerField(min_value=0)
    is_complete = serializers.BooleanField(help_text="Whether `lines` holds every change.")
    lines = PlannedChangeRepresentation(many=True)


class PlannerDryRun(ApiView):
    """What the planner would do on a day."""

    http_method_names = ["post"]
    shows = DryRunRepresentation
    takes = DryRunInput
    returns = DryRunRepresentation

    def post(self, request: HttpRequest) -> HttpResponse:
        """What the planner would do on a day; nothing is kept.

        The rows are those of now. For coordinators, change managers and operators. One dry run at a
        time; one that would take too long is cut short (409, `dry_run_cut_short`).
        """
        require(may_plan(self.user))
        report = dry_run(**self.body())
        answer = report.as_json() | {"is_complete": report.is_complete}
        return self.answer(json.dumps(answer, ensure_ascii=False, default=str))
