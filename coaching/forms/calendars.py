"""Forms of the calendars: absences, the team's days, a practice's closing days and visiting hours."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from coaching.enums import AbsenceKind, DayPart
from coaching.forms.work import CoachChoice
from coaching.models import Coach
from core.forms import DayInput, field_of

Hours = tuple[int, dt.time, dt.time]

SPANS = 2
"""How many spans of visiting hours a day can have on the page: before and after noon."""


class AbsenceForm(forms.Form):
    """A coach is away from a day to a day, or for half of one."""

    coach = CoachChoice(
        label=_("Who"), queryset=Coach.objects.none(), to_field_name="ref", empty_label=_("Choose a coach")
    )
    first_day = forms.DateField(label=_("First day"), widget=DayInput)
    last_day = forms.DateField(
        label=_("Last day"), widget=DayInput, required=False, help_text=_("Leave it empty for one day.")
    )
    part = forms.ChoiceField(label=_("How much of it"), choices=DayPart.choices, initial=DayPart.WHOLE)
    kind = forms.ChoiceField(label=_("Why"), choices=AbsenceKind.choices, initial=AbsenceKind.LEAVE)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=200, help_text=_("Read by the office; nothing about your health.")
    )

    def __init__(self, *args: Any, coaches: Any, own: Coach | None = None, **options: Any) -> None:
        super().__init__(*args, **options | {"auto_id": "absence_%s"})
        if own is not None:
            del self.fields["coach"]
        else:
            field_of(self, "coach").queryset = coaches
        self.own = own

    def absence(self) -> dict[str, Any]:
        """The absence as the service takes it."""
        data = self.cleaned_data
        return data | {"coach": self.own or data["coach"], "last_day": data["last_day"] or data["first_day"]}


class TeamDayForm(forms.Form):
    """A day on which the whole team is away."""

    day = forms.DateField(label=_("Day"), widget=DayInput)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"auto_id": "team_%s"})


class ClosureForm(forms.Form):
    """A practice is closed from a day to a day."""

    first_day = forms.DateField(label=_("First day"), widget=DayInput)
    last_day = forms.DateField(
        label=_("Last day"), widget=DayInput, required=False, help_text=_("Leave it empty for one day.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"auto_id": "closure_%s"})

    def days(self) -> dict[str, Any]:
        """The days as the service takes them."""
        first: dt.date = self.cleaned_data["first_day"]
        return {"first_day": first, "last_day": self.cleaned_data["last_day"] or first}


class TimeInput(forms.TimeInput):
    """A time chosen with the device's own clock."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class WeekForm(forms.Form):
    """A practice's week: for each day whether it is closed, and up to two spans in which it receives visits."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"auto_id": "week_%s"})
        for weekday, name in WEEKDAYS.items():
            self.fields[f"closed_{weekday}"] = forms.BooleanField(
                required=False, label=_("%(weekday)s: closed") % {"weekday": str(name).capitalize()}
            )
            for span in range(SPANS):
                for end, words in (("opens", _("%(weekday)s, from")), ("closes", _("%(weekday)s, until"))):
                    self.fields[f"{end}_{weekday}_{span}"] = forms.TimeField(
                        required=False, widget=TimeInput, label=words % {"weekday": str(name).capitalize()}
                    )

    @staticmethod
    def initial_of(closed: set[int], hours: list[Hours]) -> dict[str, Any]:
        """The fields' values for a practice with these closed weekdays and visiting hours."""
        initial: dict[str, Any] = {f"closed_{weekday}": True for weekday in closed}
        for weekday in WEEKDAYS:
            spans = [(opens, closes) for day, opens, closes in hours if day == weekday]
            for span, (opens, closes) in enumerate(spans[:SPANS]):
                initial |= {f"opens_{weekday}_{span}": opens, f"closes_{weekday}_{span}": closes}
        return initial

    def rows(self) -> list[dict[str, Any]]:
        """The fields of each day as the page lays them out."""
        return [
            {
                "name": str(name).capitalize(),
                "closed": self[f"closed_{weekday}"],
                "spans": [(self[f"opens_{weekday}_{span}"], self[f"closes_{weekday}_{span}"]) for span in range(SPANS)],
            }
            for weekday, name in WEEKDAYS.items()
        ]

    def clean(self) -> dict[str, Any]:
        """A span has both ends, in order; a closed day has none."""
        cleaned = super().clean() or {}
        for weekday in WEEKDAYS:
            for span in range(SPANS):
                self._check_span(cleaned, weekday, span)
        return cleaned

    def _check_span(self, cleaned: dict[str, Any], weekday: int, span: int) -> None:
        opens, closes = f"opens_{weekday}_{span}", f"closes_{weekday}_{span}"
        if opens in self.errors or closes in self.errors:
            return
        begins, ends = cleaned.get(opens), cleaned.get(closes)
        if begins and not ends:
            self.add_error(closes, _("Until when?"))
        elif ends and not begins:
            self.add_error(opens, _("From when?"))
        elif begins and ends and ends <= begins:
            self.add_error(closes, _("It ends before it begins."))
        elif begins and cleaned.get(f"closed_{weekday}"):
            self.add_error(opens, _("It is closed on this day: take the hours or the tick away."))

    @property
    def closed(self) -> set[int]:
        """The weekdays that are ticked as closed."""
        return {weekday for weekday in WEEKDAYS if self.cleaned_data.get(f"closed_{weekday}")}

    @property
    def hours(self) -> list[Hours]:
        """The spans that were filled in."""
        data = self.cleaned_data
        return [
            (weekday, data[f"opens_{weekday}_{span}"], data[f"closes_{weekday}_{span}"])
            for weekday in WEEKDAYS
            for span in range(SPANS)
            if data.get(f"opens_{weekday}_{span}")
        ]
