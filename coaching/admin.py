"""The operator's pages on the work: catalogues can be edited, the work itself only looked at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from coaching import models


class LookOnly(admin.ModelAdmin):
    """Rows that only services write."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(models.BarrierTheme, models.Topic)
class CatalogueAdmin(admin.ModelAdmin):
    list_display = ("code", "name_fr", "name_nl", "name_en", "position")
    search_fields = ("code", "name_fr", "name_nl", "name_en")


@admin.register(models.Barrier)
class BarrierAdmin(admin.ModelAdmin):
    search_fields = ("code", "name_fr", "name_nl", "name_en")
    list_display = ("code", "theme", "cfir_domain", "name_fr", "name_nl", "is_active")
    list_filter = ("theme", "cfir_domain", "is_active")


@admin.register(models.Coach)
class CoachAdmin(admin.ModelAdmin):
    list_display = ("user", "tracks", "languages", "weekly_capacity", "daily_capacity", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("user",)
    filter_horizontal = ("communes",)


@admin.register(models.TeamDay)
class TeamDayAdmin(admin.ModelAdmin):
    list_display = ("day", "reason")


@admin.register(models.ContactBudget)
class ContactBudgetAdmin(admin.ModelAdmin):
    list_display = ("valid_from", "contacts", "days")


@admin.register(models.SoftwareBlocker)
class SoftwareBlockerAdmin(admin.ModelAdmin):
    list_display = ("software", "version", "defect", "since", "until")
    list_select_related = ("software",)


@admin.register(models.Playbook)
class PlaybookAdmin(LookOnly):
    list_display = ("code", "name_fr", "track", "segments", "time_based_segments", "cooldown_days")


class StepInline(admin.TabularInline):
    model = models.PlaybookStep
    fields = ("position", "code", "channel", "anchor", "delay", "unit", "opens_before", "closes_after", "completion")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(models.PlaybookVersion)
class PlaybookVersionAdmin(LookOnly):
    list_display = ("playbook", "number", "state", "goal_indicator", "goal_value", "goal_months")
    list_select_related = ("playbook", "goal_indicator")
    inlines = (StepInline,)


@admin.register(models.Case)
class CaseAdmin(LookOnly):
    list_display = ("ref", "practitioner", "track", "coach", "state", "outcome", "opened_at")
    list_filter = ("state", "track", "outcome")
    list_select_related = ("practitioner", "coach__user")


@admin.register(models.Enrolment)
class EnrolmentAdmin(LookOnly):
    list_display = ("ref", "practitioner", "playbook", "state", "waiting_for", "enrolled_on", "exit_reason", "ended_on")
    list_filter = ("state", "playbook", "exit_reason")
    list_select_related = ("practitioner", "playbook")


class EventInline(admin.TabularInline):
    model = models.FollowUpEvent
    extra = 0
    can_delete = False
    readonly_fields = ("at", "kind", "from_state", "to_state", "actor", "reason", "data")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(models.FollowUp)
class FollowUpAdmin(LookOnly):
    list_display = ("ref", "practitioner", "step", "state", "opens_on", "target_on", "closes_on", "assignee")
    list_filter = ("state", "channel")
    list_select_related = ("practitioner", "step", "assignee__user")
    inlines = (EventInline,)


@admin.register(models.Visit)
class VisitAdmin(LookOnly):
    list_display = ("ref", "practitioner", "coach", "kind", "state", "outcome", "started_at")
    list_filter = ("kind", "state", "outcome")
    list_select_related = ("practitioner", "coach__user")


@admin.register(models.PlannerRun)
class PlannerRunAdmin(LookOnly):
    list_display = (
        "planned_for",
        "started_at",
        "finished_at",
        "enrolments_seen",
        "enrolled",
        "exited",
        "made",
        "missed",
    )
