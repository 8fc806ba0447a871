"""Who is told of a window that closed without the contact."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import NoticeKind, Role
from accounts.models import User
from accounts.selectors.notices import takers
from coaching.enums import EscalationLevel
from coaching.models import Escalation, FollowUp
from coaching.selectors.agenda import place_of, with_place
from coaching.services.notices.letters import Letter, Line, Section, plain, window_words
from core import addresses, outbox

MOST_LINES = 25

ROLES = {EscalationLevel.COORDINATOR: Role.COORDINATOR, EscalationLevel.MANAGER: Role.MANAGER}


@transaction.atomic
def put_escalations(ids: Collection[int], *, at: dt.datetime) -> int:
    """Tell of escalations whom they are for, in the caller's transaction; how many mails were written.

    The coach's level goes to who has the follow-up, else to the case's coach, else to the coordinators;
    the others to all active coordinators or managers. Nobody is told of the same one twice; what one
    person is told at once comes in one mail.
    """
    rows = {
        row.pk: row
        for row in Escalation.objects.filter(pk__in=list(ids))
        .select_related("follow_up__assignee__user", "follow_up__enrolment__case__coach__user")
        .order_by("follow_up__closes_on", "pk")
    }
    people = list(takers(NoticeKind.ESCALATION))
    for_whom = [(row, user) for row in rows.values() for user in _told(row, people)]
    keys = {_occasion(row, user): (row.pk, user.pk) for row, user in for_whom}
    new = outbox.claim(keys)
    told: dict[int, list[int]] = defaultdict(list)
    occasions: dict[int, list[str]] = defaultdict(list)
    for key, (row_pk, user_pk) in keys.items():
        if key in new:
            told[user_pk].append(row_pk)
            occasions[user_pk].append(key)
    detailed = _detailed({pk for mine in told.values() for pk in mine[:MOST_LINES]})
    messages = []
    for user in people:
        if user.pk in told:
            mine = told[user.pk]
            with translation.override(user.language):
                letter = _letter([detailed[pk] for pk in mine[:MOST_LINES]], len(mine), user)
                messages.append(letter.to(user, sorted(occasions[user.pk])))
    return len(outbox.write(messages, at=at))


def _told(row: Escalation, people: Iterable[User]) -> list[User]:
    """Those who want to be told, of the people whom an escalation is for."""
    role = ROLES.get(EscalationLevel(row.level))
    if role is None:
        for coach in (row.follow_up.assignee, row.follow_up.enrolment.case.coach):
            if coach is not None and coach.is_active and coach.user.is_active:
                return [user for user in people if user.pk == coach.user_id]
        role = Role.COORDINATOR
    return [user for user in people if user.role == role]


def _occasion(row: Escalation, user: User) -> str:
    return f"escalation:{row.follow_up.ref}:{row.level}:{user.ref}"


def _detailed(ids: set[int]) -> dict[int, Escalation]:
    """The escalations that are written out, with the people and places that they name."""
    rows = {row.pk: row for row in Escalation.objects.filter(pk__in=ids)}
    follow_ups = with_place(FollowUp.objects.filter(pk__in={row.follow_up_id for row in rows.values()}))
    known = {row.pk: row for row in follow_ups.select_related("assignee__user")}
    for row in rows.values():
        row.follow_up = known[row.follow_up_id]
    return rows


def _letter(rows: list[Escalation], total: int, user: User) -> Letter:
    office = not user.works_in_the_field
    subject = ngettext("A contact was not made in time", "%(count)s contacts were not made in time", total) % {
        "count": total
    }
    opening = ngettext(
        "The window of this follow-up closed without the contact.",
        "The windows of these follow-ups closed without the contact.",
        total,
    )
    lines = []
    for row in rows:
        missed = row.follow_up
        what = f"{missed.get_channel_display()}, {window_words(missed.opens_on, missed.closes_on)}"
        who = plain(str(missed.assignee)) if missed.assignee else _("nobody")
        details = [what, place_of(missed.practitioner)]
        if office:
            details.append(_("For: %(coach)s") % {"coach": who})
        lines.append(
            Line(
                plain(missed.practitioner.name),
                [plain(detail) for detail in details if detail],
                addresses.page("coaching:follow_up", missed.ref),
            )
        )
    return Letter(
        subject=subject,
        opening=opening,
        sections=[Section(_("Not made in time"), lines, total - len(lines))],
        action=_("All missed follow-ups"),
        url=addresses.page("coaching:follow_ups" if office else "coaching:my_follow_ups", query="window=missed"),
    )
