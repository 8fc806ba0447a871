"""What the product says no with: errors that a person and a REST client can both act on."""

from typing import Any


class DomainError(Exception):
    """A rule of the domain stands against what was asked; nothing was changed.

    `code` is stable and machine-readable, `message` says what is wrong and what to do (translated),
    `status` is the HTTP status that the interfaces answer with, `fields` maps a field's name to
    its own message where the error belongs to fields.
    """

    code = "conflict"
    status = 409

    def __init__(self, message: str, *, fields: dict[str, str] | None = None, **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields or {}
        self.context = context

    def __str__(self) -> str:
        return str(self.message)


class InvalidInput(DomainError):
    """What was given can't be read or can't be true; the fields say which and how to mend it."""

    code = "invalid"
    status = 400


class NotAllowed(DomainError):
    """The person may see this but may not do that to it."""

    code = "not_allowed"
    status = 403
