"""A simulation as a page tells it: what it found, charts with their tables, what it was compared with."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from coaching.enums import SimulationState, VersionState
from coaching.models import PlaybookVersion, Simulation
from practitioners.models import Practitioner
from practitioners.selectors.visibility import practitioners_visible_to

MOST_COACHES_DRAWN = 7
TONES = ["segment-1", "segment-4", "segment-2", "segment-5", "segment-3", "tone-plum", "tone-info"]


@dataclass(frozen=True)
class Number:
    """One number of a simulation, with the other version's beside it where one was played too."""

    name: str
    value: int
    other: int | None = None


def simulations() -> QuerySet[Simulation]:
    """Every simulation with its version and who asked, newest first."""
    return Simulation.objects.select_related("version__playbook", "by").order_by("-pk")


def last_of(version: PlaybookVersion, most: int = 5) -> list[Simulation]:
    """The last simulations of a version."""
    return list(simulations().filter(version=version).defer("result")[:most])


def sibling_of(simulation: Simulation) -> Simulation | None:
    """The same question put to another version of the playbook: the active one first, then the latest."""
    same = simulations().filter(
        version__playbook=simulation.version.playbook_id, starts_on=simulation.starts_on, weeks=simulation.weeks,
        assumptions=simulation.assumptions, state=SimulationState.DONE,
    )  # fmt: skip
    others = list(same.exclude(version=simulation.version_id)[:20])
    active = [one for one in others if one.version.state == VersionState.ACTIVE]
    return next(iter(active or others), None)


def numbers_of(result: dict[str, Any], other: dict[str, Any] | None = None) -> list[Number]:
    """What it comes to over all weeks."""
    names = {
        "in_version": _("Practitioners who go through it"),
        "contacts": _("Contacts made"),
        "reached": _("… that reach somebody"),
        "checks": _("Checks on the figures"),
        "put_off": _("Contacts put off"),
        "backlog": _("Still put off at the end"),
        "unassigned": _("Contacts that are nobody's"),
        "missed": _("Windows that close without a contact"),
        "goals": _("Goals held"),
        "never_reached": _("Never reached"),
    }
    mine, theirs = _totals(result), _totals(other) if other else {}
    return [Number(str(name), mine[key], theirs.get(key)) for key, name in names.items()]


def _totals(result: dict[str, Any]) -> dict[str, int]:
    summed = {key: sum(result[key]) for key in ("contacts", "reached", "checks", "unassigned", "missed", "goals")}
    return summed | {
        "in_version": result["in_version"],
        "put_off": sum(sum(counts) for counts in result["deferred"].values()),
        "backlog": result["backlog"][-1] if result["backlog"] else 0,
        "never_reached": result["never_reached"],
    }


def weeks_of(result: dict[str, Any]) -> list[str]:
    """The weeks, each named by its Monday."""
    return [date_format(dt.date.fromisoformat(week), "j M") for week in result["weeks"]]


def coaches_figure(result: dict[str, Any]) -> dict[str, Any] | None:
    """Contacts by coach and week; the title says when the work is most, and for whom it fills the week."""
    coaches, weeks = result["coaches"], weeks_of(result)
    if not coaches or not any(result["contacts"]):
        return None
    most = max(result["contacts"])
    busiest = weeks[result["contacts"].index(most)]
    full = sum(any(count >= coach["weekly"] for count in coach["contacts"]) for coach in coaches)
    title = ngettext(
        "At most %(most)s contact a week, in the week of %(week)s",
        "At most %(most)s contacts a week, in the week of %(week)s", most,
    ) % {"most": _number(most), "week": busiest}  # fmt: skip
    if full:
        title += "; " + ngettext("%(count)s coach has a full week", "%(count)s coaches have full weeks", full) % {
            "count": full
        }
    drawn = sorted(coaches, key=lambda coach: -sum(coach["contacts"]))
    shown, rest = drawn[:MOST_COACHES_DRAWN], drawn[MOST_COACHES_DRAWN:]
    series = [
        {"name": coach["name"], "colour": TONES[place], "values": coach["contacts"]}
        for place, coach in enumerate(shown)
    ]
    if rest:
        summed = [sum(counts) for counts in zip(*(coach["contacts"] for coach in rest), strict=True)]
        name = ngettext("%(count)s other", "%(count)s others", len(rest)) % {"count": len(rest)}
        series.append({"name": name, "colour": "segment-none", "values": summed})
    rows = [
        [
            coach["name"],
            *(_number(count) for count in coach["contacts"]),
            _number(sum(coach["contacts"])),
            _number(coach["weekly"]),
        ]
        for coach in coaches
    ]
    rows.append(
        [_("Together"), *(_number(count) for count in result["contacts"]), _number(sum(result["contacts"])), ""]
    )
    base = _(
        "Base: %(people)s practitioners with %(enrolments)s enrolments of all playbooks, %(coaches)s coaches; "
        "contacts made, checks on the figures aside."
    )
    words = {
        "people": _number(result["practitioners"]), "enrolments": _number(result["enrolments"]), "coaches": len(coaches)
    }  # fmt: skip
    return {
        "title": title,
        "base": base % words,
        "heads": [_("Coach"), *weeks, _("Sum"), _("Fits in a week")],
        "rows": rows,
        "open": True,
        "tall": True,
        "data": {"kind": "column", "unit": "", "stacked": True, "labels": weeks, "series": series},
    }


def deferred_figure(result: dict[str, Any]) -> dict[str, Any] | None:
    """What was put off in each week, by which limit."""
    names = {
        "practitioner_budget": _("The practitioner's contact budget"),
        "coach_day": _("The coach's day is full"),
        "coach_week": _("The coach's week is full"),
    }
    total = sum(sum(counts) for counts in result["deferred"].values())
    if not total:
        return None
    weeks = weeks_of(result)
    worst = max(names, key=lambda why: sum(result["deferred"][why]))
    words = {"total": _number(total), "why": str(names[worst]).lower(), "left": _number(result["backlog"][-1])}
    title = _("%(total)s contacts are put off, most often because: %(why)s; %(left)s still are at the end") % words
    rows = [
        [week, *(_number(result["deferred"][why][place]) for why in names), _number(result["backlog"][place])]
        for place, week in enumerate(weeks)
    ]
    colours = {"practitioner_budget": "segment-4", "coach_day": "segment-2", "coach_week": "segment-5"}
    return {
        "title": title,
        "base": _("Base: contacts of all playbooks whose window began; one that is put off several times counts once for each time."),
        "heads": [_("Week of"), *map(str, names.values()), _("Put off at its end")],
        "rows": rows,
        "data": {
            "kind": "column", "unit": "", "stacked": True, "labels": weeks,
            "series": [
                {"name": str(name), "colour": colours[why], "values": result["deferred"][why]}
                for why, name in names.items()
            ],
        },
    }  # fmt: skip


def never_reached(result: dict[str, Any], user: User) -> tuple[list[tuple[str, int]], list[Practitioner]]:
    """Why practitioners were never reached, with how many, and those of them whom the user sees."""
    words = {
        "no_answer": _("tried, without an answer"),
        "paused": _("paused, and not yet reached after it"),
        "paused_without_end": _("paused without an end that is known"),
        "waiting": _("waiting for a day that isn't known: a session, a wave"),
        "no_coach": _("nobody is there to do it"),
        "deferred": _("put off at the end"),
        "not_yet": _("their contact comes later"),
    }
    why = [(words[key], count) for key, count in sorted(result["never_why"].items(), key=lambda one: -one[1])]
    seen = practitioners_visible_to(user).filter(pk__in=result["never"]).select_related("commune")
    return why, list(seen.order_by("family_name", "given_name", "pk"))


def _number(value: float) -> str:
    return number_format(value, decimal_pos=0, force_grouping=True)
