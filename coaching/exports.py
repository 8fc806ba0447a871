"""Lists of the work as CSV files."""

from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from adoption.enums import Segment
from coaching.models import FollowUp
from core.csv_files import csv_file

_CHUNK = 2000


def csv_of_follow_ups(rows: QuerySet[FollowUp]) -> StreamingHttpResponse:
    """Follow-ups with what their list shows."""
    heads = [
        _("Family name"),
        _("Given name"),
        _("Commune"),
        _("Segment"),
        _("Step"),
        _("Contact"),
        _("State"),
        _("Opens"),
        _("Best day"),
        _("Closes"),
        _("Coach"),
    ]

    def cells(row: Any) -> list[Any]:
        return [
            row.practitioner.family_name,
            row.practitioner.given_name,
            row.practitioner.commune.name if row.practitioner.commune else "",
            str(Segment(row.segment or Segment.UNASSIGNED).label),
            row.step.name,
            row.get_channel_display(),
            row.get_state_display(),
            row.opens_on.isoformat(),
            row.target_on.isoformat(),
            row.closes_on.isoformat(),
            str(row.assignee or ""),
        ]

    return csv_file("follow-ups", heads, (cells(row) for row in rows.iterator(chunk_size=_CHUNK)))
