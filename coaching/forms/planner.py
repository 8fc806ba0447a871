"""Forms of the planner's page."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import DayInput


class DryRunForm(forms.Form):
    """The day that a dry run looks at."""

    on = forms.DateField(label=_("Day"), widget=DayInput)

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options | {"initial": {"on": today}})
