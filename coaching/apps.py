from django.apps import AppConfig


class CoachingConfig(AppConfig):
    name = "coaching"

    def ready(self) -> None:
        from coaching.selectors.visibility import practitioners_of_the_field
        from practitioners.selectors.visibility import register_field_scope

        register_field_scope(practitioners_of_the_field)
