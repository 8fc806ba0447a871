"""Requests as the pages see them."""

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request of somebody who is signed in; `login_required` sees to it, this tells the type checker."""

    user: User
