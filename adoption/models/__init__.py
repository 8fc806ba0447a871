"""Tables of figures and segments."""

from .indicator import Indicator
from .measurement import Measurement, MeasurementCorrection
from .network import NetworkMeasurement, PremiumThreshold
from .rollup import AdoptionRollup
from .scheme import SchemeVersion, SegmentationScheme
from .segment import SegmentAssignment, SegmentationRun, SegmentCount

__all__ = [
    "AdoptionRollup",
    "Indicator",
    "Measurement",
    "MeasurementCorrection",
    "NetworkMeasurement",
    "PremiumThreshold",
    "SchemeVersion",
    "SegmentAssignment",
    "SegmentCount",
    "SegmentationRun",
    "SegmentationScheme",
]
