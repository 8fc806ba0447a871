"""Who does the visiting: coaches and technicians, with what they cover and can carry."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from coaching.enums import Track
from core.models import Referenced, Timestamped
from practitioners.enums import ContactLanguage


class Coach(Referenced, Timestamped):
    """A coach or technician: languages spoken, communes covered, contacts that fit in a week."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="coach")
    tracks = ArrayField(models.CharField(max_length=24, choices=Track), default=list)
    languages = ArrayField(models.CharField(max_length=2, choices=ContactLanguage), default=list)
    communes = models.ManyToManyField("practitioners.Commune", blank=True, related_name="coaches")
    weekly_capacity = models.PositiveSmallIntegerField(default=20, help_text="Contacts a week.")
    daily_capacity = models.PositiveSmallIntegerField(default=6, help_text="Contacts a day.")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekly_capacity__gt=0), name="coach_weekly_capacity_positive"),
            models.CheckConstraint(condition=Q(daily_capacity__gt=0), name="coach_daily_capacity_positive"),
        ]

    def __str__(self) -> str:
        return str(self.user)
