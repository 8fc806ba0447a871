"""Who can sign in to a demonstration network."""

from django.utils import translation

from accounts.enums import Role
from accounts.models import User

from .staff import PASSWORD


def logins(token: str | None = None) -> str:
    """The demonstration's logins, one line per role, and the client's token when it was just made."""
    lines = [f"Demonstration logins, all with the password {PASSWORD}"]
    for role in Role:
        people = User.objects.filter(role=role, is_active=True, email__endswith="@example.org").order_by("pk")
        count, first = people.count(), people.first()
        if first is not None:
            last = people.last()
            others = f" … {last.email}" if last is not None and count > 1 else ""
            with translation.override("en"):
                lines.append(f"  {role.label!s:<16}{first.email}{others}")
    if token:
        lines += ["API token of the REST client (shown this once):", f"  {token}"]
    return "\n".join(lines)
