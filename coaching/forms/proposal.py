"""What people fill in to hand out and to take over work."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from coaching.enums import Track
from coaching.forms.work import CoachChoice
from coaching.models import Coach
from coaching.selectors.boards import coaches_to_choose
from coaching.selectors.proposal import monday_of, week_in_words
from core.forms import EVERY, FilterForm, NamedChoice, field_of
from practitioners.models import Commune


class ProposalFilter(FilterForm):
    """What narrows the lines of a proposal; the whole list is weighed all the same."""

    commune = NamedChoice(label=_("Commune"), queryset=Commune.objects.all())
    track = forms.ChoiceField(label=_("Track"), required=False, choices=[*EVERY, *Track.choices])
    week = forms.ChoiceField(label=_("Week"), required=False)

    def __init__(self, *args: Any, weeks: list[dt.date], **options: Any) -> None:
        super().__init__(*args, **options | {"auto_id": "filter_%s"})
        field_of(self, "week").choices = [
            *EVERY,
            *((week.isoformat(), capfirst(week_in_words(week))) for week in weeks),
        ]

    def criteria(self) -> dict[str, Any]:
        """The filters as a proposal takes them."""
        chosen = self.chosen()
        return {
            "commune": chosen["commune"].pk if "commune" in chosen else "",
            "track": chosen.get("track", ""),
            "week": monday_of(dt.date.fromisoformat(chosen["week"])) if "week" in chosen else None,
        }


class HandoverForm(forms.Form):
    """A case that goes to another coach."""

    to = CoachChoice(
        label=_("Goes to"),
        queryset=Coach.objects.none(),
        to_field_name="ref",
        empty_label=_("Choose a coach"),
        error_messages={"required": _("Choose the coach who gets it.")},
    )
    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=300,
        help_text=_("Read by both coaches; nothing about patients."),
        widget=forms.TextInput,
    )

    def __init__(self, *args: Any, without: Coach | None, **options: Any) -> None:
        super().__init__(*args, **options)
        others = coaches_to_choose()
        field_of(self, "to").queryset = others.exclude(pk=without.pk) if without is not None else others
