"""Mails on their way out, and the occasions that have had theirs."""

from django.db import models
from django.db.models.functions import Now

from core.models.base import Referenced


class Mail(Referenced):
    """A mail that was written and is to be sent until it is sent, fails for good or is out of date.

    Addresses, subject, bodies and state stand in django-post-office's Email. `next_try_at` is empty once
    nothing more will be tried. `message_id` comes from the mail's occasion, so that a mail which had to be
    sent again is known by its receiver for the same one.
    """

    email = models.OneToOneField("post_office.Email", on_delete=models.CASCADE, related_name="outbox_mail")
    message_id = models.CharField(max_length=255, unique=True)
    language = models.CharField(max_length=2)
    attachments = models.JSONField(default=list, help_text="Name, type and base64 content of each.")
    is_private = models.BooleanField(default=False, help_text="Holds a personal link; nobody else reads it here.")
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True, help_text="What the last try said.")
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sent_at__isnull=True) | models.Q(next_try_at__isnull=True),
                name="mail_sent_is_not_tried_again",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_try_at", "id"], condition=models.Q(next_try_at__isnull=False), name="mail_to_send"
            )
        ]

    def __str__(self) -> str:
        return self.message_id


class Occasion(models.Model):
    """Something that somebody is told once for ever, such as `digest:2026-11-23:<user>`.

    Without a mail there was nothing to say, or the mail was forgotten after its time.
    """

    key = models.CharField(max_length=200, unique=True)
    mail = models.ForeignKey(Mail, null=True, on_delete=models.SET_NULL, related_name="occasions")
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.key
