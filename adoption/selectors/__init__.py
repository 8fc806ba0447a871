"""Reads of figures and segments."""

from .explain import explain_assignment
from .figures import Figure, Series, figures_of, premium_minimum
from .network import NetworkPicture, Panel, Part, PublishedFigure, network_picture
from .segments import (
    Movement,
    SegmentCounts,
    SegmentShare,
    Stay,
    assignments_at,
    base_name,
    current_assignments,
    latest_run,
    moved_in,
    movements,
    runs_of,
    segment_counts,
    stays_of,
    working_version,
)

__all__ = [
    "Figure",
    "Movement",
    "NetworkPicture",
    "Panel",
    "Part",
    "PublishedFigure",
    "SegmentCounts",
    "SegmentShare",
    "Series",
    "Stay",
    "assignments_at",
    "base_name",
    "current_assignments",
    "explain_assignment",
    "figures_of",
    "latest_run",
    "moved_in",
    "movements",
    "network_picture",
    "premium_minimum",
    "runs_of",
    "segment_counts",
    "stays_of",
    "working_version",
]
