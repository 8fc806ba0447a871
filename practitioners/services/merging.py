"""Merging two records of one person."""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.history import recorded
from practitioners.enums import ContactRestriction, InactiveReason, PractitionerStatus
from practitioners.errors import HasMergedRecords, NotActive, RecordMerged, SameRecord
from practitioners.models import Affiliation, Identifier, Practitioner

_BLANKS = ("given_name", "email", "phone", "commune_id", "connected_since")


@transaction.atomic
def merge_practitioners(
    *, kept: Practitioner, merged: Practitioner, by: User | None, at: dt.datetime | None = None
) -> Practitioner:
    """Say that two records are one person: `kept` goes on, `merged` stays readable and points to it.

    What moves to the kept record is what says who and where the person is: every identifier (so the next
    import by either number finds the kept one), the affiliations that fit beside its own, what its own
    fields leave empty (names, reach, commune, software, connection), and a wish not to be contacted,
    the longer one of two. An affiliation stays behind when the kept record has the same practice, or
    another main practice, in the same days.

    What happened stays with the record under which it happened, so that nothing is lost or counted
    twice: figures (both may have one for the same month; later ones come in on the kept record),
    segments, visits, readiness, barriers, cases and their events. The enrolments of the merged record
    end with the reason "merged" when they are next looked at: by whoever completes one of its
    follow-ups (a contact that took place may still be told), else by the planner's next run. The kept
    record is followed up by its own segment.

    Both rows are locked in the order of their ids before they are judged. Errors: SameRecord,
    RecordMerged when either was merged before, HasMergedRecords when others were merged into `merged`
    (pointers go one step only), NotActive when `merged` practises and `kept` doesn't.
    """
    if kept.pk == merged.pk:
        raise SameRecord(_("These are the same record. Choose another one to merge into it."))
    rows = Practitioner.objects.filter(pk__in=[kept.pk, merged.pk]).order_by("pk").select_for_update()
    locked = {row.pk: row for row in rows}
    stays, goes = locked[kept.pk], locked[merged.pk]
    _judge(stays, goes)
    on = timezone.localdate(at) if at is not None else clock.today()
    with recorded(by, merged=str(goes.ref)):
        Identifier.objects.filter(practitioner=goes).update(practitioner=stays)
        _move_affiliations(stays, goes)
        _complete(stays, goes, on)
        goes.merged_into = stays
        goes.inactive_since = goes.inactive_since or on
        goes.status, goes.inactive_reason = PractitionerStatus.INACTIVE, InactiveReason.MERGED
        goes.save(update_fields=["merged_into", "status", "inactive_reason", "inactive_since", "updated_at"])
    return stays


def _judge(stays: Practitioner, goes: Practitioner) -> None:
    for row in (stays, goes):
        if row.merged_into_id is not None:
            raise RecordMerged(_("This record was merged into another one; change that one."))
    if Practitioner.objects.filter(merged_into=goes).exists():
        raise HasMergedRecords(
            _("Other records were merged into %(name)s. Keep that one, and merge this one into it.")
            % {"name": goes.name}
        )
    if goes.is_active and not stays.is_active:
        raise NotActive(_("%(name)s no longer practises. Keep the record that does.") % {"name": stays.name})


def _move_affiliations(stays: Practitioner, goes: Practitioner) -> None:
    for row in Affiliation.objects.filter(practitioner=goes).order_by("pk"):
        own = _overlapping(Affiliation.objects.filter(practitioner=stays), row)
        if own.filter(organisation=row.organisation_id).exists():
            continue
        if row.is_primary and own.filter(is_primary=True).exists():
            continue
        row.practitioner = stays
        row.save(update_fields=["practitioner"])


def _overlapping(rows: QuerySet[Affiliation], of: Affiliation) -> QuerySet[Affiliation]:
    """Those that share a day with an affiliation; an empty day is an open end."""
    if of.since is not None:
        rows = rows.filter(Q(until=None) | Q(until__gte=of.since))
    if of.until is not None:
        rows = rows.filter(Q(since=None) | Q(since__lte=of.until))
    return rows


def _complete(stays: Practitioner, goes: Practitioner, on: dt.date) -> None:
    """Fill what the kept record leaves empty, and keep to the stricter of both wishes about contact."""
    changed = [name for name in _BLANKS if not getattr(stays, name) and getattr(goes, name)]
    if stays.software_id is None and goes.software_id is not None:
        changed += ["software_id", "software_since"]
    if _restricted_until(goes, on) > _restricted_until(stays, on):
        changed += ["restriction", "restriction_reason", "restriction_until"]
    for name in changed:
        setattr(stays, name, getattr(goes, name))
    known = [name for name in goes.attributes if name not in stays.attributes]
    if known:
        stays.attributes = goes.attributes | stays.attributes
        changed.append("attributes")
    stays.save(update_fields=[*(name.removesuffix("_id") for name in changed), "updated_at"])


def _restricted_until(row: Practitioner, on: dt.date) -> dt.date:
    """The last day of a restriction that holds today: the end of days for an open one, no day for none."""
    if row.restriction != ContactRestriction.DO_NOT_CONTACT:
        return dt.date.min
    until = row.restriction_until or dt.date.max
    return until if until >= on else dt.date.min
