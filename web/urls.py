"""Addresses of the frame and of the pages that mix domains."""

from django.urls import path

from web.views import home, preferences

urlpatterns = [
    path("", home.home, name="home"),
    path("preferences/language/", preferences.choose_language, name="choose_language"),
    path("preferences/colours/", preferences.choose_theme, name="choose_theme"),
]
