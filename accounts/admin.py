"""Accounts and tokens on the administration pages, for operators."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, User
from accounts.services import revoke_token


@admin.register(User)
class PersonAdmin(UserAdmin):
    """People and REST clients, named by their e-mail address."""

    ordering = ("email",)
    list_display = ("email", "first_name", "last_name", "role", "language", "is_active")
    list_filter = ("role", "is_active", "language")
    search_fields = ("email", "first_name", "last_name")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "language", "role")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "role", "language", "password1", "password2")}),)


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """Tokens can be read and revoked here; `manage.py create_token` makes them and shows the secret once."""

    ordering = ("-created",)
    list_display = ("name", "user", "scope", "created", "expiry")
    list_filter = ("scope",)
    search_fields = ("name", "user__email")
    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not here: nothing could show the secret."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        """A token is made as it is and revoked whole."""
        return False

    def delete_model(self, request: HttpRequest, obj: ApiToken) -> None:
        """Revoke one."""
        revoke_token(token=obj, by=request.user)  # type: ignore[arg-type]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken, Any]) -> None:
        """Revoke many."""
        for token in queryset.select_related("user"):
            revoke_token(token=token, by=request.user)  # type: ignore[arg-type]
