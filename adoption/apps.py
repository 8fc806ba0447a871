"""Figures and segments as Django knows them; the catalogue is loaded after every migrate."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AdoptionConfig(AppConfig):
    name = "adoption"

    def ready(self) -> None:
        post_migrate.connect(_load_catalogue, sender=self, dispatch_uid="adoption.load_catalogue")


def _load_catalogue(using: str, **_: Any) -> None:
    """Fill the catalogue when the tables are there (a migration backwards leaves none)."""
    from django.db import connections

    from adoption.services import load_catalogue

    if "adoption_premiumthreshold" in connections[using].introspection.table_names():
        load_catalogue()
