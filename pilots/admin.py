"""Waves and pilots in the administration pages."""

from django.contrib import admin

from pilots.models import Participation, Pilot, Wave


class ParticipationInline(admin.TabularInline):
    """The practitioners who take part."""

    model = Participation
    extra = 0
    raw_id_fields = ["practitioner"]


@admin.register(Wave)
class WaveAdmin(admin.ModelAdmin):
    """Waves by their start."""

    list_display = ["code", "name_en", "starts_on", "ends_on"]


@admin.register(Pilot)
class PilotAdmin(admin.ModelAdmin):
    """Pilots by wave."""

    list_display = ["name", "wave", "lead_organisation", "coach"]
    list_filter = ["wave"]
    list_select_related = ["wave", "lead_organisation", "coach__user"]
    raw_id_fields = ["lead_organisation"]
    inlines = [ParticipationInline]
