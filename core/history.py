"""Who changed something and why, for the history that the database's triggers keep."""

from typing import TYPE_CHECKING, Any

import pghistory

if TYPE_CHECKING:
    from accounts.models import User


def recorded(by: "User | None", **why: Any) -> pghistory.context:
    """A context in which every change is recorded as this person's; `why` adds what led to it.

    Inside of a web request the request's own context is completed, so its address is kept as well.
    Without a person (a command, a nightly task) `why` says what did it.
    """
    who = {"user": by.pk} if by is not None else {}
    return pghistory.context(**who, **why)
