"""How other systems name a practitioner."""

import pghistory
from django.db import models

from core.models import Catalogue
from practitioners.enums import IdentifierValidator


class IdentifierSystem(Catalogue):
    """A numbering of practitioners: NIHDI by default, or another network's own."""

    validator = models.CharField(max_length=16, choices=IdentifierValidator, default=IdentifierValidator.NONE)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="identifier_system_one_default"
            )
        ]


@pghistory.track()
class Identifier(models.Model):
    """A value in a system, of one practitioner.

    `value` is the normalised key (for NIHDI the first eight digits), `written` what was given last.
    """

    system = models.ForeignKey(IdentifierSystem, on_delete=models.PROTECT, related_name="+")
    value = models.CharField(max_length=64)
    written = models.CharField(max_length=64, blank=True)
    practitioner = models.ForeignKey("practitioners.Practitioner", on_delete=models.CASCADE, related_name="identifiers")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["system", "value"], name="identifier_once_per_system")]
        indexes = [models.Index(fields=["value"], opclasses=["varchar_pattern_ops"], name="identifier_by_beginning")]

    def __str__(self) -> str:
        return self.written or self.value
