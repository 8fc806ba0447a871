"""How lists of figures and segments are narrowed over REST."""

import uuid

from django.db.models import QuerySet

from adoption.enums import IndicatorKind, Segment
from adoption.models import Indicator, Measurement, SchemeVersion, SegmentationRun
from core.api.filters import (
    BooleanFilter,
    ChangedSinceFilter,
    ChoiceFilter,
    CodeFilter,
    LeanFilterSet,
    MonthFilter,
    RefFilter,
    SearchFilter,
)
from practitioners.api.serializers import NIS_CODE
from practitioners.models import Practitioner


class IndicatorFilters(LeanFilterSet):
    """By kind and name."""

    search = SearchFilter("name_en", lookup_expr="icontains", help_text="Part of the English name.")
    kind = ChoiceFilter("kind", choices=IndicatorKind)
    changed_since = ChangedSinceFilter()


class MeasureFilters(LeanFilterSet):
    """By what, whom and when."""

    indicator = CodeFilter(method="of_indicator", help_text="The indicator's code.")
    practitioner = RefFilter(method="of_practitioner")
    commune = CodeFilter("practitioner__commune", pattern=NIS_CODE, help_text="NIS code of the practitioner's commune.")
    month_from = MonthFilter("month", lookup_expr="gte", help_text="First month, YYYY-MM.")
    month_to = MonthFilter("month", lookup_expr="lte", help_text="Last month, YYYY-MM.")
    changed_since = ChangedSinceFilter()

    def of_indicator(self, queryset: QuerySet[Measurement], name: str, value: str) -> QuerySet[Measurement]:
        """Of one indicator, looked up first so that the figures' own index serves."""
        return queryset.filter(indicator_id__in=list(Indicator.objects.filter(code=value).values_list("pk", flat=True)))

    def of_practitioner(self, queryset: QuerySet[Measurement], name: str, value: uuid.UUID) -> QuerySet[Measurement]:
        """Of one practitioner."""
        return queryset.filter(
            practitioner_id__in=list(Practitioner.objects.filter(ref=value).values_list("pk", flat=True))
        )


class SchemeVersionFilters(LeanFilterSet):
    """By scheme."""

    scheme = CodeFilter("scheme__code", help_text="The scheme's code.")
    working = BooleanFilter("is_working", help_text="The version that the playbooks follow.")


class SegmentFilters(LeanFilterSet):
    """By version of a scheme (the working one unless named), segment and whom."""

    version = RefFilter(method="of_version", help_text="A scheme's version; the working one unless named.")
    scheme = CodeFilter(method="of_scheme", help_text="The version of this scheme that ran last.")
    segment = ChoiceFilter("segment", choices=Segment)
    practitioner = RefFilter("practitioner__ref")
    commune = CodeFilter("practitioner__commune", pattern=NIS_CODE, help_text="NIS code of the practitioner's commune.")

    def of_version(self, queryset: QuerySet, name: str, value: uuid.UUID) -> QuerySet:
        """Under this version."""
        return queryset.filter(
            version_id__in=list(SchemeVersion.objects.filter(ref=value).values_list("pk", flat=True))
        )

    def of_scheme(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        """Under the version of this scheme that ran last."""
        last = SegmentationRun.objects.filter(version__scheme__code=value, state="done").order_by("-pk")
        return queryset.filter(version_id__in=list(last.values_list("version", flat=True)[:1]))


class RunFilters(LeanFilterSet):
    """By version and month."""

    version = RefFilter("version__ref")
    scheme = CodeFilter("version__scheme__code")
    as_of = MonthFilter("as_of", help_text="YYYY-MM.")


class MovedFilters(LeanFilterSet):
    """By the segments between which somebody moved."""

    before = ChoiceFilter("previous_segment", choices=Segment)
    after = ChoiceFilter("segment", choices=Segment)
