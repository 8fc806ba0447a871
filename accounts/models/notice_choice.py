"""Which notices a person wants."""

from django.db import models

from accounts.enums import NoticeKind


class NoticeChoice(models.Model):
    """A person's word on one kind of notice; without one the default of their role holds (accounts.enums)."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="notice_choices")
    kind = models.CharField(max_length=16, choices=NoticeKind)
    is_wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="notice_choice_once_per_kind"),
            models.CheckConstraint(condition=models.Q(kind__in=NoticeKind.values), name="notice_choice_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.is_wanted}"
