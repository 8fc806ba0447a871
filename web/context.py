"""What the base template needs on every page."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from core import clock
from core.models import Installation
from web.navigation import places_of

THEMES = ("auto", "light", "dark")


def chosen_theme(request: HttpRequest) -> str:
    """The theme that this browser was told to keep; `auto` follows the device."""
    theme = request.COOKIES.get("theme", "auto")
    return theme if theme in THEMES else "auto"


def shell(request: HttpRequest) -> dict[str, Any]:
    """The network's name, the demo's day, the places to go, the languages and the theme."""
    theme = chosen_theme(request)
    return {
        "installation": SimpleLazyObject(lambda: Installation.objects.first() or Installation(name="Passerelle")),
        # A callable: templates ask for the day where they show it.
        "today": clock.today,
        "places": SimpleLazyObject(lambda: places_of(request)),
        "languages": [("fr", "Français"), ("nl", "Nederlands"), ("en", "English")],
        "themes": THEMES,
        "theme": theme,
        "painted_theme": "dark" if theme == "dark" else "light",
        "product_name": "Passerelle",
        "language_cookie": settings.LANGUAGE_COOKIE_NAME,
    }
