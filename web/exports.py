"""Lists that mix domains as files for spreadsheets."""

from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from adoption.enums import Segment
from core.exports import list_file
from practitioners.models import Practitioner

_CHUNK = 2000


def file_of_people(rows: QuerySet[Practitioner], *, kind: str) -> StreamingHttpResponse:
    """Practitioners with what their list shows."""
    heads = [
        _("Family name"),
        _("Given name"),
        _("Profession"),
        _("Language"),
        _("E-mail address"),
        _("Phone"),
        _("Status"),
        _("Commune"),
        _("Practice"),
        _("Software"),
        _("Segment"),
        _("Coach"),
        _("Next contact"),
    ]

    def cells(person: Any) -> list[Any]:
        return [
            person.family_name,
            person.given_name,
            person.get_profession_display(),
            person.language,
            person.email,
            person.phone,
            person.get_status_display(),
            person.commune.name if person.commune else "",
            person.present_affiliations[0].organisation.name if person.present_affiliations else "",
            person.software.name if person.software else "",
            str(Segment(person.segment or Segment.UNASSIGNED).label),
            ", ".join(str(case.coach) for case in person.live_cases if case.coach),
            person.next_contact,
        ]

    people = (cells(person) for person in rows.iterator(chunk_size=_CHUNK))
    return list_file(kind, name="practitioners", heads=heads, rows=people)
