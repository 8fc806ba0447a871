"""The coaches' mornings and the coordinators' Mondays, by mail."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from django.db import transaction
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.enums import NoticeKind
from accounts.models import User
from accounts.selectors.notices import takers
from coaching.models import FollowUp
from coaching.selectors.agenda import place_of
from coaching.selectors.calendar_file import calendar_file, follow_up_event, visit_event
from coaching.selectors.digests import (
    LATE,
    OPEN,
    TODAY,
    CoachDay,
    Week,
    coaches_at_work,
    days_of,
    opening_of,
    week_of,
    working_day_before,
)
from coaching.services.notices.letters import Letter, Line, Section, day_words, plain, window_words
from core import addresses, outbox

MOST_LINES = 10
AT_ONCE = 200
A_DAY, A_WEEK = dt.timedelta(hours=16), dt.timedelta(days=5)
"""For how long a digest is worth sending."""


def morning_digests(*, on: dt.date, at: dt.datetime | None = None) -> int:
    """Write the morning digest of each coach who wants it and is at work; how many mails.

    Once per coach and day: who had nothing to read in the morning gets no digest later that day.
    """

    def letters(users: Sequence[User]) -> Iterator[tuple[User, Letter]]:
        at_work = coaches_at_work([user.pk for user in users], on=on)
        days = days_of(set(at_work.values()), on=on, most=MOST_LINES)
        for user in users:
            day = days.get(at_work.get(user.pk, 0))
            if day is not None and not day.is_empty:
                with translation.override(user.language):
                    yield user, _morning(day, on)

    return _put("digest", on, takers(NoticeKind.MORNING_DIGEST), letters, at=at, for_=A_DAY)


def opening_reminders(*, on: dt.date, at: dt.datetime | None = None) -> int:
    """Write what opens today for each coach who wants that and doesn't take the morning digest; how many mails.

    What opened on days off since the last working day counts as opening today.
    """
    after = working_day_before(on)

    def letters(users: Sequence[User]) -> Iterator[tuple[User, Letter]]:
        at_work = coaches_at_work([user.pk for user in users], on=on)
        days = opening_of(set(at_work.values()), after=after, on=on, most=MOST_LINES)
        for user in users:
            day = days.get(at_work.get(user.pk, 0))
            if day is not None and not day.is_empty:
                with translation.override(user.language):
                    yield user, _opening(day, on)

    digested = takers(NoticeKind.MORNING_DIGEST).values("pk")
    users = takers(NoticeKind.OPENING_REMINDER).exclude(pk__in=digested)
    return _put("opening", on, users, letters, at=at, for_=A_DAY)


def weekly_digests(*, on: dt.date, at: dt.datetime | None = None) -> int:
    """Write the weekly digest of each coordinator who wants it; how many mails. Once per ISO week."""
    week = week_of(on=on, most=MOST_LINES)

    def letters(users: Sequence[User]) -> Iterator[tuple[User, Letter]]:
        for user in users if not week.is_empty else ():
            with translation.override(user.language):
                yield user, _weekly(week, on)

    monday = on - dt.timedelta(days=on.weekday())
    return _put("week", monday, takers(NoticeKind.WEEKLY_DIGEST), letters, at=at, for_=A_WEEK)


def _put(
    kind: str,
    day: dt.date,
    users: Iterable[User],
    letters: Callable[[Sequence[User]], Iterator[tuple[User, Letter]]],
    *,
    at: dt.datetime | None,
    for_: dt.timedelta,
) -> int:
    """Claim the day's occasion of each user and write the letters of those who have something to read.

    An occasion is claimed and its mail written in one transaction, a few hundred people at a time.
    """
    at = at or timezone.now()
    written = 0
    waiting = iter(users)
    while some := list(islice(waiting, AT_ONCE)):
        keys = {f"{kind}:{day.isoformat()}:{user.ref}": user for user in some}
        with transaction.atomic():
            new = outbox.claim(keys.keys() - outbox.known(keys))
            occasions = {keys[key].pk: key for key in new}
            untold = [user for user in some if user.pk in occasions]
            messages = [
                _addressed(letter, user, occasions[user.pk], timezone.now() + for_)
                for user, letter in (letters(untold) if untold else ())
            ]
            written += len(outbox.write(messages, at=at))
    return written


def _addressed(letter: Letter, user: User, occasion: str, expires_at: dt.datetime) -> outbox.Message:
    with translation.override(user.language):
        return letter.to(user, [occasion], expires_at=expires_at)


# --- What they say -------------------------------------------------------------------------------------


def _morning(day: CoachDay, on: dt.date) -> Letter:
    titles = {
        LATE: _("Late: the best day is past"),
        TODAY: _("Best done today"),
        OPEN: _("May be done today"),
    }
    sections = []
    events = [visit_event(visit) for visit in day.visits]
    if day.visits:
        lines = [
            Line(
                f"{date_format(timezone.localtime(visit.planned_at), 'H:i')} {plain(visit.practitioner.name)}",
                _details(visit.get_kind_display(), plain(place_of(visit.practitioner))),
                addresses.page("practitioner_card", visit.practitioner.ref),
            )
            for visit in day.visits
        ]
        sections.append(Section(_("Planned for today"), lines))
    for group, title in titles.items():
        rows = day.groups.get(group, [])
        if rows:
            sections.append(Section(title, [_line(row) for row in rows], day.totals[group] - len(rows)))
        events += [follow_up_event(row) for row in rows if row.target_on >= on]
    to_do = sum(day.totals.values())
    opening = ngettext("%(count)s follow-up is open.", "%(count)s follow-ups are open.", to_do) % {"count": to_do}
    return Letter(
        subject=_("Your day: %(day)s") % {"day": day_words(on)},
        opening=opening if to_do else _("These visits are planned for today."),
        sections=sections,
        action=_("My day"),
        url=addresses.page("home"),
        attachments=[calendar_file(events, name=f"passerelle-{on.isoformat()}.ics")] if events else [],
    )


def _opening(day: CoachDay, on: dt.date) -> Letter:
    rows, total = day.groups[OPEN], day.totals[OPEN]
    return Letter(
        subject=ngettext("A follow-up opens today", "%(count)s follow-ups open today", total) % {"count": total},
        opening=_("From today, %(day)s, these may be done.") % {"day": day_words(on)},
        sections=[Section(_("Opening today"), [_line(row) for row in rows], total - len(rows))],
        action=_("My day"),
        url=addresses.page("home"),
        attachments=[calendar_file([follow_up_event(row) for row in rows], name=f"passerelle-{on.isoformat()}.ics")],
    )


def _line(row: FollowUp) -> Line:
    return Line(
        plain(row.practitioner.name),
        _details(
            f"{row.get_channel_display()}: {window_words(row.opens_on, row.closes_on, row.target_on)}",
            plain(place_of(row.practitioner)),
        ),
        addresses.page("coaching:follow_up", row.ref),
    )


def _details(*details: str) -> list[str]:
    return [detail for detail in details if detail]


def _weekly(week: Week, on: dt.date) -> Letter:
    since = on - dt.timedelta(days=7)
    before = [
        ngettext("%(count)s follow-up done", "%(count)s follow-ups done", week.done) % {"count": week.done},
        ngettext("%(count)s window missed", "%(count)s windows missed", week.missed) % {"count": week.missed},
        ngettext("%(count)s enrolment", "%(count)s enrolments", week.enrolled) % {"count": week.enrolled},
    ]
    now = [
        ngettext("%(count)s follow-up to be done", "%(count)s follow-ups to be done", week.open) % {"count": week.open},
        ngettext("%(count)s late", "%(count)s late", week.late) % {"count": week.late},
        ngettext("%(count)s without a coach", "%(count)s without a coach", week.unassigned)
        % {"count": week.unassigned},
        ngettext("%(count)s deferred", "%(count)s deferred", week.deferred) % {"count": week.deferred},
        ngettext("%(count)s enrolment waits for a day", "%(count)s enrolments wait for a day", week.waiting)
        % {"count": week.waiting},
        ngettext("%(count)s escalation open", "%(count)s escalations open", week.escalations)
        % {"count": week.escalations},
    ]
    sections = [
        Section(_("The week since %(day)s") % {"day": day_words(since)}, [Line(words) for words in before]),
        Section(_("As it stands"), [Line(words) for words in now]),
    ]
    if week.nobodys:
        lines = [_line(row) for row in week.nobodys]
        sections.append(Section(_("Nobody has these yet"), lines, week.nobodys_total - len(lines)))
    if week.full:
        sections.append(
            Section(
                _("More than fits in the week"),
                [
                    Line(
                        plain(str(coach.user)),
                        [
                            _("%(count)s contacts, %(capacity)s fit")
                            % {"count": getattr(coach, "week", 0), "capacity": coach.weekly_capacity}
                        ],
                    )
                    for coach in week.full
                ],
            )
        )
    if week.away:
        sections.append(
            Section(
                _("Away this week"),
                [
                    Line(plain(str(absence.coach.user)), [_days_away(absence.first_day, absence.last_day)])
                    for absence in week.away
                ],
            )
        )
    return Letter(
        subject=_("The week of %(day)s") % {"day": day_words(on)},
        opening=_("What happened, what waits and who carries it."),
        sections=sections,
        action=_("All follow-ups"),
        url=addresses.page("coaching:follow_ups"),
    )


def _days_away(first: dt.date, last: dt.date) -> str:
    if first == last:
        return day_words(first)
    return _("%(first)s to %(last)s") % {"first": day_words(first), "last": day_words(last)}
