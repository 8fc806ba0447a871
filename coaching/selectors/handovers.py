"""What somebody who takes over must know: facts gathered when it happens, told in the reader's language later."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from coaching.enums import OPEN_FOLLOW_UPS, Channel, Outcome, PauseScope
from coaching.models import BarrierSighting, Case, Coach, Enrolment, FollowUp, Handover, Pause, Readiness, Visit
from core.models import Catalogue
from core.months import day_in_words


def facts_of(cases: Sequence[Case], *, on: dt.date) -> dict[int, dict[str, Any]]:
    """By case: contacts so far, the last conversation, open barriers, promises, readiness, next steps and pauses.

    Codes, names in three languages, ISO dates and numbers; in a number of queries that doesn't grow.
    """
    people = {case.pk: case.practitioner_id for case in cases}
    told: dict[int, dict[str, Any]] = {person: _blank() for person in people.values()}
    _visits(told)
    _barriers(told)
    _readiness(told)
    steps, pauses = _next_steps(list(people)), _pauses(cases, on)
    return {
        case: told[person] | {"next": steps.get(case, []), "pauses": pauses.get(case, [])}
        for case, person in people.items()
    }


def _blank() -> dict[str, Any]:
    contacts = {"total": 0, "reached": 0, "first_on": None}
    return {"contacts": contacts, "last": None, "promised": None, "barriers": [], "readiness": None}


def _names(row: Catalogue) -> dict[str, str]:
    return {"en": row.name_en, "fr": row.name_fr, "nl": row.name_nl}


def _visits(told: dict[int, dict[str, Any]]) -> None:
    rows = Visit.objects.filter(practitioner__in=told, state="done").select_related("coach__user")
    for visit in rows.order_by("started_at", "pk"):
        facts, day = told[visit.practitioner_id], _iso_day(visit.started_at)
        facts["contacts"]["total"] += 1
        facts["contacts"]["first_on"] = facts["contacts"]["first_on"] or day
        if visit.outcome != Outcome.NO_ANSWER:
            facts["contacts"]["reached"] += 1
            facts["last"] = {"on": day, "kind": visit.kind, "outcome": visit.outcome, "coach": str(visit.coach)}
        if visit.promised:
            facts["promised"] = {"on": day, "text": visit.promised}


def _iso_day(moment: dt.datetime | None) -> str | None:
    return timezone.localdate(moment).isoformat() if moment else None


def _barriers(told: dict[int, dict[str, Any]]) -> None:
    rows = BarrierSighting.objects.filter(practitioner__in=told, resolved_on__isnull=True).select_related("barrier")
    for row in rows.order_by("-severity", "pk"):
        one = {"code": row.barrier.code, "name": _names(row.barrier), "severity": row.severity}
        told[row.practitioner_id]["barriers"].append(one | {"seen_on": row.seen_on.isoformat()})


def _readiness(told: dict[int, dict[str, Any]]) -> None:
    rows = Readiness.objects.filter(practitioner__in=told).order_by("practitioner", "-scored_on", "-pk")
    for row in rows.distinct("practitioner"):
        told[row.practitioner_id]["readiness"] = {"on": row.scored_on.isoformat(), "point": row.barrier_point}


def _next_steps(cases: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    steps: dict[int, list[dict[str, Any]]] = {}
    rows = FollowUp.objects.filter(enrolment__case__in=cases, state__in=OPEN_FOLLOW_UPS)
    for row in rows.select_related("step", "enrolment").order_by("target_on", "pk"):
        steps.setdefault(row.enrolment.case_id, []).append(
            {
                "follow_up": str(row.ref),
                "name": _names(row.step),
                "channel": row.channel,
                "opens_on": row.opens_on.isoformat(),
                "target_on": row.target_on.isoformat(),
                "closes_on": row.closes_on.isoformat(),
            }
        )
    return steps


def _pauses(cases: Sequence[Case], on: dt.date) -> dict[int, list[dict[str, Any]]]:
    """The pauses that hold one of a case's enrolments."""
    held = Enrolment.objects.filter(case__in=cases, holds__released_on__isnull=True, holds__isnull=False)
    found: dict[int, list[dict[str, Any]]] = {}
    pauses = Pause.objects.filter(resumed_on__isnull=True).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on))
    by_number = pauses.in_bulk(list(held.values_list("holds__pause", flat=True)))
    for case, number in held.values_list("case", "holds__pause").order_by("holds__pause").distinct():
        if pause := by_number.get(number):
            ends_on = pause.ends_on.isoformat() if pause.ends_on else None
            found.setdefault(case, []).append({"scope": pause.scope, "reason": pause.reason, "ends_on": ends_on})
    return found


def handovers_of_practitioner(practitioner: int) -> QuerySet[Handover]:
    """Every hand-over of a practitioner's cases, newest first."""
    return Handover.objects.filter(case__practitioner=practitioner).select_related(
        "case", "from_coach__user", "to_coach__user", "by"
    )


def taken_over(follow_up: FollowUp) -> Handover | None:
    """The hand-over by which whoever has this follow-up came to it, for them to read first."""
    if follow_up.assignee_id is None:
        return None
    last = handovers_of_practitioner(follow_up.practitioner_id).filter(case=follow_up.enrolment.case_id)
    found = last.first()
    return found if found is not None and found.to_coach_id == follow_up.assignee_id else None


def events_of(follow_up: FollowUp) -> list[Any]:
    """A follow-up's history, newest first; `passed` says from whom to whom it went."""
    events: list[Any] = list(follow_up.events.select_related("actor").order_by("-id"))
    refs = {event.data.get(end) for event in events if event.kind == "assigned" for end in ("from", "to")} - {None}
    names = {str(coach.ref): str(coach) for coach in Coach.objects.filter(ref__in=refs).select_related("user")}
    for event in events:
        event.passed = _passed(event.data, names) if event.kind == "assigned" else ""
    return events


def _passed(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    words = {"before": names.get(data.get("from") or "", ""), "coach": names.get(data.get("to") or "", "")}
    if words["before"] and words["coach"]:
        return _("From %(before)s to %(coach)s") % words
    if words["coach"]:
        return _("To %(coach)s") % words
    return _("Taken from %(before)s") % words


# --- Telling ----------------------------------------------------------------------------------------


def told(handover: Handover) -> list[tuple[str, str]]:
    """A hand-over's summary as lines of a name and a sentence, in the reader's language."""
    facts = handover.summary
    lines = [
        (_("Contacts so far"), _contacts(facts)),
        (_("Last conversation"), _last(facts)),
        (_("Promised"), _promised(facts)),
        (_("In the way"), ", ".join(_name(one["name"]) for one in facts.get("barriers", []))),
        (_("Readiness"), _point(facts)),
        (_("What is next"), "; ".join(_step(one) for one in facts.get("next", []))),
        (_("Paused"), "; ".join(_pause(one) for one in facts.get("pauses", []))),
    ]
    return [(name, words) for name, words in lines if words]


def _name(names: Mapping[str, str]) -> str:
    return names.get((get_language() or "en")[:2]) or names["en"]


def _day(text: str) -> str:
    return day_in_words(dt.date.fromisoformat(text))


def _contacts(facts: Mapping[str, Any]) -> str:
    contacts = facts.get("contacts") or {}
    if not contacts.get("total"):
        return _("None yet.")
    words = {"count": contacts["total"], "reached": contacts["reached"], "day": _day(contacts["first_on"])}
    return (
        ngettext(
            "%(count)s contact since %(day)s, %(reached)s with a conversation.",
            "%(count)s contacts since %(day)s, %(reached)s with a conversation.",
            contacts["total"],
        )
        % words
    )


def _last(facts: Mapping[str, Any]) -> str:
    last = facts.get("last")
    if not last:
        return ""
    words = {
        "kind": Channel(last["kind"]).label,
        "day": _day(last["on"]),
        "coach": last["coach"],
        "outcome": str(Outcome(last["outcome"]).label).lower(),
    }
    return _("%(kind)s on %(day)s with %(coach)s: %(outcome)s.") % words


def _promised(facts: Mapping[str, Any]) -> str:
    promised = facts.get("promised")
    if not promised:
        return ""
    return _("%(text)s (on %(day)s)") % {"text": promised["text"], "day": _day(promised["on"])}


def _point(facts: Mapping[str, Any]) -> str:
    readiness = facts.get("readiness")
    if not readiness:
        return ""
    if not readiness["point"]:
        return _("No element is low (%(day)s).") % {"day": _day(readiness["on"])}
    names = {
        "awareness": pgettext("element of readiness", "Awareness"),
        "desire": pgettext("element of readiness", "Desire"),
        "knowledge": pgettext("element of readiness", "Knowledge"),
        "ability": pgettext("element of readiness", "Ability"),
        "reinforcement": pgettext("element of readiness", "Reinforcement"),
    }
    words = {"element": names[readiness["point"]], "day": _day(readiness["on"])}
    return _("%(element)s is the first low element (%(day)s).") % words


def _step(step: Mapping[str, Any]) -> str:
    words = {"step": _name(step["name"]), "target": _day(step["target_on"]), "closes": _day(step["closes_on"])}
    return _("%(step)s, best on %(target)s, by %(closes)s") % words


def _pause(pause: Mapping[str, Any]) -> str:
    words = {"scope": str(PauseScope(pause["scope"]).label), "reason": pause["reason"]}
    if not pause["ends_on"]:
        return _("%(scope)s: %(reason)s") % words
    words["day"] = _day(pause["ends_on"])
    return _("%(scope)s: %(reason)s, until %(day)s") % words
