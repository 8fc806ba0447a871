"""What holds follow-ups back: pauses, software blockers and contact budgets."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from coaching.enums import Channel, ContactPurpose, PauseScope
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
    """Follow-ups of a scope are held from a day until a day (the last one included), or until a blocker is mended.

    `resumed_on` is the day from which the work went on, written once everybody was released.
    """

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
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=False) | Q(blocker__isnull=False), name="pause_has_an_end"
            ),
            models.UniqueConstraint(
                fields=["blocker"], condition=Q(blocker__isnull=False), name="pause_once_per_blocker"
            ),
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


class CoachDay(models.Model):
    """How many contacts opened for a coach on a day, and how many could: the first never passes the second."""

    coach = models.ForeignKey("coaching.Coach", on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    opened = models.PositiveSmallIntegerField(default=0)
    capacity = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["coach", "day"], name="coach_day_once"),
            models.CheckConstraint(condition=Q(opened__lte=F("capacity")), name="coach_day_within_capacity"),
        ]

    def __str__(self) -> str:
        return f"{self.coach_id} {self.day}: {self.opened} / {self.capacity}"


class OutsideContact(models.Model):
    """A contact that another part of the product makes: an invitation, or one of a pilot project.

    It counts in the practitioner's contact budget. `source` names it once (a participation's or an
    invitation's reference).
    """

    practitioner = models.ForeignKey(
        "practitioners.Practitioner", on_delete=models.CASCADE, related_name="outside_contacts"
    )
    purpose = models.CharField(max_length=10, choices=ContactPurpose)
    channel = models.CharField(max_length=16, choices=Channel)
    made_on = models.DateField()
    source = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "source"], name="outside_contact_once_per_source")
        ]
        indexes = [models.Index(fields=["practitioner", "made_on"], name="outside_contact_by_day")]

    def __str__(self) -> str:
        return f"{self.purpose}: {self.practitioner_id} {self.made_on}"
