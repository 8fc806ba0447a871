"""Playbooks: named, versioned sequences of steps."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import get_language

from accounts.enums import Role
from adoption.enums import SchemeKind, Segment
from coaching.enums import (
    Anchor,
    AssigneeRule,
    Channel,
    CompletionRule,
    DelayUnit,
    RollPolicy,
    Track,
    Trigger,
    VersionState,
)
from core.models import Catalogue, Referenced

MOST_DELAY, MOST_WINDOW, MOST_RETRIES = 366, 120, 10
"""A step later than a year, half a year of a window or an eleventh attempt is a slip of the pen."""


class Playbook(Referenced, Catalogue):
    """A way of following up the practitioners of some segments, or those who stopped publishing, on one track.

    `segments` are served under every scheme, `time_based_segments` under schemes that sort by time
    of adoption only. A completed enrolment continues in `continues_in`.
    """

    TIME_BASED = frozenset({SchemeKind.ROGERS, SchemeKind.VALENTE})

    track = models.CharField(max_length=24, choices=Track)
    trigger = models.CharField(max_length=7, choices=Trigger, default=Trigger.SEGMENT)
    segments = ArrayField(models.CharField(max_length=16, choices=Segment), default=list, blank=True)
    time_based_segments = ArrayField(models.CharField(max_length=16, choices=Segment), default=list, blank=True)
    cooldown_days = models.PositiveSmallIntegerField(
        default=90, help_text="Days after an exit before the same playbook enrols again."
    )
    continues_in = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(continues_in__isnull=True) | ~Q(continues_in=F("id")), name="playbook_continues_in_another"
            )
        ]


class PlaybookVersion(Referenced):
    """The steps of a playbook as they stood; immutable once somebody was enrolled in it."""

    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=VersionState, default=VersionState.DRAFT)
    goal_indicator = models.ForeignKey("adoption.Indicator", null=True, on_delete=models.PROTECT, related_name="+")
    goal_value = models.FloatField(null=True, help_text="Coverage as a fraction, a count or a score.")
    goal_months = models.PositiveSmallIntegerField(default=3)
    note = models.CharField(max_length=300, blank=True, help_text="What this version changes, and why.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    activated_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["playbook", "number"]
        constraints = [
            models.UniqueConstraint(fields=["playbook", "number"], name="playbook_version_number_once"),
            models.UniqueConstraint(
                fields=["playbook"], condition=Q(state="active"), name="playbook_version_one_active"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.playbook} v{self.number}"


class PlaybookStep(Catalogue):
    """One action of a version: what, from which anchor, after how long, in which window, by whom."""

    code = models.SlugField(max_length=64)
    version = models.ForeignKey(PlaybookVersion, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    purpose_en = models.CharField(max_length=300, blank=True)
    purpose_fr = models.CharField(max_length=300, blank=True)
    purpose_nl = models.CharField(max_length=300, blank=True)
    channel = models.CharField(max_length=16, choices=Channel)
    anchor = models.CharField(max_length=16, choices=Anchor)
    delay = models.PositiveSmallIntegerField(help_text="From the anchor to the target.")
    unit = models.CharField(max_length=13, choices=DelayUnit, default=DelayUnit.WORKING_DAYS)
    opens_before = models.PositiveSmallIntegerField(default=0, help_text="Working days from opening to target.")
    closes_after = models.PositiveSmallIntegerField(default=5, help_text="Working days from target to close.")
    roll = models.CharField(max_length=8, choices=RollPolicy, default=RollPolicy.NEXT)
    assignee = models.CharField(max_length=10, choices=AssigneeRule, default=AssigneeRule.CASE_COACH)
    assignee_role = models.CharField(max_length=16, choices=Role, blank=True)
    completion = models.CharField(max_length=6, choices=CompletionRule, default=CompletionRule.PERSON)
    usage_indicator = models.ForeignKey("adoption.Indicator", null=True, on_delete=models.PROTECT, related_name="+")
    usage_minimum = models.FloatField(null=True, help_text="The figure since enrolment that completes the step.")
    retries = models.PositiveSmallIntegerField(default=2, help_text="Attempts after the first, on no answer.")
    next_channel = models.CharField(max_length=16, choices=Channel, blank=True)
    repeats_until_goal = models.BooleanField(default=False)

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="playbook_step_position_once"),
            models.UniqueConstraint(fields=["version", "code"], name="playbook_step_code_once"),
            models.CheckConstraint(
                condition=Q(completion="person", usage_indicator__isnull=True, usage_minimum__isnull=True)
                | Q(completion="usage", usage_indicator__isnull=False, usage_minimum__isnull=False),
                name="playbook_step_usage_whole_or_absent",
            ),
            models.CheckConstraint(
                condition=(Q(assignee="role") & ~Q(assignee_role="")) | (~Q(assignee="role") & Q(assignee_role="")),
                name="playbook_step_role_named",
            ),
            models.CheckConstraint(
                condition=Q(anchor__in=Anchor.values)
                & Q(channel__in=Channel.values)
                & Q(unit__in=DelayUnit.values)
                & Q(roll__in=RollPolicy.values)
                & Q(assignee__in=AssigneeRule.values)
                & Q(completion__in=CompletionRule.values)
                & Q(next_channel__in=["", *Channel.values]),
                name="playbook_step_words_known",
            ),
            models.CheckConstraint(
                condition=Q(position__gt=1)
                | (Q(position=1) & ~Q(anchor__in=[Anchor.PREVIOUS_DONE, Anchor.PREVIOUS_TARGET])),
                name="playbook_step_first_has_no_previous",
            ),
            models.CheckConstraint(
                condition=Q(
                    delay__lte=MOST_DELAY,
                    opens_before__lte=MOST_WINDOW,
                    closes_after__lte=MOST_WINDOW,
                    retries__lte=MOST_RETRIES,
                ),
                name="playbook_step_days_within_reason",
            ),
            models.CheckConstraint(
                condition=Q(next_channel="") | ~Q(next_channel=F("channel")),
                name="playbook_step_next_channel_is_another",
            ),
        ]

    @property
    def purpose_text(self) -> str:
        """What the step is for, in the reader's language, English where that one is empty."""
        language = (get_language() or "en")[:2]
        return str(getattr(self, f"purpose_{language}", "") or self.purpose_en)
