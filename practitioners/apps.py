"""The registry as Django knows it; its catalogue is loaded after every migrate."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PractitionersConfig(AppConfig):
    name = "practitioners"

    def ready(self) -> None:
        post_migrate.connect(_load_catalogue, sender=self, dispatch_uid="practitioners.load_catalogue")


def _load_catalogue(using: str, apps: Any, **_: Any) -> None:
    """Fill the catalogue when the tables are there (a migration backwards leaves none)."""
    from django.db import connections

    from practitioners.services import load_catalogue

    if "practitioners_commune" in connections[using].introspection.table_names():
        load_catalogue()
