"""The work as Django knows it; its catalogue is loaded after every migrate."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoachingConfig(AppConfig):
    name = "coaching"

    def ready(self) -> None:
        from adoption.services import register_after_segmentation
        from coaching.selectors.heartbeat import planner_problem
        from coaching.selectors.visibility import practitioners_of_the_field
        from core.health import register_readiness_check
        from practitioners.selectors.visibility import register_field_scope

        register_field_scope(practitioners_of_the_field)
        register_after_segmentation("coaching.tasks.plan_follow_ups")
        register_readiness_check("planner", planner_problem, critical=False)
        post_migrate.connect(_load_catalogue, sender=self, dispatch_uid="coaching.load_catalogue")


def _load_catalogue(using: str, **_: Any) -> None:
    """Fill the catalogue when the tables are there (a migration backwards leaves none)."""
    from django.db import connections

    from coaching.services import load_catalogue

    if "coaching_contactbudget" in connections[using].introspection.table_names():
        load_catalogue()
