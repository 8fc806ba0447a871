"""REST endpoints of figures and segments."""

import json
from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from adoption.api import filters
from adoption.api import serializers as shapes
from adoption.enums import RunState
from adoption.models import Indicator, Measurement, SchemeVersion, SegmentAssignment, SegmentationRun
from adoption.policies import may_write_measures
from adoption.selectors import moved_in, movements, segment_counts, working_version
from adoption.services.writing import write_measures
from core.api.idempotency import idempotent
from core.api.permissions import require
from core.api.views import ApiView, ListView, ThingView
from practitioners.selectors.visibility import practitioners_visible_to


def _of_visible(queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
    if user.sees_everything:
        return queryset
    return queryset.filter(practitioner__in=practitioners_visible_to(user).values("pk"))


class IndicatorList(ListView):
    """What is measured."""

    shows = shapes.IndicatorRepresentation
    filters = filters.IndicatorFilters
    orderings = {"code": ("code", "pk"), "updated_at": ("updated_at", "pk")}
    default_ordering = "code"

    def exists_for(self, user: Any) -> QuerySet[Indicator]:
        """All of them for everyone."""
        return Indicator.objects.all()


class IndicatorThing(ThingView):
    """One indicator, by its code."""

    shows = shapes.IndicatorRepresentation
    lookup = "code"

    def exists_for(self, user: Any) -> QuerySet[Indicator]:
        """All of them for everyone."""
        return Indicator.objects.all()


class MeasureList(ListView):
    """The figures of the practitioners that the token's owner sees.

    To keep a copy in step, repeat the list with `changed_since`: corrected figures are in it too.
    """

    shows = shapes.MeasureRepresentation
    takes = shapes.MeasuresInput
    returns = shapes.WrittenRepresentation
    creates = False
    filters = filters.MeasureFilters
    orderings = {"key": ("indicator_id", "practitioner_id", "month")}
    default_ordering = "key"

    def exists_for(self, user: Any) -> QuerySet[Measurement]:
        """Those of visible practitioners."""
        return _of_visible(Measurement.objects.all(), user)

    @idempotent
    def post(self, request: HttpRequest) -> HttpResponse:
        """Write figures of one indicator, up to 5,000 in a request.

        New ones are added, different ones corrected, equal ones left. A row that can't be accepted
        is answered with its place, field and remedy; the others are written.
        """
        user: Any = request.user
        require(may_write_measures(user))
        written = write_measures(by=user, among=practitioners_visible_to(user), **self.body())
        return self.answer(json.dumps(asdict(written), ensure_ascii=False, default=str))


class SchemeVersionList(ListView):
    """The ways of sorting practitioners, each with its parameters pinned."""

    shows = shapes.SchemeVersionRepresentation
    filters = filters.SchemeVersionFilters

    def exists_for(self, user: Any) -> QuerySet[SchemeVersion]:
        """All of them for everyone."""
        return SchemeVersion.objects.all()


class SchemeVersionThing(ThingView):
    """One version of a scheme."""

    shows = shapes.SchemeVersionRepresentation

    def exists_for(self, user: Any) -> QuerySet[SchemeVersion]:
        """All of them for everyone."""
        return SchemeVersion.objects.all()


class SegmentList(ListView):
    """Where practitioners stand now, under the working version of a scheme unless another is named.

    The words of segments are for staff: they must never reach a practitioner.
    """

    shows = shapes.SegmentRepresentation
    filters = filters.SegmentFilters
    orderings = {"practitioner": ("practitioner_id", "pk")}
    default_ordering = "practitioner"

    def exists_for(self, user: Any) -> QuerySet[SegmentAssignment]:
        """The current ones of visible practitioners."""
        current = SegmentAssignment.objects.filter(ended_by=None)
        if not {"version", "scheme"}.intersection(self.request.GET):
            current = current.filter(version=working_version())
        return _of_visible(current, user)


class RunList(ListView):
    """The segmentations that were run, the latest last."""

    shows = shapes.SegmentationRunRepresentation
    filters = filters.RunFilters

    def exists_for(self, user: Any) -> QuerySet[SegmentationRun]:
        """The finished ones, for everyone."""
        return SegmentationRun.objects.filter(state=RunState.DONE)


class RunThing(ThingView):
    """One segmentation."""

    shows = shapes.SegmentationRunRepresentation

    def exists_for(self, user: Any) -> QuerySet[SegmentationRun]:
        """The finished ones, for everyone."""
        return SegmentationRun.objects.filter(state=RunState.DONE)


class RunMovements(ApiView):
    """What a run changed, as counts on one base: who went where, and how everyone stood after it."""

    shows = shapes.MovementsRepresentation
    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, ref: Any) -> HttpResponse:
        """Movements between segments, and each segment's share of the base."""
        runs = SegmentationRun.objects.filter(state=RunState.DONE)
        run = self.one(runs.select_related("version__scheme", "version__indicator"), ref=ref)
        counts, version = segment_counts(run), run.version
        answer = {
            "run": str(run.ref),
            "version": {
                "ref": str(version.ref),
                "scheme": version.scheme.code,
                "number": version.number,
                "indicator": version.indicator.code,
            },
            "as_of": f"{counts.as_of:%Y-%m}",
            "base": counts.base,
            "base_name": counts.base_name,
            "segments": [
                {"segment": line.segment.value, "count": line.count, "share": float(line.share)}
                for line in counts.segments
            ],
            "movements": [
                {"before": line.from_segment or None, "after": line.to_segment or None, "count": line.count}
                for line in movements(run)
            ],
        }
        return self.answer(json.dumps(answer))


class RunMoved(ListView):
    """The practitioners whom a run brought from one segment into another."""

    shows = shapes.SegmentRepresentation
    filters = filters.MovedFilters
    orderings = {"practitioner": ("practitioner_id", "pk")}
    default_ordering = "practitioner"

    def exists_for(self, user: Any) -> QuerySet[SegmentAssignment]:
        """Those whom the user sees."""
        run = self.one(SegmentationRun.objects.filter(state=RunState.DONE), ref=self.kwargs["ref"])
        return _of_visible(moved_in(run), user)
