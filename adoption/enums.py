"""The closed lists of adoption."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class IndicatorKind(models.TextChoices):
    """What an indicator's values are."""

    COUNT = "count", _("Count")
    COVERAGE = "coverage", _("Coverage (count of a denominator)")
    SCORE = "score", _("Score")


class SchemeKind(models.TextChoices):
    """The rule by which a scheme sorts practitioners."""

    ROGERS = "rogers", _("Rogers (five classes by time of adoption)")
    VALENTE = "valente", _("Valente (four classes by time of adoption)")
    VOLUME_BANDS = "volume-bands", _("Volume bands (by published volume)")


class Segment(models.TextChoices):
    """Where a practitioner stands in the adoption; mutually exclusive and exhaustive."""

    INNOVATORS = "innovators", _("Innovators")
    EARLY_ADOPTERS = "early_adopters", _("Early adopters")
    EARLY_MAJORITY = "early_majority", _("Early majority")
    LATE_MAJORITY = "late_majority", _("Late majority")
    LAGGARDS = "laggards", _("Laggards")
    NON_ADOPTERS = "non_adopters", _("Non-adopters")
    LEFT_CENSORED = "left_censored", _("Adopted before the data begins")
    NOT_ENOUGH_DATA = "not_enough_data", _("Not enough data")
    UNASSIGNED = "unassigned", _("Unassigned")


class RunState(models.TextChoices):
    """How far a segmentation run has come."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
