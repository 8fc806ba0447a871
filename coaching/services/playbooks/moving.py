"""Move who is enrolled from one version of a playbook to the active one: an explicit act, shown before it is done.

It goes in batches, each in a transaction of its own under the practitioners' locks: two managers at once, or a worker
that dies in the middle, move nobody twice, and doing it again moves those who are left.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from coaching.enums import LIVE_ENROLMENTS, VersionState
from coaching.errors import MigrationRefused, OutOfScope
from coaching.models import Enrolment, PlaybookStep, PlaybookVersion
from coaching.policies import may_edit_playbooks
from coaching.selectors.playbooks import changes_of
from coaching.services import recording
from coaching.services.planner.advance import advance
from coaching.services.playbooks import placing

MOVE = """
UPDATE coaching_enrolment e
SET version_id = %(to)s,
    evidence = jsonb_set(e.evidence, '{migrated}', coalesce(e.evidence -> 'migrated', '[]'::jsonb)
        || jsonb_build_array(%(migrated)s::jsonb || jsonb_build_object('kind', moved.kind, 'step', moved.code)))
FROM unnest(%(ids)s::bigint[], %(kinds)s::text[], %(codes)s::text[]) AS moved(id, kind, code)
WHERE e.id = moved.id AND e.version_id = %(from)s
"""

REPLACE = """
WITH replaced AS (
    UPDATE coaching_followup f
    SET state = 'cancelled', updated_at = %(at)s,
        reason = f.reason || jsonb_build_object('ended_on', %(on)s::date, 'migrated', %(migrated)s::jsonb)
    FROM coaching_followup before
    WHERE before.id = f.id AND f.enrolment_id = ANY(%(ids)s::bigint[])
      AND before.state IN ('planned', 'due', 'deferred') AND NOT before.is_frozen
    RETURNING f.id, before.state AS from_state
)
INSERT INTO coaching_followupevent (follow_up_id, kind, from_state, to_state, actor_id, at, reason, data)
SELECT id, 'state', from_state, 'cancelled', %(actor)s::bigint, %(at)s, %(why)s,
       jsonb_build_object('migrated', %(migrated)s::jsonb)
FROM replaced
"""

SAME_COACH = """
WITH given AS (
    UPDATE coaching_followup f SET assignee_id = was.assignee_id
    FROM (
        SELECT DISTINCT ON (o.enrolment_id) o.enrolment_id, o.assignee_id FROM coaching_followup o
        JOIN coaching_coach k ON k.id = o.assignee_id AND k.is_active
        WHERE o.enrolment_id = ANY(%(ids)s::bigint[]) AND o.reason -> 'migrated' IS NOT NULL
        ORDER BY o.enrolment_id, o.id DESC
    ) AS was
    WHERE f.enrolment_id = was.enrolment_id AND f.state IN ('planned', 'due', 'deferred') AND f.assignee_id IS NULL
    RETURNING f.id, f.state, f.assignee_id
)
INSERT INTO coaching_followupevent (follow_up_id, kind, from_state, to_state, actor_id, at, reason, data)
SELECT given.id, 'assigned', given.state, given.state, %(actor)s::bigint, %(at)s, '',
       jsonb_build_object('from', NULL, 'to', k.ref, 'migrated', %(migrated)s::jsonb)
FROM given JOIN coaching_coach k ON k.id = given.assignee_id
"""
"""Who was given the follow-up that is replaced keeps what comes instead."""


@dataclass(frozen=True)
class PreviewLine:
    """So many enrolments that stand at a step, what becomes of their follow-up, and the step where they would be."""

    present: PlaybookStep | None
    kind: str
    target: PlaybookStep | None
    count: int

    @property
    def words(self) -> str:
        """What becomes of them, in a sentence."""
        return {
            placing.SAME: _("They keep their follow-up: the step is the same in both versions."),
            placing.REPLACED: _("Their open follow-up, which nobody touched, is replaced by the new version's."),
            placing.PLANNED: _("They have no open follow-up; the next one comes from the new version."),
            placing.STARTED: _("Their follow-up was started or dated by hand and stays; what follows it is new."),
            placing.HELD: _("They are paused; the held follow-up stays, what follows it is new."),
            placing.NOWHERE: _("They can't move: the new version has no step left for them. They end in their own."),
        }[self.kind]


@dataclass(frozen=True)
class MigrationPreview:
    """What moving the enrolments of a version to another would do; nothing was changed."""

    from_version: PlaybookVersion
    to_version: PlaybookVersion
    lines: list[PreviewLine]
    counts: dict[str, int] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """The live enrolments of the version that is left."""
        return sum(self.counts.values())

    @property
    def moving(self) -> int:
        """Those who would move."""
        return self.total - self.counts.get(placing.NOWHERE, 0)

    @property
    def words(self) -> str:
        """The whole in a few sentences."""
        replaced, left = self.counts.get(placing.REPLACED, 0), self.counts.get(placing.NOWHERE, 0)
        kept = sum(self.counts.get(kind, 0) for kind in placing.KEPT)
        said = [
            ngettext(
                "%(moving)s of %(total)s live enrolment moves.",
                "%(moving)s of %(total)s live enrolments move.",
                self.total,
            )
            % {"moving": self.moving, "total": self.total}
        ]
        if replaced:
            text = ngettext("%(n)s follow-up is replaced.", "%(n)s follow-ups are replaced.", replaced)
            said.append(text % {"n": replaced})
        if kept:
            text = ngettext("%(n)s follow-up stays as it is.", "%(n)s follow-ups stay as they are.", kept)
            said.append(text % {"n": kept})
        if left:
            said.append(ngettext("%(n)s enrolment can't move.", "%(n)s enrolments can't move.", left) % {"n": left})
        return " ".join(said)


@dataclass
class Migrated:
    """What a move did: how many moved, by what became of their follow-up, and how many couldn't."""

    moved: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def left(self) -> int:
        """Those who couldn't move."""
        return self.kinds[placing.NOWHERE]


def preview_migration(*, from_version: PlaybookVersion, to_version: PlaybookVersion) -> MigrationPreview:
    """Say what moving the live enrolments would do, step by step; nothing is locked or changed.

    The new version may still be a draft here. Errors: MigrationRefused.
    """
    if from_version.playbook_id != to_version.playbook_id or from_version.pk == to_version.pk:
        raise MigrationRefused
    places = placing.Placing(from_version, to_version)
    found: Counter[placing.Place] = Counter()
    for standing, count in placing.counted(from_version):
        found[places.place(standing)] += count
    lines = [PreviewLine(place.present, place.kind, place.target, count) for place, count in found.items()]
    lines.sort(key=lambda line: (line.present.position if line.present else 0, placing.KINDS.index(line.kind)))
    counts: Counter[str] = Counter()
    for line in lines:
        counts[line.kind] += line.count
    return MigrationPreview(from_version, to_version, lines, dict(counts), list(_changes(places)))


def migrate_enrolments(
    *,
    from_version: PlaybookVersion,
    to_version: PlaybookVersion,
    by: User | None,
    at: dt.datetime | None = None,
    progress: Callable[[int], None] | None = None,
) -> Migrated:
    """Move the live enrolments of a version to the active one, each once; `progress` hears how many were looked at.

    An open follow-up that nobody touched is cancelled, with its event, and the new version's next is planned at once;
    what was started, dated by hand or held by a pause stays. The enrolment's evidence keeps every move. Who can't
    move stays. Errors: MigrationRefused, OutOfScope.
    """
    at, on = recording.moment(at)
    if by is not None and not may_edit_playbooks(by):
        raise OutOfScope
    if from_version.playbook_id != to_version.playbook_id or from_version.pk == to_version.pk:
        raise MigrationRefused
    done, seen = Migrated(), 0
    for batch in _batches(from_version):
        with transaction.atomic():
            _move(batch, from_version, to_version, on=on, at=at, by=by, done=done)
        seen += len(batch)
        if progress is not None:
            progress(seen)
    return done


def _batches(version: PlaybookVersion) -> Iterator[list[int]]:
    last = 0
    while True:
        live = Enrolment.objects.filter(version=version, state__in=LIVE_ENROLMENTS, pk__gt=last).order_by("pk")
        batch = list(live.values_list("pk", flat=True)[: settings.PLANNER_BATCH_SIZE])
        if not batch:
            return
        yield batch
        last = batch[-1]


def _move(
    batch: list[int],
    from_version: PlaybookVersion,
    to_version: PlaybookVersion,
    *,
    on: dt.date,
    at: dt.datetime,
    by: User | None,
    done: Migrated,
) -> None:
    """Move one batch: locked first, then asked again how each of them stands."""
    recording.lock_enrolments(batch)
    active = PlaybookVersion.objects.select_for_update(no_key=True).get(pk=to_version.pk)
    if active.state != VersionState.ACTIVE:
        raise MigrationRefused
    places = placing.Placing(from_version, to_version)
    found = [(pk, places.place(standing)) for pk, standing in placing.each(from_version, batch)]
    moved = [(pk, place) for pk, place in found if place.kind != placing.NOWHERE]
    done.kinds.update(place.kind for _pk, place in found)
    done.moved += len(moved)
    if not moved:
        return
    told = {
        "from": from_version.number,
        "to": to_version.number,
        "on": on.isoformat(),
        "by": str(by.ref) if by else None,
    }
    parameters: dict[str, Any] = {
        "from": from_version.pk,
        "to": to_version.pk,
        "ids": [pk for pk, _place in moved],
        "kinds": [place.kind for _pk, place in moved],
        "codes": [place.target.code if place.target else "" for _pk, place in moved],
        "migrated": json.dumps(told),
        "actor": by.pk if by else None,
        "at": at,
        "on": on,
        "why": to_version.note,
    }
    replaced = [pk for pk, place in moved if place.kind == placing.REPLACED]
    with connection.cursor() as cursor:
        cursor.execute(MOVE, parameters)
        cursor.execute(REPLACE, parameters | {"ids": replaced})
    advance([pk for pk, place in moved if place.kind != placing.HELD], on=on, at=at, by=by)
    with connection.cursor() as cursor:
        cursor.execute(SAME_COACH, parameters | {"ids": replaced})


def _changes(places: placing.Placing) -> Iterator[str]:
    """What the new version changes, step by step, in words."""
    before = {step.code: step for step in places.old}
    after = {step.code: step for step in places.new}
    for step in places.new:
        if step.code not in before:
            yield _("“%(step)s” is new.") % {"step": step.name}
        elif not placing.same(before[step.code], step):
            words = {"step": step.name, "changes": "; ".join(changes_of(before[step.code], step))}
            yield _("“%(step)s” changes: %(changes)s.") % words
    for step in places.old:
        if step.code not in after:
            yield _("“%(step)s” goes.") % {"step": step.name}
