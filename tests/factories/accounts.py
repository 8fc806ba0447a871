"""People and tokens for tests."""

import datetime as dt
from typing import Any

import factory

from accounts.enums import Role, TokenScope
from accounts.models import ApiToken, User

PASSWORD = "a long enough passphrase"


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A coordinator by default; say `role=` for another. The password is PASSWORD."""

    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    first_name = factory.Sequence(lambda n: f"Person {n}")
    last_name = "Janssens"
    role = Role.COORDINATOR

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        kwargs.setdefault("password", PASSWORD)
        return model_class.objects.create_user(*args, **kwargs)


def make_token(
    user: User, scope: str = TokenScope.WRITE, *, name: str = "test", expires_in: dt.timedelta | None = None
) -> str:
    """A token of this user as a client sends it, after `Bearer`; a year long unless `expires_in` is given."""
    _, secret = ApiToken.objects.create(user=user, scope=scope, name=name, expiry=expires_in or dt.timedelta(days=365))
    return str(secret)
