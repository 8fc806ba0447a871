"""Addresses of pages as they stand in mails and calendars, which are read outside the product."""

from django.conf import settings
from django.urls import reverse


def page(name: str, *args: object, query: str = "") -> str:
    """The whole address of a page, from SITE_URL on."""
    return f"{settings.SITE_URL}{reverse(name, args=args)}{'?' + query if query else ''}"
