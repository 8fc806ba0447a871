"""The one row that says whose network this is."""

from django.db import models


class Installation(models.Model):
    """The network that this installation serves, and whether its data is made up."""

    name = models.CharField(max_length=200)
    is_synthetic = models.BooleanField(default=False, help_text="The data is generated; every page says so.")
    fixed_today = models.DateField(
        null=True, blank=True, help_text="The day on which a synthetic network lives; empty for real time."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="installation_only_one"),
            models.CheckConstraint(
                condition=models.Q(fixed_today__isnull=True) | models.Q(is_synthetic=True),
                name="installation_only_synthetic_has_fixed_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name
