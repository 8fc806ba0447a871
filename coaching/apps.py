from django.apps import AppConfig


class CoachingConfig(AppConfig):
    name = "coaching"

    def ready(self) -> None:
        from coaching.selectors.heartbeat import planner_lateness
        from coaching.selectors.visibility import practitioners_of_the_field
        from core.health import register_readiness_check
        from practitioners.selectors.visibility import register_field_scope

        register_field_scope(practitioners_of_the_field)
        register_readiness_check("planner", planner_lateness, critical=False)
