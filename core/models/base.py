"""What the tables of every app have in common."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import get_language


class Referenced(models.Model):
    """A row that the outside world names by a UUID, never by its primary key."""

    ref = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)

    class Meta:
        abstract = True


class Timestamped(models.Model):
    """A row that knows when it was made and last changed; `changed_since` reads `updated_at`."""

    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    updated_at = models.DateTimeField(auto_now=True, db_default=Now(), db_index=True)

    class Meta:
        abstract = True


class Catalogue(models.Model):
    """A named entry of a list that users edit: a stable code, a name in each language."""

    code = models.SlugField(max_length=64, unique=True)
    name_en = models.CharField(max_length=200)
    name_fr = models.CharField(max_length=200)
    name_nl = models.CharField(max_length=200)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language, English where that one is empty."""
        language = (get_language() or "en")[:2]
        return str(getattr(self, f"name_{language}", "") or self.name_en)
