"""How django-allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignUpAdapter(DefaultAccountAdapter):
    """Nobody signs up by themselves: an operator makes the accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Always no."""
        return False
