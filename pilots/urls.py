"""Addresses of the pilot projects."""

from django.urls import path

from pilots import views

app_name = "pilots"
urlpatterns = [path("pilots/", views.waves, name="waves")]
