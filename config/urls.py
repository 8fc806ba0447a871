"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path
from post_office.models import Attachment, Email, EmailTemplate, Log

from core.health import metrics

# Its pages would send mails past the claims of core.sending, and show links that are their receivers' alone.
admin.site.unregister([Attachment, Email, EmailTemplate, Log])

urlpatterns = [
    path("api/v1/", include("config.api_v1")),
    path("metrics", metrics, name="metrics"),  # /healthz and /readyz: core.health.HealthMiddleware
    path("", include("web.urls")),
    path("", include("coaching.urls")),
    path("", include("pilots.urls")),
    path("network/", include("adoption.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
]
