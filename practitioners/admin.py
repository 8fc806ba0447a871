"""The registry on the administration pages, for operators."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from practitioners.errors import InvalidValue
from practitioners.models import (
    Affiliation,
    Commune,
    Identifier,
    IdentifierSystem,
    ImportRowError,
    ImportRun,
    Organisation,
    Practitioner,
    SoftwareProduct,
)
from practitioners.selectors.search import search_practitioners
from practitioners.validators import (
    check_email,
    check_enterprise_number,
    check_identifier,
    check_phone,
    check_postal_code,
    looks_like_national_number,
)


class CheckedForm(forms.ModelForm):
    """A form whose numbers and addresses are checked and normalised as everywhere else."""

    checks: ClassVar[dict[str, Callable[[str], str]]] = {}

    def clean(self) -> dict[str, Any]:
        """Replace each value by its normal form, or say what is wrong with it."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for name, value in list(values.items()):
            texts = [str(content) for content in value.values()] if isinstance(value, dict) else [value]
            if any(isinstance(text, str) and looks_like_national_number(text) for text in texts):
                self.add_error(name, _("This looks like a national register number, which must not be stored."))
            elif value and name in self.checks:
                try:
                    values[name] = self.checks[name](value)
                except InvalidValue as error:
                    self.add_error(name, error.message)
        return values


class PractitionerForm(CheckedForm):
    """A practitioner, with the telephone number in any spelling."""

    phone = forms.CharField(label=_("Telephone"), required=False, max_length=40)
    checks: ClassVar = {"email": check_email, "phone": check_phone}


class OrganisationForm(CheckedForm):
    """An organisation, with its numbers in any spelling."""

    enterprise_number = forms.CharField(label=_("Enterprise number"), required=False, max_length=40)
    postal_code = forms.CharField(label=_("Postal code"), required=False, max_length=10)
    phone = forms.CharField(label=_("Telephone"), required=False, max_length=40)
    checks: ClassVar = {
        "enterprise_number": check_enterprise_number,
        "postal_code": check_postal_code,
        "phone": check_phone,
    }


class IdentifierForm(forms.ModelForm):
    """An identifier, checked by the validator of its system."""

    class Meta:
        model = Identifier
        fields = ("system", "written")

    def clean(self) -> dict[str, Any]:
        """Check what was written and derive the key that is stored, which must be nobody else's."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        system = values.get("system")
        if system is None:
            return values
        try:
            checked = check_identifier(system.validator, values.get("written") or "")
        except InvalidValue as error:
            raise ValidationError({"written": error.message}) from None
        if Identifier.objects.filter(system=system, value=checked.value).exclude(pk=self.instance.pk).exists():
            raise ValidationError({"written": _("Another practitioner has this identifier.")})
        values["written"], self.instance.value = checked.written, checked.value
        return values


class IdentifierInline(admin.TabularInline):
    """The identifiers of a practitioner."""

    model = Identifier
    form = IdentifierForm
    extra = 0


class AffiliationInline(admin.TabularInline):
    """Where a practitioner works and worked."""

    model = Affiliation
    autocomplete_fields = ("organisation",)
    extra = 0


@admin.register(Practitioner)
class PractitionerAdmin(admin.ModelAdmin):
    """Practitioners with their identifiers and affiliations; found as on the pages, misspellings forgiven."""

    form = PractitionerForm
    inlines = (IdentifierInline, AffiliationInline)
    list_display = ("family_name", "given_name", "commune", "software", "language", "status", "restriction")
    list_filter = ("status", "restriction", "language", "profession", "commune")
    list_select_related = ("commune", "software")
    search_fields = ("family_name",)
    search_help_text = _("Name, practice, commune or identifier")
    autocomplete_fields = ("commune", "software")
    readonly_fields = ("ref", "merged_into", "created_at", "updated_at")
    ordering = ("family_name", "given_name", "id")
    show_full_result_count = False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Practitioner], search_term: str
    ) -> tuple[QuerySet[Practitioner], bool]:
        """Search as the pages do."""
        return search_practitioners(queryset, search_term), False

    def has_delete_permission(self, request: HttpRequest, obj: Practitioner | None = None) -> bool:
        """Nobody is deleted: who stops is deactivated, and keeps their history."""
        return False


@admin.register(Organisation)
class OrganisationAdmin(admin.ModelAdmin):
    """Practices and other care organisations."""

    form = OrganisationForm
    list_display = ("name", "kind", "postal_code", "commune", "enterprise_number", "closed_on")
    list_filter = ("kind", "commune")
    list_select_related = ("commune",)
    search_fields = ("name", "enterprise_number")
    autocomplete_fields = ("commune",)
    readonly_fields = ("ref", "created_at", "updated_at")
    ordering = ("name", "id")
    show_full_result_count = False


@admin.register(Commune)
class CommuneAdmin(admin.ModelAdmin):
    """Communes with their postal codes and neighbours."""

    list_display = ("nis_code", "name_fr", "name_nl", "postal_codes")
    search_fields = ("nis_code", "name_fr", "name_nl")
    filter_horizontal = ("neighbours",)


@admin.register(SoftwareProduct)
class SoftwareProductAdmin(admin.ModelAdmin):
    """Software packages and when they were on offer."""

    list_display = ("name", "vendor", "valid_from", "valid_to")
    search_fields = ("name", "vendor")
    readonly_fields = ("ref",)


@admin.register(IdentifierSystem)
class IdentifierSystemAdmin(admin.ModelAdmin):
    """Numberings of practitioners."""

    list_display = ("code", "name_en", "validator", "is_default")


class ReadOnly(admin.ModelAdmin):
    """A record that is read here and written elsewhere."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnly):
    """What was imported, by whom and with what result."""

    list_display = (
        "started_at", "kind", "file_name", "state", "dry_run", "by", "rows_read", "rows_created", "rows_updated",
        "rows_in_error",
    )  # fmt: skip
    list_filter = ("kind", "state", "dry_run")
    list_select_related = ("by",)
    search_fields = ("file_name",)


@admin.register(ImportRowError)
class ImportRowErrorAdmin(ReadOnly):
    """Rows that were refused or are odd."""

    list_display = ("run", "line", "severity", "field", "value", "code")
    list_filter = ("severity", "code")
    list_select_related = ("run",)
    show_full_result_count = False
