"""How far things are, by segment, commune, coach, software or month: counts, each with its base.

One statement gives one JSON object. For who sees the whole network, practitioners, those reporting
and those publishing come from the roll-up that imports and segmentations keep; for a coach they are
counted among the practitioners that the coach sees.
"""

import datetime as dt
import functools
import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.utils import timezone

from accounts.models import User
from adoption.enums import Segment
from coaching.errors import UnknownDimension
from coaching.selectors import progress_sql as sql_of
from core import clock
from core.prepared import run_prepared
from practitioners.selectors.visibility import practitioners_visible_to

PERIOD = dt.timedelta(days=90)
"""Over how long visits and completed follow-ups are counted, where nobody says."""

DIMENSIONS = ("segment", "commune", "coach", "software", "month")

BASES = {
    "practitioners": "all_practitioners",
    "reporting": "practitioners",
    "publishers": "practitioners",
    "live_cases": None,
    "open": None,
    "due": "open",
    "overdue": "open",
    "done": None,
    "visits": None,
}
"""What each count is a part of: the name of another count of the row, `all_practitioners` for the total of the rows,
nothing for a count that is no part. A share of anything else would mix bases."""


def progress_json(
    user: User,
    *,
    by: str = "segment",
    indicator: str | None = None,
    month: dt.date | None = None,
    since: dt.date | None = None,
    until: dt.date | None = None,
    on: dt.date | None = None,
) -> str:
    """How far things are for what the user sees, as the text of a JSON object.

    Counts are of one day (`on`, today): live cases, follow-ups open, due (their window is open) and
    overdue (their best day is past). Of a period (`since` to `until`, the last 90 days): follow-ups
    done and visits. Of a month of figures (the last one up to `month`): practitioners, those
    reporting, those publishing by `indicator` (the working scheme's). Each is `{"count", "base"}`;
    BASES says what a base is. By month, the rows are the months of the period (two years by
    default) and live cases are those at the month's end. By coach, the practitioners are those with
    a live case of the coach. Raises UnknownDimension.
    """
    if by not in DIMENSIONS:
        raise UnknownDimension(by, DIMENSIONS)
    on = on or clock.today()
    until = until or on
    first_month = (since or _two_years_before(until)).replace(day=1)
    since = since or until - PERIOD
    parameters: dict[str, Any] = {
        "by": by,
        "on": on,
        "since": since,
        "until": until,
        "since_moment": _midnight(since),
        "until_moment": _midnight(until + dt.timedelta(days=1)),
        "month": month or on,
        "first_month": first_month,
        "indicator": indicator,
        "segments": list(Segment.values),
    }
    scope, visible = _scope(user)
    sql = _by_month(scope) if by == "month" else _by_rows(by, scope)
    return str(run_prepared(sql, parameters | visible)[0][0])


def progress(user: User, **options: Any) -> dict[str, Any]:
    """The same as a dictionary; the options are those of `progress_json`."""
    found: dict[str, Any] = json.loads(progress_json(user, **options))
    return found


def _scope(user: User) -> tuple[str, dict[str, Any]]:
    """A condition on practitioners as `p` for what the user sees, with its parameters; empty when that is everything."""
    if user.sees_everything:
        return "", {}
    try:
        sql, values = practitioners_visible_to(user).order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return "false", {}
    names = [f"visible_{place}" for place in range(len(values))]
    for name in names:
        sql = sql.replace("%s", f"%({name})s", 1)
    return f"p.id IN ({sql})", dict(zip(names, values, strict=True))


@functools.lru_cache(maxsize=200)
def _by_rows(by: str, scope: str) -> str:
    work_of_people = "JOIN people ON people.id = {}.practitioner_id"
    if by == "coach":
        people = sql_of.COACHED.format(scope=scope or "true")
        heads = sql_of.HEADS_OF_PEOPLE
        only_visible = f"JOIN practitioners_practitioner p ON p.id = {{}}.practitioner_id AND {scope}" if scope else ""
        work = sql_of.WORK.format(
            case_key="coalesce(c.coach_id, 0)",
            follow_up_key="coalesce(f.assignee_id, 0)",
            visit_key="v.coach_id",
            case_join=only_visible.format("c"),
            follow_up_join=only_visible.format("f"),
            visit_join=only_visible.format("v"),
        )
    else:
        key, rollup_key = sql_of.KEY[by]
        assignment = sql_of.ASSIGNMENT if by == "segment" else ""
        people = sql_of.PEOPLE.format(key=key, assignment=assignment, scope=scope or "true")
        heads = sql_of.HEADS_OF_PEOPLE if scope else sql_of.HEADS_OF_ROLLUP.format(key=rollup_key)
        work = sql_of.WORK.format(
            case_key="people.key",
            follow_up_key="people.key",
            visit_key="people.key",
            case_join=work_of_people.format("c"),
            follow_up_join=work_of_people.format("f"),
            visit_join=work_of_people.format("v"),
        )
    place, name, identity, naming = sql_of.NAMING[by]
    return sql_of.ROWS.format(
        setting=sql_of.SETTING,
        people=people,
        heads=heads,
        work=work,
        place=place,
        name=name,
        identity=identity,
        naming=naming,
    )


@functools.lru_cache(maxsize=50)
def _by_month(scope: str) -> str:
    visible = "JOIN people ON people.id = {}.practitioner_id" if scope else ""
    return sql_of.MONTHS.format(
        setting=sql_of.SETTING,
        people=sql_of.PEOPLE.format(key="0", assignment="", scope=scope or "false"),
        heads=sql_of.MONTH_HEADS_OF_PEOPLE if scope else sql_of.MONTH_HEADS_OF_ROLLUP,
        case_scope=visible.format("c"),
        follow_up_scope=visible.format("f"),
        visit_scope=visible.format("v"),
    )


def _two_years_before(day: dt.date) -> dt.date:
    return day.replace(year=day.year - 2, day=1) + dt.timedelta(days=31)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=timezone.get_default_timezone())
