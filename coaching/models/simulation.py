"""What a playbook would do to the network over the coming weeks."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from coaching.enums import SimulationState
from core.models import Referenced


class Simulation(Referenced):
    """A version of a playbook played forward from a day on, with its assumptions, progress and result."""

    version = models.ForeignKey("coaching.PlaybookVersion", on_delete=models.CASCADE, related_name="simulations")
    starts_on = models.DateField()
    weeks = models.PositiveSmallIntegerField(default=12)
    assumptions = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=SimulationState, default=SimulationState.WAITING)
    done_share = models.FloatField(default=0, help_text="From 0 to 1.")
    result = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(weeks__range=(1, 52)), name="simulation_weeks_1_to_52"),
            models.CheckConstraint(condition=Q(done_share__range=(0, 1)), name="simulation_share_0_to_1"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} from {self.starts_on}"
