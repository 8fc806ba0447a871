"""What comes next: told from the playbook's version that the practitioner goes through, and from what was told to whom."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coaching.enums import Channel, CompletionRule, EscalationLevel, FollowUpState
from coaching.models import FollowUp, Pause, PlaybookStep
from coaching.selectors.wording import day_phrase, delay_phrase


def what_next(row: FollowUp, pause: Pause | None) -> str:
    """What lets it go on, completes it and follows it; `pause` is the one that holds it."""
    return " ".join(part for part in [*_until_then(row, pause), *_after_it(row), *_told(row)] if part)


def _until_then(row: FollowUp, pause: Pause | None) -> Iterator[str]:
    if row.reason.get("paused"):
        if pause is not None and pause.ends_on is not None:
            yield _("It goes on after %(day)s, or when the pause is ended sooner.") % {"day": day_phrase(pause.ends_on)}
        elif pause is not None and pause.blocker_id is not None:
            yield _("It goes on when the software blocker is closed.")
        else:
            yield _("It goes on when the pause is over.")
    elif row.state == FollowUpState.DEFERRED and row.reason.get("deferred"):
        yield _("It opens as soon as there is room, the oldest window first; its window is moved along and not lost.")


def _after_it(row: FollowUp) -> Iterator[str]:
    step = row.step
    if step.completion == CompletionRule.USAGE and step.usage_indicator is not None:
        words = {"indicator": step.usage_indicator.name, "minimum": f"{step.usage_minimum:g}"}
        yield (
            _("The figures complete it once they show %(indicator)s of %(minimum)s or more since the enrolment.")
            % words
        )
    if step.repeats_until_goal:
        words = {"delay": delay_phrase(step.delay, step.unit)}
        yield (_("It comes back %(delay)s after it is done, until the goal is held.") % words)
    else:
        yield _following(row, step)
    if step.completion == CompletionRule.PERSON and step.channel != Channel.FIGURES_CHECK:
        yield _without_answer(row, step)


def _following(row: FollowUp, step: PlaybookStep) -> str:
    present = list(row.enrolment.version.steps.all())
    # Who was moved to another version keeps a follow-up that was started; what follows it is that version's.
    place = next((other.position for other in present if other.code == step.code), None)
    if place is None:
        return _("Then comes the next step of the version to which the practitioner was moved.")
    later = [other for other in present if other.position > place]
    if later:
        following = min(later, key=lambda other: other.position)
        words = {"step": following.name, "delay": delay_phrase(following.delay, following.unit)}
        if following.anchor == "previous_done":
            return _("Then comes “%(step)s”, %(delay)s after this one is done.") % words
        return _("Then comes “%(step)s”.") % words
    if row.enrolment.playbook.continues_in is not None:
        return _("It is the last step; then comes the playbook “%(playbook)s”.") % {
            "playbook": row.enrolment.playbook.continues_in.name
        }
    return _("It is the last step.")


def _without_answer(row: FollowUp, step: PlaybookStep) -> str:
    left = step.retries - row.reason.get("attempt", 1) + 1
    if left > 0:
        return ngettext(
            "Without an answer it is tried %(count)s more time.",
            "Without an answer it is tried %(count)s more times.",
            left,
        ) % {"count": left}
    if step.next_channel and step.next_channel != row.channel:
        return _("Without an answer it is tried another way: %(channel)s.") % {
            "channel": str(Channel(step.next_channel).label).lower()
        }
    return _("Without an answer the next step follows.")


def _told(row: FollowUp) -> Iterator[str]:
    """Who heard that the window closed."""
    for one in row.escalations.all():
        words = {"who": str(EscalationLevel(one.level).label).lower(), "day": day_phrase(one.raised_on)}
        if one.settled_on is None:
            yield _("Its window closed: the %(who)s was told on %(day)s.") % words
        else:
            words["settled"] = day_phrase(one.settled_on)
            yield _("Its window closed: the %(who)s was told on %(day)s, and it was settled on %(settled)s.") % words
