"""The operator's pages on figures and segments: catalogues can be edited, what was imported or run only looked at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from adoption.models import Indicator, NetworkMeasurement, PremiumThreshold, SegmentationRun, SegmentationScheme


@admin.register(Indicator)
class IndicatorAdmin(admin.ModelAdmin):
    """What is measured; the kind stands once there are figures."""

    list_display = ("code", "kind", "publishes", "name_fr", "name_nl", "name_en")
    search_fields = ("code", "name_fr", "name_nl", "name_en")

    def get_readonly_fields(self, request: HttpRequest, obj: Indicator | None = None) -> tuple[str, ...]:
        """Code and kind are what figures and versions were made for."""
        return ("code", "kind") if obj else ()


class MonthForm(forms.ModelForm):
    """A figure of the network: any day of a month stands for its first."""

    def clean(self) -> dict[str, Any]:
        """The first day of the month, and a name for a base."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("month"):
            values["month"] = values["month"].replace(day=1)
        if (values.get("base") is None) != (not values.get("base_name_en")):
            self.add_error("base_name_en", _("A base has a number and a name, or neither."))
        return values


@admin.register(NetworkMeasurement)
class NetworkMeasurementAdmin(admin.ModelAdmin):
    """Published figures of the whole network."""

    form = MonthForm
    list_display = ("code", "month", "value", "is_approximate", "base", "source")
    list_filter = ("code",)
    date_hierarchy = "month"


@admin.register(PremiumThreshold)
class PremiumThresholdAdmin(admin.ModelAdmin):
    """What the integrated practice premium asks for, year by year."""

    list_display = ("year", "indicator", "minimum", "source")
    list_select_related = ("indicator",)


@admin.register(SegmentationScheme)
class SegmentationSchemeAdmin(admin.ModelAdmin):
    """Names of schemes; their parameters are pinned in versions, which runs make."""

    list_display = ("code", "kind", "name_fr", "name_nl", "name_en")
    readonly_fields = ("code", "kind")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A scheme's rule is code."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Versions and runs stand on it."""
        return False


@admin.register(SegmentationRun)
class SegmentationRunAdmin(admin.ModelAdmin):
    """What was run, to look at."""

    list_display = ("version", "as_of", "state", "started_at", "by", "practitioners", "changed", "moved")
    list_select_related = ("version__scheme", "by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Runs are made by the segment command and the worker."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was run stands."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Assignments stand on it."""
        return False
