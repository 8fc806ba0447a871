"""Open follow-ups whose window has begun: from planned to due."""

from coaching.services.planner.tally import Moment, Tally, row_of
from coaching.services.planner.windows import CHANGE

OPENING = """
FROM coaching_followup f JOIN coaching_enrolment e ON e.id = f.enrolment_id
WHERE f.state = 'planned' AND f.opens_on <= %(on)s AND e.state = 'live'"""

OPEN = CHANGE.format(candidates=OPENING, evidence="'{}'::jsonb", columns="state = 'due'")

OF_THE_SAME = """
SELECT array_agg(o.id) FROM coaching_enrolment o WHERE o.state = 'live' AND o.practitioner_id IN (
    SELECT practitioner_id FROM coaching_enrolment WHERE id = ANY(%(ids)s::bigint[]))
"""


def open_for(enrolments: list[int], moment: Moment) -> Tally:
    """Open what is to be opened for the practitioners of these enrolments, whom the caller has locked."""
    (ids,) = row_of(OF_THE_SAME, {"ids": enrolments})
    return open_due(ids or [], moment)


def open_due(ids: list[int], moment: Moment) -> Tally:
    """Bring follow-ups of these enrolments whose window is open from planned to due."""
    count, _enrolments = row_of(OPEN, {"ids": ids, **moment.parameters})
    return Tally(opened=count)
