"""Addresses of the pages on figures and segments."""

from django.urls import path

from adoption import views

app_name = "adoption"

urlpatterns = [
    path("", views.network, name="network"),
]
