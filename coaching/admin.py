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
class TeamDayAdmin(LookOnly):
    """Kept on the page of absences, where a day too many is refused."""

    list_display = ("day", "reason")


@admin.register(models.Absence)
class AbsenceAdmin(LookOnly):
    list_display = ("coach", "kind", "first_day", "last_day", "part")
    list_filter = ("kind", "part")
    list_select_related = ("coach__user",)


@admin.register(models.PracticeClosure)
class PracticeClosureAdmin(LookOnly):
    list_display = ("organisation", "weekday", "first_day", "last_day")
    list_select_related = ("organisation",)


@admin.register(models.VisitingHours)
class VisitingHoursAdmin(LookOnly):
    list_display = ("organisation", "weekday", "opens", "closes")
    list_select_related = ("organisation",)


@admin.register(models.AnchorDay)
class AnchorDayAdmin(LookOnly):
    list_display = ("practitioner", "anchor", "day", "source")
    list_filter = ("anchor",)
    list_select_related = ("practitioner",)


@admin.register(models.ContactBudget)
class ContactBudgetAdmin(admin.ModelAdmin):
    list_display = ("valid_from", "contacts", "days")


@admin.register(models.SoftwareBlocker)
class SoftwareBlockerAdmin(LookOnly):
    """Kept on the page of blockers, where opening one pauses and closing it releases."""

    list_display = ("software", "version", "defect", "since", "until")
    list_select_related = ("software",)


@admin.register(models.Pause)
class PauseAdmin(LookOnly):
    list_display = ("scope", "reason", "starts_on", "ends_on", "resumed_on", "by")
    list_filter = ("scope",)
    list_select_related = ("by",)


@admin.register(models.Hold)
class HoldAdmin(LookOnly):
    list_display = ("enrolment", "pause", "held_on", "released_on")
    list_select_related = ("enrolment", "pause")


@admin.register(models.CoachDay)
class CoachDayAdmin(LookOnly):
    list_display = ("day", "coach", "opened", "capacity")
    list_select_related = ("coach__user",)
    date_hierarchy = "day"


@admin.register(models.OutsideContact)
class OutsideContactAdmin(LookOnly):
    list_display = ("practitioner", "purpose", "channel", "made_on", "source")
    list_filter = ("purpose", "channel")
    list_select_related = ("practitioner",)


@admin.register(models.Escalation)
class EscalationAdmin(LookOnly):
    list_display = ("follow_up", "level", "raised_on", "settled_on")
    list_filter = ("level",)
    list_select_related = ("follow_up",)


@admin.register(models.Handover)
class HandoverAdmin(LookOnly):
    list_display = ("at", "case", "from_coach", "to_coach", "whole_case", "reason", "by")
    list_select_related = ("case", "from_coach__user", "to_coach__user", "by")


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
        "opened",
        "deferred",
        "missed",
        "moved",
        "held",
        "released",
        "escalated",
    )
