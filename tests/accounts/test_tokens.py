"""Tokens: made once, hashed, scoped, expiring, revoked."""

import datetime as dt
import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.errors import OwnerNotActive, TokenNotYours
from accounts.models import ApiToken, User
from accounts.selectors.tokens import token_cache
from accounts.services import create_token, create_user, deactivate_user, revoke_token
from core.errors import InvalidInput, NotAllowed
from tests.factories.accounts import UserFactory, make_token

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Any:
    token_cache.forget()
    yield
    token_cache.forget()


def status(secret: str) -> int:
    """What the interface answers to a token."""
    return Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_token_is_its_owner_and_only_its_hash_is_kept() -> None:
    owner = UserFactory(role=Role.CLIENT)
    token, secret = create_token(owner=owner, name="BI", scope="read")
    told = Client().get("/api/v1/me/", headers={"Authorization": f"bearer {secret}"}).json()
    assert (told["ref"], told["role"], told["scope"]) == (str(owner.ref), "client", "read")
    assert secret not in {str(getattr(token, field.attname)) for field in ApiToken._meta.fields}


def test_an_expired_token_is_refused_to_the_second_even_while_remembered() -> None:
    secret = make_token(UserFactory())
    assert status(secret) == 200
    token_cache.get(secret).expiry = timezone.now() - dt.timedelta(seconds=1)  # type: ignore[union-attr]
    assert status(secret) == 401
    assert status(make_token(UserFactory(), expires_in=dt.timedelta(seconds=-1))) == 401


@pytest.mark.django_db(transaction=True)
def test_a_revoked_token_stops_at_once_here_and_elsewhere_when_it_is_forgotten(settings: Any) -> None:
    owner = UserFactory()
    token, secret = create_token(owner=owner, name="a")
    assert status(secret) == 200
    revoke_token(token=token, by=owner)
    assert status(secret) == 401
    # Another process revoked this one: it is remembered here for TOKEN_CACHE_SECONDS.
    other, secret = create_token(owner=owner, name="b")
    assert status(secret) == 200
    ApiToken.objects.filter(digest=other.digest).delete()
    assert status(secret) == 200
    settings.TOKEN_CACHE_SECONDS = -1
    token_cache.keep(secret, other)
    assert status(secret) == 401


@pytest.mark.django_db(transaction=True)
def test_a_deactivated_owner_is_out() -> None:
    owner = UserFactory()
    secret = make_token(owner)
    assert status(secret) == 200
    deactivate_user(user=owner, by=UserFactory(role=Role.OPERATOR))
    assert status(secret) == 401
    assert not ApiToken.objects.exists()
    with pytest.raises(OwnerNotActive):
        create_token(owner=User.objects.get(pk=owner.pk), name="again")


def test_tokens_are_their_owners_business_and_the_operators() -> None:
    owner, other, operator = UserFactory(), UserFactory(), UserFactory(role=Role.OPERATOR)
    with pytest.raises(TokenNotYours):
        create_token(owner=owner, name="x", by=other)
    token, _secret = create_token(owner=owner, name="x", by=operator)
    with pytest.raises(TokenNotYours):
        revoke_token(token=token, by=other)
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 101),
        ("scope", "admin"),
        ("lives", dt.timedelta(0)),
        ("lives", dt.timedelta(days=5000)),
    ],
)
def test_a_token_that_cannot_be_is_refused_by_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_token(**{"owner": UserFactory(), "name": "x", field: value})
    assert set(refused.value.fields) == {field}


def test_the_command_prints_the_secret_alone() -> None:
    owner = UserFactory(email="Bi@Example.org")
    out, err = io.StringIO(), io.StringIO()
    call_command("create_token", "bi@example.org", name="BI tool", scope="write", days=7, stdout=out, stderr=err)
    assert status(out.getvalue().strip()) == 200
    token = ApiToken.objects.get(user=owner)
    assert token.scope == "write" and token.expiry is not None
    assert dt.timedelta(days=6) < token.expiry - timezone.now() <= dt.timedelta(days=7)
    with pytest.raises(CommandError, match="Nobody has the address"):
        call_command("create_token", "nobody@example.org", name="x")
    with pytest.raises(CommandError):
        call_command("create_token", "bi@example.org", name="x", days=0)


def test_accounts_are_made_by_operators() -> None:
    operator = UserFactory(role=Role.OPERATOR)
    user = create_user(email="new@example.org", role=Role.COACH, password="a long enough passphrase", by=operator)
    assert user.check_password("a long enough passphrase") and not user.is_staff
    client = create_user(email="bi@example.org", role=Role.CLIENT, by=operator)
    assert not client.has_usable_password()
    with pytest.raises(NotAllowed):
        create_user(email="x@example.org", role=Role.COACH, by=user)
    for fields in (
        {"email": "NEW@example.org", "role": Role.COACH},
        {"email": "not an address", "role": Role.COACH},
        {"email": "y@example.org", "role": "king"},
        {"email": "y@example.org", "role": Role.COACH, "password": "short"},
        {"email": "y@example.org", "role": Role.COACH, "language": "de"},
    ):
        with pytest.raises(InvalidInput):
            create_user(**fields, by=operator)


def test_the_admin_pages_show_tokens_and_revoke_them(admin_client: Client) -> None:
    token, secret = create_token(owner=UserFactory(), name="BI")
    assert admin_client.get("/admin/accounts/user/").status_code == 200
    assert admin_client.get("/admin/accounts/user/add/").status_code == 200
    assert "BI" in admin_client.get("/admin/accounts/apitoken/").content.decode()
    assert admin_client.get("/admin/accounts/apitoken/add/").status_code == 403
    admin_client.post(f"/admin/accounts/apitoken/{token.digest}/delete/", {"post": "yes"})
    assert not ApiToken.objects.exists()
    assert secret
