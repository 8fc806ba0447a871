"""What holds follow-ups back: pauses, software blockers and contact budgets."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from coaching.enums import PauseScope
from core.models import Referenced


class SoftwareBlocker(Referenced):
    """A defect of a software product that makes contacts pointless until it is mended."""

    software = models.ForeignKey("practitioners.SoftwareProduct", on_delete=models.PROTECT, related_name="blockers")
    version = models.CharField(max_length=60, blank=True)
    defect = models.CharField(max_length=300)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="software_blocker_dates_in_order"
            )
        ]

    def __str__(self) -> str:
        return self.defect


class Pause(Referenced):
    """Follow-ups of a scope are held from a day on, until a day or until resumed."""

    scope = models.CharField(max_length=12, choices=PauseScope)
    practitioner = models.ForeignKey(
        "practitioners.Practitioner", null=True, blank=True, on_delete=models.CASCADE, related_name="pauses"
    )
    coach = models.ForeignKey("coaching.Coach", null=True, blank=True, on_delete=models.CASCADE, related_name="pauses")
    playbook = models.ForeignKey(
        "coaching.Playbook", null=True, blank=True, on_delete=models.CASCADE, related_name="pauses"
    )
    software = models.ForeignKey(
        "practitioners.SoftwareProduct", null=True, blank=True, on_delete=models.CASCADE, related_name="pauses"
    )
    blocker = models.ForeignKey(SoftwareBlocker, null=True, blank=True, on_delete=models.CASCADE, related_name="pauses")
    reason = models.CharField(max_length=300)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    resumed_on = models.DateField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="practitioner", practitioner__isnull=False)
                | Q(scope="coach", coach__isnull=False)
                | Q(scope="playbook", playbook__isnull=False)
                | Q(scope="software", software__isnull=False)
                | Q(scope="quiet_period"),
                name="pause_scope_names_its_target",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="pause_days_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope}: {self.reason}"


class ContactBudget(models.Model):
    """How often one practitioner may be contacted, over all channels and tracks."""

    contacts = models.PositiveSmallIntegerField(default=2)
    days = models.PositiveSmallIntegerField(default=30)
    valid_from = models.DateField(unique=True)

    class Meta:
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(contacts__gt=0) & Q(days__gt=0), name="contact_budget_positive")
        ]

    def __str__(self) -> str:
        return f"{self.contacts} / {self.days}"
