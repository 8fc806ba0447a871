"""What changed about a practitioner, when and by whom."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from practitioners.models import (
    Affiliation,
    Commune,
    Identifier,
    IdentifierSystem,
    Organisation,
    Practitioner,
    SoftwareProduct,
)

_LABELS = {
    "given_name": gettext_lazy("Given name"),
    "family_name": gettext_lazy("Family name"),
    "profession": gettext_lazy("Profession"),
    "language": gettext_lazy("Contact language"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Telephone"),
    "status": gettext_lazy("Status"),
    "inactive_reason": gettext_lazy("Reason"),
    "inactive_since": gettext_lazy("Inactive since"),
    "merged_into": gettext_lazy("Merged into"),
    "restriction": gettext_lazy("Contact restriction"),
    "restriction_reason": gettext_lazy("Reason of the restriction"),
    "restriction_until": gettext_lazy("Restricted until"),
    "commune": gettext_lazy("Commune"),
    "software": gettext_lazy("Software"),
    "software_since": gettext_lazy("Software since"),
    "connected_since": gettext_lazy("Connected since"),
    "system": gettext_lazy("Identifier system"),
    "value": gettext_lazy("Identifier"),
    "written": gettext_lazy("As written"),
    "organisation": gettext_lazy("Practice"),
    "role": gettext_lazy("Role"),
    "is_primary": gettext_lazy("Main practice"),
    "since": gettext_lazy("Since"),
    "until": gettext_lazy("Until"),
}

_TECHNICAL = frozenset(
    {"id", "ref", "created_at", "practitioner", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj", "pgh_context"}
)


@dataclass(frozen=True, slots=True)
class Change:
    """One field, from one value to another, as people read them; `field` is the stable name."""

    field: str
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """What one person or import changed at one moment. `subject` is practitioner, identifier or affiliation.

    `source` names what did it where it wasn't a person at a page (a command, an import); `import_run` is
    the ref of that import.
    """

    at: dt.datetime
    subject: str
    is_new: bool
    by: User | None
    source: str
    import_run: str
    changes: list[Change] = field(default_factory=list)


def history_of(practitioner: Practitioner) -> list[HistoryEntry]:
    """Every recorded change of a practitioner, their identifiers and affiliations, the latest first."""
    events: list[tuple[str, Any, Any]] = []
    tracked: tuple[tuple[str, Any], ...] = (
        ("practitioner", Practitioner),
        ("identifier", Identifier),
        ("affiliation", Affiliation),
    )
    for subject, model in tracked:
        key = "id" if model is Practitioner else "practitioner_id"
        rows = model.events.rel.related_model.objects.filter(**{key: practitioner.pk})
        before: dict[int, Any] = {}
        for event in rows.select_related("pgh_context").order_by("pgh_id"):
            events.append((subject, before.get(event.id), event))
            before[event.id] = event
    names = _Names(event for _subject, _old, event in events)
    entries = [_entry(subject, old, event, names) for subject, old, event in events]
    # The sort is stable: of the same moment, what was recorded later comes first.
    return sorted(
        (entry for entry in reversed(entries) if entry.is_new or entry.changes),
        key=lambda entry: entry.at,
        reverse=True,
    )


def _entry(subject: str, old: Any, event: Any, names: "_Names") -> HistoryEntry:
    context = event.pgh_context.metadata if event.pgh_context else {}
    return HistoryEntry(
        at=event.pgh_created_at,
        subject=subject,
        is_new=event.pgh_label == "insert",
        by=names.users.get(context.get("user")),
        source=context.get("source") or context.get("command") or "",
        import_run=context.get("import_run") or "",
        changes=list(_changes(old, event, names)),
    )


def _changes(old: Any, event: Any, names: "_Names") -> Iterable[Change]:
    for column in event._meta.concrete_fields:
        if column.name in _TECHNICAL:
            continue
        was, now = (getattr(old, column.attname) if old else None), getattr(event, column.attname)
        empty = column.get_default() if old is None else None
        if was == now or (old is None and now in (None, "", {}, empty)):
            continue
        if column.name == "attributes":
            yield from _attribute_changes(was or {}, now or {})
        else:
            label = str(_LABELS.get(column.name, column.name))
            yield Change(column.name, label, names.shown(column, was), names.shown(column, now))


def _attribute_changes(was: dict[str, Any], now: dict[str, Any]) -> Iterable[Change]:
    for name in [*was, *(name for name in now if name not in was)]:
        if was.get(name) != now.get(name):
            yield Change(f"attributes.{name}", name, str(was.get(name, "")), str(now.get(name, "")))


class _Names:
    """The names behind the numbers in events, read once for all of them."""

    def __init__(self, events: Iterable[Any]) -> None:
        numbers: dict[type[models.Model], set[Any]] = {}
        people: set[int] = set()
        for event in events:
            if event.pgh_context and event.pgh_context.metadata.get("user"):
                people.add(event.pgh_context.metadata["user"])
            for column in event._meta.concrete_fields:
                value = getattr(event, column.attname)
                if column.related_model in _NAMED and value is not None:
                    numbers.setdefault(column.related_model, set()).add(value)
        self.users = User.objects.in_bulk(people)
        self._rows = {model: model._default_manager.in_bulk(keys) for model, keys in numbers.items()}

    def shown(self, column: Any, value: Any) -> str:
        """A value as people read it."""
        if value in (None, ""):
            return ""
        if column.related_model is not None:
            return str(self._rows.get(column.related_model, {}).get(value, value))
        if column.choices:
            return str(dict(column.flatchoices).get(value, value))
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, dt.date):
            return value.isoformat()
        return str(value)


_NAMED = (Commune, IdentifierSystem, Organisation, SoftwareProduct)
