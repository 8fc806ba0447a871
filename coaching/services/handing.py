"""Write down that somebody takes over, with what the newcomer must know."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import User
from coaching.models import Case, FollowUp, Handover
from coaching.selectors.handovers import facts_of
from coaching.services.notices import put_handovers


@dataclass(frozen=True)
class Move:
    """A case, or follow-ups of one, that went from one coach to another."""

    case: Case
    before: int | None
    to: int
    follow_ups: tuple[FollowUp, ...] = ()  # none: the whole case


def write_handovers(moves: Sequence[Move], *, by: User | None, at: dt.datetime, reason: str = "") -> list[Handover]:
    """A hand-over for each move, with the facts as they are now that the move is written; the newcomers are told."""
    if not moves:
        return []
    facts = facts_of(list({move.case.pk: move.case for move in moves}.values()), on=timezone.localdate(at))
    written = Handover.objects.bulk_create(
        Handover(
            case=move.case,
            from_coach_id=move.before,
            to_coach_id=move.to,
            whole_case=not move.follow_ups,
            reason=reason[:300],
            summary=facts[move.case.pk] | {"follow_ups": [str(row.ref) for row in move.follow_ups]},
            by=by,
            at=at,
        )
        for move in moves
    )
    put_handovers(written, at=at)
    return written


def moves_of(changed: Sequence[tuple[FollowUp, int | None, int]]) -> list[Move]:
    """Follow-ups taken from one coach by another, as one move per case and pair of coaches."""
    together: dict[tuple[int, int, int], list[FollowUp]] = {}
    cases: dict[int, Case] = {}
    for row, before, to in changed:
        if before is not None and before != to:
            case = row.enrolment.case
            cases[case.pk] = case
            together.setdefault((case.pk, before, to), []).append(row)
    return [
        Move(cases[case], before, to, tuple(rows)) for (case, before, to), rows in sorted(together.items(), key=_key)
    ]


def _key(item: tuple[tuple[int, int, int], list[FollowUp]]) -> tuple[int, int, int]:
    return item[0]
