"""What people ask a simulation."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coaching.services.simulation import MOST_WEEKS, ON_BEST_DAY, Assumptions
from core.forms import DayInput

USUAL = Assumptions()
TIMES = [
    (ON_BEST_DAY, _("on the best day")),
    (0, _("on the day they open")),
    (2, _("two working days after they open")),
    (5, _("five working days after they open")),
]


class SimulationForm(forms.Form):
    """From which day, for how long, and what is taken for granted; shares are asked in percent."""

    starts_on = forms.DateField(label=_("From"), widget=DayInput)
    weeks = forms.IntegerField(label=_("Weeks"), initial=12, min_value=1, max_value=MOST_WEEKS)
    days_to_do = forms.TypedChoiceField(
        label=_("Contacts are made"), choices=TIMES, coerce=int, initial=USUAL.days_to_do
    )
    answer_share = forms.IntegerField(
        label=_("Contacts that reach the practitioner, in %"), min_value=0, max_value=100,
        initial=round(USUAL.answer_share * 100),
        help_text=_("The others are tried again as the step says."),
    )  # fmt: skip
    goal_share = forms.IntegerField(
        label=_("Monthly checks that find the goal held, in %"), min_value=0, max_value=100,
        initial=round(USUAL.goal_share * 100),
    )  # fmt: skip
    usage_share = forms.IntegerField(
        label=_("Steps of the figures that the figures complete, in %"), min_value=0, max_value=100,
        initial=round(USUAL.usage_share * 100),
    )  # fmt: skip
    keep_to_capacity = forms.BooleanField(
        label=_("Coaches make no more contacts than fit in their day and week"), required=False,
        initial=USUAL.keep_to_capacity,
        help_text=_("Otherwise capacity only limits what opens, and best days may fall together."),
    )  # fmt: skip
    give_out = forms.BooleanField(
        label=_("Give what has no coach to the coach with most room"), required=False, initial=USUAL.give_out,
        help_text=_("Otherwise it stays nobody's, and nobody does it."),
    )  # fmt: skip
    move = forms.BooleanField(
        label=_("Move everybody in this playbook to this version on the first day"), required=False, initial=USUAL.move
    )
    compare = forms.BooleanField(label=_("Play the active version too, and compare"), required=False, initial=True)

    def __init__(self, *args: Any, today: dt.date, is_active: bool, **options: Any) -> None:
        options["initial"] = {"starts_on": today} | (options.get("initial") or {})
        super().__init__(*args, **options)
        if is_active:
            del self.fields["compare"]

    def assumptions(self) -> Assumptions:
        """As the service takes them."""
        given = self.cleaned_data
        shares = {name: given[name] / 100 for name in ("answer_share", "goal_share", "usage_share")}
        return Assumptions(
            **shares, **{name: given[name] for name in ("days_to_do", "keep_to_capacity", "give_out", "move")}
        )
