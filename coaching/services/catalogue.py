"""Puts in what the work ships as data."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from adoption.models import Indicator
from coaching import catalogue
from coaching.enums import Trigger, VersionState
from coaching.models import Barrier, BarrierTheme, ContactBudget, Playbook, PlaybookStep, PlaybookVersion, Topic
from core import locks


@transaction.atomic
def load_catalogue() -> None:
    """Add the shipped barriers, topics, playbooks and budget that aren't there yet.

    Nothing that is there is changed, so what users edited stays; safe to run at any time and twice at once.
    """
    locks.hold("coaching.catalogue")
    BarrierTheme.objects.bulk_create(
        [BarrierTheme(position=place, **row) for place, row in enumerate(catalogue.THEMES, 1)], ignore_conflicts=True
    )
    themes = BarrierTheme.objects.in_bulk([row["code"] for row in catalogue.THEMES], field_name="code")
    Barrier.objects.bulk_create(
        [
            Barrier(**{**row, "theme": themes[row["theme"]]}, position=place)
            for place, row in enumerate(catalogue.BARRIERS, 1)
        ],
        ignore_conflicts=True,
    )
    Topic.objects.bulk_create(
        [Topic(position=place, **row) for place, row in enumerate(catalogue.TOPICS, 1)], ignore_conflicts=True
    )
    if not ContactBudget.objects.exists():
        ContactBudget.objects.create(**catalogue.CONTACT_BUDGET)
    _load_playbooks()


def _load_playbooks() -> None:
    known = set(Playbook.objects.values_list("code", flat=True))
    indicators = Indicator.objects.in_bulk(field_name="code")
    for row in catalogue.PLAYBOOKS:
        if row["code"] not in known:
            _load_playbook(row, indicators)


def _load_playbook(row: dict[str, Any], indicators: dict[str, Indicator]) -> None:
    names = ("code", "name_en", "name_fr", "name_nl", "track", "segments", "time_based_segments")
    following = Playbook.objects.filter(code=row["continues_in"]).first() if row["continues_in"] else None
    playbook = Playbook.objects.create(
        continues_in=following, trigger=row.get("trigger", Trigger.SEGMENT), **{name: row[name] for name in names}
    )
    version = PlaybookVersion.objects.create(
        playbook=playbook,
        number=1,
        goal_indicator=indicators[row["goal_indicator"]] if row["goal_indicator"] else None,
        goal_value=row["goal_value"],
        goal_months=row["goal_months"],
    )
    for position, step in enumerate(row["steps"], 1):
        used = indicators[step["usage_indicator"]] if step.get("usage_indicator") else None
        PlaybookStep.objects.create(version=version, position=position, **{**step, "usage_indicator": used})
    version.state, version.activated_at = VersionState.ACTIVE, timezone.now()
    version.save(update_fields=["state", "activated_at"])
