"""Communes, by NIS code."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language


class Commune(models.Model):
    """A municipality. Two of them can share a postal code, so the NIS code is what is stored."""

    nis_code = models.CharField(max_length=5, primary_key=True)
    name_fr = models.CharField(max_length=100)
    name_nl = models.CharField(max_length=100)
    postal_codes = ArrayField(models.CharField(max_length=4), default=list)
    neighbours = models.ManyToManyField("self", blank=True)

    class Meta:
        ordering = ["nis_code"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The Dutch name for a Dutch reader, else the French one."""
        return self.name_nl if (get_language() or "fr").startswith("nl") else self.name_fr
