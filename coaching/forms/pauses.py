"""Forms of pauses and of the register of software blockers."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coaching.enums import PauseScope
from coaching.forms.work import CoachChoice
from coaching.models import Coach, Playbook
from coaching.selectors.boards import coaches_to_choose
from core.forms import DayInput, field_of
from practitioners.models import Practitioner, SoftwareProduct


class PauseForm(forms.Form):
    """What is paused, from when until when, and why.

    In the field the scopes are a practitioner whom one sees, and oneself; a practitioner is named by the
    card that one comes from.
    """

    scope = forms.ChoiceField(label=_("What is paused?"), choices=PauseScope.choices, widget=forms.RadioSelect)
    practitioner = forms.ModelChoiceField(
        queryset=Practitioner.objects.none(), to_field_name="ref", required=False, widget=forms.HiddenInput
    )
    coach = CoachChoice(
        label=_("Coach"), queryset=Coach.objects.none(), to_field_name="ref", required=False, empty_label=_("Choose")
    )
    playbook = forms.ModelChoiceField(
        label=_("Playbook"),
        queryset=Playbook.objects.order_by("track", "code"),
        to_field_name="code",
        required=False,
        empty_label=_("Choose"),
    )
    software = forms.ModelChoiceField(
        label=_("Software product"),
        queryset=SoftwareProduct.objects.all(),
        to_field_name="ref",
        required=False,
        empty_label=_("Choose"),
    )
    starts_on = forms.DateField(label=_("From"), widget=DayInput)
    ends_on = forms.DateField(label=_("Until, this day included"), widget=DayInput)
    reason = forms.CharField(label=_("Why"), max_length=300)

    def __init__(
        self,
        *args: Any,
        today: dt.date,
        practitioners: Any,
        practitioner: Practitioner | None = None,
        own: Coach | None = None,
        **options: Any,
    ) -> None:
        initial: dict[str, Any] = {
            "starts_on": today,
            "scope": "practitioner" if practitioner else "coach" if own else None,
        }
        initial |= {"practitioner": practitioner and practitioner.ref}
        super().__init__(*args, **options | {"initial": initial})
        self.own = own
        self.about = practitioner
        field_of(self, "practitioner").queryset = practitioners
        field_of(self, "coach").queryset = coaches_to_choose()
        scopes = [PauseScope.COACH] if own else [one for one in PauseScope if one != PauseScope.PRACTITIONER]
        if practitioner is not None:
            scopes = [PauseScope.PRACTITIONER, *scopes]
        labels = {PauseScope.COACH: _("Myself")} if own else {}
        field_of(self, "scope").choices = [(one.value, labels.get(one, one.label)) for one in scopes]
        if own:
            for name in ("coach", "playbook", "software"):
                del self.fields[name]

    def pause(self) -> dict[str, Any]:
        """The pause as the service takes it: with the target of its scope and no other."""
        data = self.cleaned_data
        scope = data["scope"]
        target = self.own if scope == PauseScope.COACH and self.own else data.get(scope)
        given = {name: data[name] for name in ("scope", "starts_on", "ends_on", "reason")}
        return given if scope == PauseScope.QUIET_PERIOD else given | {scope: target}


class BlockerForm(forms.Form):
    """A defect of a software product, since when."""

    software = forms.ModelChoiceField(
        label=_("Software product"),
        queryset=SoftwareProduct.objects.all(),
        to_field_name="ref",
        empty_label=_("Choose"),
    )
    version = forms.CharField(
        label=_("Version"), max_length=60, required=False, help_text=_("Leave it empty for every version.")
    )
    defect = forms.CharField(label=_("What doesn't work"), max_length=300)
    since = forms.DateField(label=_("Since"), widget=DayInput)

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options | {"initial": {"since": today}})
        self.fields["since"].widget.attrs["max"] = today.isoformat()


class CloseBlockerForm(forms.Form):
    """The last day of a defect."""

    until = forms.DateField(label=_("Last day of the defect"), widget=DayInput)

    def __init__(self, *args: Any, today: dt.date, key: object = "", **options: Any) -> None:
        super().__init__(*args, **options | {"initial": {"until": today}, "auto_id": f"close_{key}_%s"})
        self.fields["until"].widget.attrs["max"] = today.isoformat()
