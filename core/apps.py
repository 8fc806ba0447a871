"""The shared kernel as Django knows it."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
