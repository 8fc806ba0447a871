"""The language and the colours of the pages."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.services.preferences import choose_language as keep_language
from core.errors import DomainError
from web.context import THEMES

_YEAR = 365 * 24 * 3600


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page on which the choice was made, never to another site."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    return HttpResponseRedirect(target)


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages, and remember it on the person where one is signed in."""
    language = request.POST.get("language", "")
    response = _back(request)
    if language not in dict(settings.LANGUAGES):
        return response
    if request.user.is_authenticated:
        try:
            keep_language(user=request.user, language=language)
        except DomainError:
            return response
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=_YEAR, samesite="Lax", secure=request.is_secure()
    )
    return response


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Change the colours of the pages in this browser."""
    response = _back(request)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        # Scripts write this cookie too, so it isn't hidden from them.
        response.set_cookie("theme", theme, max_age=_YEAR, samesite="Lax", secure=request.is_secure())
    return response
