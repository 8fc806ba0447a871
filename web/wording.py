"""Sentences that explain, made from the evidence that was kept."""

from __future__ import annotations

import datetime as dt

from adoption.models import SchemeVersion, SegmentAssignment
from coaching.models import FollowUp
from web.looks import segment_label


def why_sentence(row: FollowUp, *, on: dt.date) -> str:
    """Why this practitioner, why today, what next."""
    return f"{row.step.name}. {row.reason}"


def segment_sentence(assignment: SegmentAssignment, version: SchemeVersion) -> str:
    """Why a practitioner is in a segment."""
    return f"{segment_label(assignment.segment)} {assignment.evidence}"
