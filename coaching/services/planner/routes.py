"""The route from a follow-up that ended to the next one, for one of them in Python.

The same rules as the statement in `steps`, which asks it for many rows at once; a test holds the two equal.
"""

from dataclasses import dataclass

from coaching.enums import FollowUpState, Outcome

FIRST, NEXT, RETRY, CHANNEL, LATER, MISSED = "first", "next", "retry", "channel", "later", "missed"
AGAIN, REPEAT = "again", "repeat"

SAME_STEP = frozenset({RETRY, CHANNEL, LATER, MISSED, AGAIN, REPEAT})
"""Routes on which the same step comes again."""


@dataclass(frozen=True)
class Ended:
    """How the last follow-up of an enrolment ended: its state, outcome, which attempt it was and by which channel.

    `is_withdrawn`: its anchor was withdrawn before it was done.
    """

    state: str
    outcome: str
    attempt: int
    channel: str
    is_withdrawn: bool = False


def route_of(ended: Ended | None, *, retries: int, next_channel: str, repeats: bool) -> str:
    """Which route follows; the last three say what the step allows (`repeats`: and there is a goal to reach)."""
    if ended is None:
        return FIRST
    if ended.state == FollowUpState.MISSED:
        return MISSED
    if ended.is_withdrawn:
        return AGAIN
    if ended.outcome == Outcome.WANTS_LATER:
        return LATER
    if ended.outcome == Outcome.NO_ANSWER:
        if ended.attempt <= retries:
            return RETRY
        if next_channel and next_channel != ended.channel:
            return CHANNEL
    if ended.state == FollowUpState.DONE and repeats:
        return REPEAT
    return NEXT
