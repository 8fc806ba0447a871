"""Figures and segments as REST clients read them, and what they send."""

from typing import Any

from django.db.models import F, Func, TextField, Value
from rest_framework import serializers

from adoption.enums import IndicatorKind, SchemeKind, Segment
from adoption.models import Indicator, Measurement, SchemeVersion, SegmentAssignment, SegmentationRun, SegmentCount
from core.api import fields
from core.api.filters import MONTH
from core.api.representation import Representation, array_of
from practitioners.api.serializers import PractitionerNameRepresentation

SEGMENT_CHOICES = Segment.choices


class _Month(Func):
    """A month as YYYY-MM."""

    function = "TO_CHAR"
    output_field = TextField()

    def __init__(self, column: str) -> None:
        super().__init__(F(column), Value("YYYY-MM"))


def month_of(column: str) -> Any:
    """The expression of a month's field, wherever the representation is nested."""
    return lambda prefix: _Month(prefix + column)


class IndicatorRepresentation(Representation):
    """Something that is measured per practitioner and month."""

    ref = serializers.UUIDField()
    code = serializers.SlugField()
    name_en = serializers.CharField()
    name_fr = serializers.CharField()
    name_nl = serializers.CharField()
    kind = serializers.ChoiceField(IndicatorKind.choices)
    unit = serializers.CharField()
    publishes = serializers.BooleanField(help_text="A value above zero means that something was published.")
    updated_at = serializers.DateTimeField()

    class Meta:
        model = Indicator


class MeasureRepresentation(Representation):
    """A value of an indicator for a practitioner and a month; a coverage has its denominator."""

    indicator = serializers.SlugField(source="indicator.code")
    practitioner = serializers.UUIDField(source="practitioner.ref")
    month = serializers.RegexField(MONTH)
    value = serializers.FloatField()
    denominator = serializers.FloatField(allow_null=True)
    updated_at = serializers.DateTimeField()

    class Meta:
        model = Measurement
        expressions = {"month": month_of("month")}


class SchemeVersionRepresentation(Representation):
    """A way of sorting practitioners with its parameters pinned; `kind` says by time of adoption or by volume."""

    ref = serializers.UUIDField()
    scheme = serializers.SlugField(source="scheme.code")
    name_en = serializers.CharField(source="scheme.name_en")
    name_fr = serializers.CharField(source="scheme.name_fr")
    name_nl = serializers.CharField(source="scheme.name_nl")
    kind = serializers.ChoiceField(SchemeKind.choices, source="scheme.kind")
    number = serializers.IntegerField()
    indicator = serializers.SlugField(source="indicator.code")
    parameters = serializers.DictField()
    is_working = serializers.BooleanField(help_text="The playbooks follow this version.")
    first_run_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()

    class Meta:
        model = SchemeVersion


class SchemeNameRepresentation(Representation):
    """A scheme's code and the number of its version."""

    ref = serializers.UUIDField()
    scheme = serializers.SlugField(source="scheme.code")
    number = serializers.IntegerField()
    indicator = serializers.SlugField(source="indicator.code")

    class Meta:
        model = SchemeVersion


class SegmentRepresentation(Representation):
    """Where a practitioner stands now under a scheme's version, since when and on which numbers."""

    practitioner = PractitionerNameRepresentation()
    version = SchemeNameRepresentation()
    segment = serializers.ChoiceField(SEGMENT_CHOICES)
    previous_segment = serializers.ChoiceField(SEGMENT_CHOICES, allow_blank=True)
    since = serializers.RegexField(MONTH, help_text="The month of the run that brought them here.")
    evidence = serializers.DictField()

    class Meta:
        model = SegmentAssignment
        expressions = {"since": month_of("entered_by__as_of")}


class SegmentCountRepresentation(Representation):
    """How many practitioners stand in a segment."""

    segment = serializers.ChoiceField(SEGMENT_CHOICES)
    count = serializers.IntegerField(min_value=0)

    class Meta:
        model = SegmentCount


class SegmentationRunRepresentation(Representation):
    """A run of a scheme's version on the figures up to a month; `base` is the number of practitioners sorted."""

    ref = serializers.UUIDField()
    version = SchemeNameRepresentation()
    as_of = serializers.RegexField(MONTH)
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    base = serializers.IntegerField(source="practitioners", min_value=0)
    changed = serializers.IntegerField(min_value=0, help_text="Assignments written.")
    moved = serializers.IntegerField(min_value=0, help_text="Practitioners whose segment changed.")
    counts = SegmentCountRepresentation(many=True)
    statistics = serializers.DictField()

    class Meta:
        model = SegmentationRun
        expressions = {
            "as_of": month_of("as_of"),
            "counts": lambda prefix: array_of(
                SegmentCountRepresentation, SegmentCount.objects.order_by("segment"), run=f"{prefix}pk"
            ),
        }


class MovementRepresentation(serializers.Serializer):
    """How many practitioners went from a segment to another; null is newly sorted, or no longer sorted."""

    before = serializers.ChoiceField(SEGMENT_CHOICES, allow_null=True)
    after = serializers.ChoiceField(SEGMENT_CHOICES, allow_null=True)
    count = serializers.IntegerField(min_value=0)


class SegmentShareRepresentation(serializers.Serializer):
    """A segment's count and its share of the base in per cent; the shares add up to 100."""

    segment = serializers.ChoiceField(SEGMENT_CHOICES)
    count = serializers.IntegerField(min_value=0)
    share = serializers.FloatField(min_value=0, max_value=100)


class MovementsRepresentation(serializers.Serializer):
    """What a run changed: who went where, and how everyone stood after it."""

    run = serializers.UUIDField()
    version = SchemeNameRepresentation()
    as_of = serializers.RegexField(MONTH)
    base = serializers.IntegerField(min_value=0)
    base_name = serializers.CharField()
    segments = SegmentShareRepresentation(many=True)
    movements = MovementRepresentation(many=True)


# --- What clients send ------------------------------------------------------------------------------


class MeasuresInput(fields.Input):
    """Figures of one indicator, for practitioners named by ref or by an identifier of one system.

    The rows are read one by one: those that can't be accepted are answered with row, field and
    remedy, and the others are written.
    """

    MOST_ROWS = 5000

    indicator = fields.Code(lambda user: Indicator.objects.all())
    system = serializers.RegexField(
        r"^[-a-zA-Z0-9_]{1,64}$", required=False, help_text="The identifiers' system; NIHDI unless given."
    )
    rows = fields.Rows(
        most=MOST_ROWS,
        schema={
            "type": "object",
            "properties": {
                "practitioner": {"type": "string", "format": "uuid", "description": "The practitioner's ref."},
                "identifier": {"type": "string", "description": "Or their identifier in `system`."},
                "month": {"type": "string", "pattern": MONTH.pattern},
                "value": {"type": "number"},
                "denominator": {"type": ["number", "null"], "minimum": 0},
            },
            "required": ["month", "value"],
        },
    )


class RowErrorRepresentation(serializers.Serializer):
    """A row that wasn't written: its place (from 0), the field, what is wrong and how to mend it."""

    row = serializers.IntegerField(min_value=0)
    field = serializers.CharField()
    value = serializers.CharField()
    code = serializers.CharField()
    remedy = serializers.CharField()


class WrittenRepresentation(serializers.Serializer):
    """What came of a bulk write: how many rows were new, changed, or equal already, and those refused."""

    created = serializers.IntegerField(min_value=0)
    updated = serializers.IntegerField(min_value=0)
    unchanged = serializers.IntegerField(min_value=0)
    errors = RowErrorRepresentation(many=True)  # type: ignore[assignment]
