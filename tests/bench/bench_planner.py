"""A night like any other over a large network, beside the bare SQL that finds and writes the same rows.

Two thirds of the practitioners are enrolled; for three of a hundred the next step is to be planned and falls due
tonight, the others wait for a day to come or are due already. For each of the three the night makes a follow-up with
its event and opens it with another one, within the budgets.

The bare SQL does in one transaction what no planner can do without: it asks the same conditions, by the planner's own
statements, each once (who exits, whose window closed, who is paused, whose day moved, who has no next step, what
opens), and writes exactly the rows that the planner wrote, taken from a copy, joined with what it found. It computes no
dates and weighs no budgets. What is beside it is the planner whole: batches, locks, dates, budgets, evidence.
"""

import datetime as dt
import os
import resource

from django.db import transaction

from coaching.models import PlannerRun
from coaching.services import plan_follow_ups
from coaching.services.planner import dating, enrolling, holding, opening, redating, resuming
from coaching.services.planner.run import CANDIDATES, WITHOUT_NEXT, escalating
from coaching.services.planner.tally import Moment
from coaching.services.working_days import planning_calendar
from tests.bench.measure import stopwatch
from tests.bench.planner_network import ON, at_work, sql
from tests.bench.report import Report
from tests.factories.coaching import at

DAY = dt.timedelta(days=1)
PRACTITIONERS = int(os.environ.get("BENCH_PRACTITIONERS", "1000000"))
ROUNDS = 2
"""Both ways take turns, and the better of each counts: other work on the machine only ever makes one slower."""

MADE_COLUMNS = """enrolment_id, step_id, occurrence, practitioner_id, channel, state, opens_on, target_on, closes_on,
    assignee_id, reason, is_frozen, outcome, done_on, resolved_by"""
EVENT_COLUMNS = "kind, from_state, to_state, actor_id, at, reason, data"

KEEP = f"""
CREATE TABLE bench_made AS SELECT id AS old_id, {MADE_COLUMNS} FROM coaching_followup WHERE id > %(follow_up)s;
CREATE TABLE bench_events AS SELECT follow_up_id AS old_id, {EVENT_COLUMNS} FROM coaching_followupevent WHERE id > %(event)s;
CREATE TABLE bench_days AS SELECT coach_id, day, opened, capacity FROM coaching_coachday;
ANALYZE bench_made; ANALYZE bench_events
"""
FORGET = "DROP TABLE IF EXISTS bench_made, bench_events, bench_days, bench_ids, bench_marks"
UNDO = (
    "DELETE FROM coaching_followupevent WHERE id > %(event)s",
    "DELETE FROM coaching_followup WHERE id > %(follow_up)s",
    "DELETE FROM coaching_coachday",
    "DELETE FROM coaching_plannerrun WHERE planned_for = %(on)s",
    "VACUUM ANALYZE coaching_followup",
    "VACUUM ANALYZE coaching_followupevent",
    "CHECKPOINT",
)
BARE_MAKE = f"""
CREATE TEMP TABLE bench_new ON COMMIT DROP AS
WITH new AS (
    INSERT INTO coaching_followup ({MADE_COLUMNS})
    SELECT {MADE_COLUMNS.replace("state", "'planned'", 1)} FROM bench_made
    WHERE enrolment_id IN ({WITHOUT_NEXT}) ORDER BY enrolment_id
    RETURNING id, enrolment_id
)
SELECT new.id, m.old_id FROM new JOIN bench_made m USING (enrolment_id);
INSERT INTO coaching_followupevent (follow_up_id, {EVENT_COLUMNS})
SELECT n.id, {EVENT_COLUMNS} FROM bench_events e JOIN bench_new n USING (old_id) WHERE e.kind = 'planned'
"""
BARE_OPEN = f"""
UPDATE coaching_followup SET state = 'due', updated_at = now() WHERE id IN ({opening.CANDIDATES});
INSERT INTO coaching_followupevent (follow_up_id, {EVENT_COLUMNS})
SELECT n.id, {EVENT_COLUMNS} FROM bench_events e JOIN bench_new n USING (old_id) WHERE e.kind <> 'planned';
INSERT INTO coaching_coachday (coach_id, day, opened, capacity) SELECT * FROM bench_days
"""


def _finding() -> list[tuple[str, dict[str, object]]]:
    """The planner's questions, each with what it is given."""
    moment = Moment(ON, at(ON, 4), None, planning_calendar(on=ON))
    given = moment.parameters | escalating.parameters(moment) | enrolling.parameters(moment)
    held = holding.parameters(moment, ON)
    asked = [(statement, given) for phase, statement in CANDIDATES.items() if phase != "next"]
    asked += [(holding.TO_HOLD, held), (resuming.TO_RELEASE, held), (enrolling.CANDIDATES, given)]
    moved = given | {"since": ON - 2 * DAY, "on_site": dating.on_site()}
    asked += [
        (statement, moved)
        for statement in (redating.ANCHORED_ELSEWHERE, redating.COMPLETED_OTHERWISE, redating.DAY_OFF)
    ]
    return asked


def _bare() -> float:
    questions = _finding()
    with stopwatch() as took, transaction.atomic():
        sql("SET LOCAL jit = off")
        for question, given in questions:
            sql(f"SELECT count(*) FROM ({question}) AS asked", **given)
        sql(*BARE_MAKE.split(";"))
        sql(*BARE_OPEN.split(";"), on=ON)
    return took.seconds


def _ours() -> tuple[float, int]:
    with stopwatch() as took:
        run = plan_follow_ups(on=ON)
    assert isinstance(run, PlannerRun) and run.made == run.opened > 0, vars(run)
    assert not any((run.exited, run.missed, run.deferred, run.moved, run.held, run.enrolled, run.escalated)), vars(run)
    return took.seconds, run.made


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _night(practitioners: int) -> tuple[float, float, int]:
    """Seconds of ours, seconds of the bare SQL, and the follow-ups that fell due."""
    at_work(practitioners)
    marks = dict(zip(("follow_up", "event"), _marks(), strict=True))
    sql(FORGET)
    ours, bare, made = [], [], 0
    for turn in range(ROUNDS):
        seconds, made = _ours()
        ours.append(seconds)
        if turn == 0:
            sql(*KEEP.split(";"), **marks)
        sql(*UNDO, on=ON, **marks)
        bare.append(_bare())
        assert _marks(after=marks) == (made, 2 * made), "the bare SQL wrote as many rows"
        sql(*UNDO, on=ON, **marks)
    sql(FORGET)
    return min(ours), min(bare), made


def _marks(after: dict[str, int] | None = None) -> tuple[int, int]:
    """The last ids of follow-ups and events; with marks, how many came after them."""
    from coaching.models import FollowUp, FollowUpEvent

    tables = ((FollowUp, "follow_up"), (FollowUpEvent, "event"))
    if after is not None:
        return tuple(model.objects.filter(pk__gt=after[name]).count() for model, name in tables)
    return tuple(model.objects.order_by("-pk").values_list("pk", flat=True)[0] for model, _name in tables)


def run(report: Report) -> None:
    """A tenth of the network, then the whole of it."""
    small, _bare_small, made_small = _night(PRACTITIONERS // 10)
    before = _peak()
    large, bare, made = _night(PRACTITIONERS)
    report.compare(f"a night of {PRACTITIONERS:,} practitioners, {made:,} fall due", ours=large, bare=bare, limit=3)
    report.compare(
        f"... as many times a tenth of it ({made_small:,})", ours=large, bare=small * PRACTITIONERS / (PRACTITIONERS // 10),
        limit=1.1,
    )  # fmt: skip
    report.number("... memory on top of the tenth's", _peak() - before, "MB", limit=64)
