"""Read the settings that come from the environment, with errors that name what is missing."""

import os
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


def text(name: str, default: str | None = None) -> str:
    """The value of `name`; ImproperlyConfigured names the variable when it has neither value nor default."""
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}: it is required and has no default.")
    return default


def flag(name: str, default: bool) -> bool:
    """A yes/no value: 1, true, yes, on against 0, false, no, off."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}; use true or false.")


def parsed(name: str, default: T, parse: Callable[[str], T]) -> T:
    """A value read by `parse`, which raises ValueError on what it can't read."""
    value = os.environ.get(name, "")
    if not value:
        return default
    try:
        return parse(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}: {error}.") from error


def number(name: str, default: int) -> int:
    """A whole number."""
    return parsed(name, default, int)


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list, blanks removed."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def database(url: str) -> dict[str, object]:
    """A Django database from a postgresql:// URL; percent-encoded parts are decoded."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must start with postgresql://; PostgreSQL is the only database.")
    return {
        "ENGINE": "core.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "passerelle",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": number("CONN_MAX_AGE", 600),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "passerelle"},
    }
