"""The composition of the product: settings, URLs, the API's routes, Celery, and the embedded servers."""

from .celery import app as celery_app

__all__ = ["celery_app"]
