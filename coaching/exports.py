"""Lists of the work as files for spreadsheets."""

from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from adoption.enums import Segment
from coaching.models import FollowUp
from core.exports import list_file

_CHUNK = 2000


def file_of_follow_ups(rows: QuerySet[FollowUp], *, kind: str) -> StreamingHttpResponse:
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
            row.opens_on,
            row.target_on,
            row.closes_on,
            str(row.assignee or ""),
        ]

    follow_ups = (cells(row) for row in rows.iterator(chunk_size=_CHUNK))
    return list_file(kind, name="follow-ups", heads=heads, rows=follow_ups)
