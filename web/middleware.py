"""Pages speak the language that the signed-in person chose, stay between them and us, and none is blank."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import translation


class UserLanguageMiddleware:
    """A signed-in person's own language comes before the browser's; visitors keep what they chose, else French.

    Only for requests with a session: a REST client is answered in the language that it asks for.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._speak(request, request.user.language)
        elif not request.path.startswith("/api/") and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            self._speak(request, settings.LANGUAGE_CODE)
        return self.get_response(request)

    @staticmethod
    def _speak(request: HttpRequest, language: str) -> None:
        translation.activate(language)
        request.LANGUAGE_CODE = language


class PrivatePagesMiddleware:
    """What a signed-in person saw isn't kept by browser or proxy, so nobody reads it after them on a shared phone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class FormAddressMiddleware:
    """Who opens an address that only takes a form is told so, instead of a blank page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if (
            isinstance(response, HttpResponseNotAllowed)
            and request.method == "GET"
            and not request.path.startswith("/api/")
        ):
            page = render(request, "405.html", status=response.status_code)
            page.headers["Allow"] = response.headers["Allow"]
            return page
        return response
