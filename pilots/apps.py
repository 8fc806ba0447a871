"""The pilot projects as Django knows them."""

from django.apps import AppConfig


class PilotsConfig(AppConfig):
    name = "pilots"
