"""Whoever takes over practitioners is told whom, and what is still to be done with them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import NoticeKind
from accounts.selectors.notices import takers
from coaching.enums import OPEN_FOLLOW_UPS
from coaching.models import Coach, FollowUp, Handover
from coaching.selectors.agenda import PRACTICE_OF_CASE, place_of, with_changes, with_place
from coaching.selectors.calendar_file import calendar_file, follow_up_event
from coaching.services.notices.letters import Letter, Line, Section, plain, window_words
from core import addresses, outbox

MOST_LINES = 25


@transaction.atomic
def put_handovers(handovers: Iterable[Handover], *, at: dt.datetime) -> int:
    """Tell coaches what they took over, in the caller's transaction: one mail each, however much it is.

    Who took it over by their own hand knows, and isn't told. Gives how many mails were written.
    """
    rows = list(
        Handover.objects.filter(pk__in=[row.pk for row in handovers])
        .select_related("case__practitioner__commune", "from_coach__user", "to_coach")
        .prefetch_related(PRACTICE_OF_CASE)
        .order_by("case__practitioner__family_name", "case__practitioner__given_name", "pk")
    )
    receivers = {row.to_coach.user_id for row in rows if row.by_id != row.to_coach.user_id}
    people = {user.pk: user for user in takers(NoticeKind.HANDOVER).filter(pk__in=receivers)}
    keys = {
        f"handover:{row.ref}:{people[row.to_coach.user_id].ref}": row
        for row in rows
        if row.by_id != row.to_coach.user_id and row.to_coach.user_id in people
    }
    new = outbox.claim(keys)
    mine: dict[int, list[tuple[str, Handover]]] = defaultdict(list)
    for key, row in keys.items():
        if key in new:
            mine[row.to_coach.user_id].append((key, row))
    to_do = _still_to_do([row for told in mine.values() for _key, row in told])
    messages = []
    for pk, told in mine.items():
        with translation.override(people[pk].language):
            letter = _letter([row for _key, row in told], to_do, at)
            messages.append(letter.to(people[pk], [key for key, _row in told]))
    return len(outbox.write(messages, at=at))


def _still_to_do(rows: list[Handover]) -> dict[tuple[int, int], list[FollowUp]]:
    """The open follow-ups of the cases that went over, by case and coach."""
    found = (
        with_changes(
            with_place(
                FollowUp.objects.filter(enrolment__case__in=[row.case_id for row in rows], state__in=OPEN_FOLLOW_UPS)
            )
        )
        .select_related("enrolment", "practitioner__commune")
        .order_by("target_on", "pk")
    )
    by_case: dict[tuple[int, int], list[FollowUp]] = defaultdict(list)
    for follow_up in found:
        if follow_up.assignee_id is not None:
            by_case[follow_up.enrolment.case_id, follow_up.assignee_id].append(follow_up)
    return by_case


def _letter(rows: list[Handover], to_do: dict[tuple[int, int], list[FollowUp]], at: dt.datetime) -> Letter:
    shown = rows[:MOST_LINES]
    events = []
    lines = []
    for row in shown:
        details = [place_of(row.case.practitioner)]
        if row.from_coach is not None:
            details.append(_("Until now with %(coach)s") % {"coach": _name(row.from_coach)})
        if not row.whole_case:
            details.append(_("Only the follow-ups named here; the case stays where it is."))
        if row.reason:
            details.append(_("Reason: %(reason)s") % {"reason": row.reason})
        for follow_up in to_do.get((row.case_id, row.to_coach_id), []):
            window = window_words(follow_up.opens_on, follow_up.closes_on, follow_up.target_on)
            details.append(f"{follow_up.get_channel_display()}: {window}")
            events.append(follow_up_event(follow_up))
        lines.append(
            Line(
                plain(row.case.practitioner.name),
                [plain(detail) for detail in details if detail],
                addresses.page("practitioner_card", row.case.practitioner.ref),
            )
        )
    total = len(rows)
    return Letter(
        subject=ngettext("A practitioner comes to you", "%(count)s practitioners come to you", total)
        % {"count": total},
        opening=ngettext(
            "You take over from a colleague. The summary of what was done is on the card.",
            "You take over from a colleague. The summaries of what was done are on the cards.",
            total,
        ),
        sections=[Section(_("Taken over"), lines, total - len(lines))],
        action=_("My follow-ups"),
        url=addresses.page("coaching:my_follow_ups"),
        attachments=[calendar_file(events, name="passerelle.ics")] if events else [],
    )


def _name(coach: Coach) -> str:
    return plain(str(coach.user))
