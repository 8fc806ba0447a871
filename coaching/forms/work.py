"""What people fill in about the work: narrowing lists, handing out follow-ups, logging a visit."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from adoption.enums import Segment
from coaching.enums import Channel, Outcome, Track
from coaching.models import Barrier, Coach, FollowUp, Topic
from coaching.selectors.boards import coaches_to_choose
from core.forms import EVERY, DayInput, FilterForm, NamedChoice, field_of
from practitioners.models import Commune

SEGMENTS = [*EVERY, *Segment.choices]


class FollowUpFilter(FilterForm):
    """What narrows the list of follow-ups."""

    WINDOWS = [
        ("open", _("To be done")),
        ("late", _("Late")),
        ("now", _("Possible today")),
        ("coming", _("Opening later")),
        ("deferred", _("Deferred")),
        ("missed", _("Missed")),
        ("done", _("Done")),
        ("all", _("All")),
    ]
    NOBODY = "none"

    q = forms.CharField(
        label=_("Name"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    window = forms.ChoiceField(label=_("State"), required=False, choices=WINDOWS)
    coach = forms.ChoiceField(label=_("Coach"), required=False)
    segment = forms.ChoiceField(label=_("Segment"), required=False, choices=SEGMENTS)
    commune = NamedChoice(label=_("Commune"), queryset=Commune.objects.all())
    track = forms.ChoiceField(label=_("Track"), required=False, choices=[*EVERY, *Track.choices])
    channel = forms.ChoiceField(label=_("Contact"), required=False, choices=[*EVERY, *Channel.choices])

    def __init__(self, *args: Any, with_coach: bool = True, **options: Any) -> None:
        super().__init__(*args, **options | {"auto_id": "filter_%s"})
        if with_coach:
            self.coaches = {str(coach.ref): coach for coach in coaches_to_choose()}
            field_of(self, "coach").choices = [
                *EVERY,
                (self.NOBODY, _("Nobody yet")),
                *((ref, str(coach)) for ref, coach in self.coaches.items()),
            ]
        else:
            del self.fields["coach"]

    def criteria(self) -> dict[str, Any]:
        """The filters as the selector takes them."""
        chosen = self.chosen()
        coach = chosen.get("coach", "")
        return {
            "search": chosen.get("q", ""),
            "window": chosen.get("window", "open"),
            "segment": chosen.get("segment", ""),
            "commune": chosen["commune"].pk if "commune" in chosen else "",
            "track": chosen.get("track", ""),
            "channel": chosen.get("channel", ""),
            "unassigned": coach == self.NOBODY,
            "coach": self.coaches.get(coach) if coach else None,
        }


class CoachChoice(forms.ModelChoiceField):
    """A coach to give work to."""

    def label_from_instance(self, coach: Any) -> str:
        """The coach's name."""
        return str(coach)


class ChosenFollowUps(forms.Form):
    """The rows of a list that were ticked; only follow-ups that the person sees can be among them."""

    follow_up = forms.ModelMultipleChoiceField(
        queryset=FollowUp.objects.none(),
        to_field_name="ref",
        error_messages={"required": _("Tick at least one follow-up.")},
    )

    def __init__(self, *args: Any, visible: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field_of(self, "follow_up").queryset = visible


class AssignForm(ChosenFollowUps):
    """Follow-ups given to a coach."""

    coach = CoachChoice(
        label=_("Give to"),
        queryset=Coach.objects.none(),
        to_field_name="ref",
        empty_label=_("Choose a coach"),
        error_messages={"required": _("Choose the coach who gets them.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field_of(self, "coach").queryset = coaches_to_choose()


class PostponeForm(forms.Form):
    """A follow-up moved to a later day, with the reason."""

    to = forms.DateField(label=_("New day"), widget=DayInput)
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        help_text=_("Read by the coordinator; nothing about patients."),
        widget=forms.TextInput,
    )

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.fields["to"].widget.attrs["min"] = (today + dt.timedelta(days=1)).isoformat()

    def clean_to(self) -> dt.date:
        """A day that is still to come."""
        to: dt.date = self.cleaned_data["to"]
        if to <= self.today:
            raise forms.ValidationError(_("Choose a day after today."))
        return to


class CorrectionForm(forms.Form):
    """The day on which a completed contact really took place, with the reason."""

    done_on = forms.DateField(label=_("It took place on"), widget=DayInput)
    why = forms.CharField(label=_("Why"), max_length=300, widget=forms.TextInput)

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["done_on"].widget.attrs["max"] = today.isoformat()


class CompleteForm(forms.Form):
    """A follow-up completed without a contact to log, such as a check on the figures."""

    outcome = forms.ChoiceField(label=_("What came of it?"), choices=Outcome.choices, widget=forms.RadioSelect)
    later_on = forms.DateField(label=_("Contact again on"), required=False, widget=DayInput)
    note = forms.CharField(label=_("Note"), required=False, max_length=300)

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options | {"auto_id": "complete_%s"})
        self.fields["later_on"].widget.attrs["min"] = (today + dt.timedelta(days=1)).isoformat()

    def clean(self) -> dict[str, Any]:
        """Somebody who wants to be contacted later says when."""
        return _with_later_day(self, super().clean() or {})


def _with_later_day(form: forms.Form, cleaned: dict[str, Any]) -> dict[str, Any]:
    if cleaned.get("outcome") != Outcome.WANTS_LATER:
        cleaned["later_on"] = None
    elif not cleaned.get("later_on") and "later_on" not in form.errors:
        form.add_error("later_on", _("Say on which day to contact them again."))
    return cleaned


class VisitForm(forms.Form):
    """A contact that took place, logged in under a minute on a phone."""

    KINDS = [
        (Channel.VISIT, Channel.VISIT.label),
        (Channel.CALL, Channel.CALL.label),
        (Channel.REMOTE, Channel.REMOTE.label),
        (Channel.EMAIL, Channel.EMAIL.label),
        (Channel.TECHNICAL_CHECK, Channel.TECHNICAL_CHECK.label),
    ]

    kind = forms.ChoiceField(label=_("What was it?"), choices=KINDS, widget=forms.RadioSelect)
    outcome = forms.ChoiceField(label=_("What came of it?"), choices=Outcome.choices, widget=forms.RadioSelect)
    later_on = forms.DateField(label=_("Contact again on"), required=False, widget=DayInput)
    minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=0, max_value=600)
    on = forms.DateField(label=_("On"), widget=DayInput)
    topics = forms.ModelMultipleChoiceField(
        label=_("What did you talk about?"),
        required=False,
        to_field_name="code",
        queryset=Topic.objects.filter(is_active=True),
        widget=forms.CheckboxSelectMultiple,
    )
    barriers = forms.ModelMultipleChoiceField(
        label=_("What stands in the way?"),
        required=False,
        to_field_name="code",
        queryset=Barrier.objects.filter(is_active=True).select_related("theme"),
        widget=forms.CheckboxSelectMultiple,
    )
    promised = forms.CharField(
        label=_("What did you promise?"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Nothing about patients: no names, no numbers."),
    )

    def __init__(self, *args: Any, today: dt.date, **options: Any) -> None:
        super().__init__(*args, **options)
        self.today = today
        self.fields["on"].widget.attrs["max"] = today.isoformat()
        self.fields["later_on"].widget.attrs["min"] = (today + dt.timedelta(days=1)).isoformat()

    def is_another_day(self) -> bool:
        """Whether a day other than today stands in the form."""
        return str(self["on"].value()) != str(self.today)

    def barriers_by_theme(self) -> list[tuple[str, list[Any], bool]]:
        """The barriers' chips under the name of their theme, in the catalogue's order; whether one is chosen."""
        themes = {barrier.code: str(barrier.theme) for barrier in field_of(self, "barriers").queryset}
        groups: dict[str, list[Any]] = {}
        for choice in self["barriers"]:
            groups.setdefault(themes[str(choice.data["value"])], []).append(choice)
        return [(name, chips, any(chip.data["selected"] for chip in chips)) for name, chips in groups.items()]

    def clean_on(self) -> dt.date:
        """A visit is logged once it has taken place."""
        on: dt.date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError(_("A visit can be logged once it has taken place."))
        return on

    def clean(self) -> dict[str, Any]:
        """Somebody who wants to be contacted later says when."""
        return _with_later_day(self, super().clean() or {})
