"""REST: who could take the follow-ups that wait for somebody, and confirming it."""

import json
import re
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from coaching import services
from coaching.api.answers import RefusedRepresentation
from coaching.enums import Track
from coaching.models import Coach, FollowUp
from coaching.policies import may_assign
from coaching.selectors.proposal import LeftOver, Line, Proposal, monday_of, propose, reasons_of, why_left
from coaching.selectors.visibility import follow_ups_visible_to
from core import clock
from core.api import fields
from core.api.idempotency import idempotent
from core.api.permissions import require
from core.api.views import ApiView
from practitioners.api.serializers import NIS_CODE
from practitioners.models import Commune

MOST = 1000
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Pairs(serializers.Field):
    """Follow-ups with the coach chosen for each: two statements for all of them."""

    default_error_messages = {
        "not_a_list": _("Give a list of 1 to {most} pairs of follow_up and coach."),
        "invalid": _("This is not a reference."),
        "does_not_exist": _("There is no such thing, or not for you."),
        "repeated": _("This follow-up is listed before; each can go to one coach."),
    }
    schema = {
        "type": "array",
        "minItems": 1,
        "maxItems": MOST,
        "items": {
            "type": "object",
            "properties": {
                "follow_up": {"type": "string", "format": "uuid"},
                "coach": {"type": "string", "format": "uuid"},
            },
            "required": ["follow_up", "coach"],
            "additionalProperties": False,
        },
    }

    def to_internal_value(self, data: Any) -> list[tuple[FollowUp, Coach]]:
        """The pairs; each that can't be found is named by its place."""
        if (
            not isinstance(data, list)
            or not 1 <= len(data) <= MOST
            or not all(isinstance(pair, dict) and pair.keys() == {"follow_up", "coach"} for pair in data)
        ):
            self.fail("not_a_list", most=MOST)
        self._refuse({place: self._unread(pair) for place, pair in enumerate(data)})
        refs = [(uuid.UUID(pair["follow_up"]), uuid.UUID(pair["coach"])) for pair in data]
        visible = follow_ups_visible_to(self.context["request"].user)
        rows = {row.ref: row for row in visible.filter(ref__in=[ref for ref, _coach in refs])}
        coaches = {coach.ref: coach for coach in Coach.objects.filter(ref__in={coach for _ref, coach in refs})}
        seen: set[uuid.UUID] = set()
        wrong: dict[int, dict[str, str]] = {}
        for place, (row, coach) in enumerate(refs):
            wrong[place] = {}
            if row in seen:
                wrong[place]["follow_up"] = "repeated"
            elif row not in rows:
                wrong[place]["follow_up"] = "does_not_exist"
            if coach not in coaches:
                wrong[place]["coach"] = "does_not_exist"
            seen.add(row)
        self._refuse(wrong)
        return [(rows[row], coaches[coach]) for row, coach in refs]

    @staticmethod
    def _unread(pair: dict[str, Any]) -> dict[str, str]:
        return {name: "invalid" for name, ref in pair.items() if not isinstance(ref, str) or not _UUID.fullmatch(ref)}

    def _refuse(self, wrong: dict[int, dict[str, str]]) -> None:
        found = {
            place: {name: [ErrorDetail(str(self.error_messages[code]), code)] for name, code in names.items()}
            for place, names in wrong.items()
            if names
        }
        if found:
            raise serializers.ValidationError(found)  # type: ignore[arg-type]


class ProposalInput(fields.Input):
    """Which follow-ups: all that wait for somebody, or these; and which of the pairs to tell."""

    follow_ups = fields.Refs(
        follow_ups_visible_to,
        largest=MOST,
        required=False,
        help_text="Only these are weighed; they may be somebody's already. All that wait for somebody unless given.",
    )
    without = fields.Refs(
        lambda user: Coach.objects.all(), largest=MOST, required=False, help_text="Coaches who take none."
    )
    commune = fields.Code(
        lambda user: Commune.objects.all(), field="nis_code", pattern=NIS_CODE, required=False,
        help_text="Tell only those of this commune; the whole list is weighed all the same.",
    )  # fmt: skip
    track = fields.Choice(Track.choices, required=False, help_text="Tell only those of this track.")
    week = fields.Day(required=False, help_text="Tell only those of the week in which this day lies.")


class ConfirmInput(fields.Input):
    """Who gets which follow-up: pairs of a proposal, or others where somebody knows better."""

    choices = Pairs()
    beyond_limits = fields.YesNo(
        required=False, help_text="Give also what passes a coach's capacity or falls on days off (false)."
    )
    reason = fields.Text(max_length=300, required=False, allow_blank=True)


class CoachOfPairRepresentation(serializers.Serializer):
    """A coach's ref and name."""

    ref = serializers.UUIDField()
    name = serializers.CharField()


class PointsRepresentation(serializers.Serializer):
    """What a pair costs, in points: ten is one commune's border crossed for a visit."""

    travel = serializers.FloatField(min_value=0)
    load = serializers.FloatField(min_value=0)
    week = serializers.FloatField(min_value=0)
    change = serializers.FloatField(min_value=0)


class PairRepresentation(serializers.Serializer):
    """A follow-up with the coach and the week proposed, and why."""

    follow_up = serializers.UUIDField()
    coach = CoachOfPairRepresentation()
    week = serializers.DateField(help_text="The Monday of the week in which it counts.")
    reasons = serializers.ListField(
        child=serializers.CharField(), help_text="Sentences in the language of Accept-Language."
    )
    points = serializers.FloatField(min_value=0)
    cost = PointsRepresentation()
    facts = serializers.DictField(help_text="What the sentences are made of.")
    could_take_it = serializers.ListField(
        child=serializers.UUIDField(), help_text="Coaches who fit, the nearest first."
    )


class LeftOverRepresentation(serializers.Serializer):
    """A follow-up that nobody can take, and why."""

    follow_up = serializers.UUIDField()
    code = serializers.ChoiceField(
        [
            "no_coach", "nobody_on_track", "nobody_of_role", "nobody_speaks", "all_away", "all_full", "paused",
            "window_closed", "not_open",
        ]
    )  # fmt: skip
    detail = serializers.CharField()
    facts = serializers.DictField()


class WeekLoadRepresentation(serializers.Serializer):
    """A coach's week before and after the whole proposal."""

    coach = serializers.UUIDField()
    week = serializers.DateField()
    before = serializers.IntegerField(min_value=0)
    after = serializers.IntegerField(min_value=0)
    capacity = serializers.IntegerField(min_value=0)


class ProposalRepresentation(serializers.Serializer):
    """Who could take what; nothing was changed."""

    on = serializers.DateField()
    pairs = PairRepresentation(many=True)
    unassignable = LeftOverRepresentation(many=True)
    loads = WeekLoadRepresentation(many=True)
    cost = serializers.FloatField(help_text="Of the whole list, in points, what is left over included.")
    beyond = serializers.IntegerField(min_value=0, help_text="How many more wait that were not weighed.")


class WarningRepresentation(serializers.Serializer):
    """Something that doesn't fit and was done all the same."""

    code = serializers.CharField()
    detail = serializers.CharField()


class GivenRepresentation(serializers.Serializer):
    """A follow-up that a coach has now."""

    follow_up = serializers.UUIDField()
    coach = serializers.UUIDField()
    week = serializers.DateField()
    warnings = WarningRepresentation(many=True)


class ConfirmedRepresentation(serializers.Serializer):
    """What came of a confirmation: those given, and those refused one by one."""

    given = GivenRepresentation(many=True)
    refused = RefusedRepresentation(many=True)


class FollowUpProposal(ApiView):
    """Who could take the follow-ups that wait for somebody."""

    http_method_names = ["post"]
    shows = ProposalRepresentation
    takes = ProposalInput
    returns = ProposalRepresentation

    def post(self, request: HttpRequest) -> HttpResponse:
        """Who could take the follow-ups that wait for somebody; nothing is changed.

        The whole list is weighed at once by language, track, territory, days and load: the answer is the
        cheapest of all the ways to give as many as possible. Confirm it with `confirm/`.
        """
        require(may_assign(self.user))
        asked = self.body()
        week, commune = asked.get("week"), asked.get("commune")
        found = propose(
            on=clock.today(), user=self.user, follow_ups=asked.get("follow_ups"), without=asked.get("without", ())
        ).narrowed(
            commune=commune.pk if commune is not None else "",
            track=asked.get("track", ""),
            week=monday_of(week) if week is not None else None,
        )
        return self.answer(json.dumps(_told(found), ensure_ascii=False, default=str))


def _told(proposal: Proposal) -> dict[str, Any]:
    communes = {commune.pk: commune.name for commune in Commune.objects.all()}
    return {
        "on": proposal.on,
        "pairs": [_pair(line, communes) for line in proposal.lines],
        "unassignable": [_left(left) for left in proposal.left_over],
        "loads": [
            {
                "coach": load.coach.ref,
                "week": week.week,
                "before": week.before,
                "after": week.after,
                "capacity": week.capacity,
            }
            for load in proposal.loads
            for week in load.weeks
        ],
        "cost": proposal.cost,
        "beyond": max(proposal.beyond, 0),
    }


def _pair(line: Line, communes: dict[str, str]) -> dict[str, Any]:
    return {
        "follow_up": line.ref,
        "coach": {"ref": line.coach.ref, "name": str(line.coach)},
        "week": line.week,
        "reasons": reasons_of(line, communes=communes),
        "points": line.points,
        "cost": line.facts["cost"],
        "facts": {name: value for name, value in line.facts.items() if name != "cost"},
        "could_take_it": [coach.ref for coach in line.fits],
    }


def _left(left: LeftOver) -> dict[str, Any]:
    return {"follow_up": left.ref, "code": left.code, "detail": why_left(left), "facts": left.facts}


class FollowUpProposalConfirm(ApiView):
    """Give follow-ups to the coaches chosen for them."""

    http_method_names = ["post"]
    shows = ConfirmedRepresentation
    takes = ConfirmInput
    returns = ConfirmedRepresentation

    @idempotent
    def post(self, request: HttpRequest) -> HttpResponse:
        """Give each follow-up to the coach chosen for it, if it still waits and still fits.

        Those that somebody has by now, that are no longer open or that no longer fit are refused one by one;
        the others are given. A coach whom the proposal would not have chosen is taken, with a warning.
        """
        require(may_assign(self.user))
        done = services.confirm_proposal(by=self.user, **self.body())
        answer = {
            "given": [
                {
                    "follow_up": one.follow_up.ref,
                    "coach": one.coach.ref,
                    "week": one.week,
                    "warnings": [{"code": warned.code, "detail": warned.message} for warned in one.warnings],
                }
                for one in done.given
            ],
            "refused": [
                {"ref": row.ref, "code": error.code, "detail": str(error.message)} for row, error in done.refused
            ],
        }
        return self.answer(json.dumps(answer, ensure_ascii=False, default=str))
