"""What managers fill in about playbooks: a draft with its steps, and where a playbook goes on.

The forms only read; whether the steps can be followed is the service's to say, and its problems come back beside
the step and field that they name.
"""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from adoption.models import Indicator
from coaching.enums import Anchor, AssigneeRule, Channel, CompletionRule, DelayUnit, RollPolicy
from coaching.errors import PlaybookRefused
from coaching.models import Playbook
from coaching.selectors.wording import delay_phrase
from coaching.services.playbooks.drafts import STEP_COLUMNS
from coaching.services.playbooks.validation import ROLES
from core.forms import field_of

NONE = [("", "—")]


class IndicatorChoice(forms.ModelChoiceField):
    """Figures, by their name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            queryset=Indicator.objects.order_by("code"),
            to_field_name="code",
            required=False,
            empty_label="—",
            **options,
        )

    def label_from_instance(self, indicator: Any) -> str:
        """The indicator's name."""
        return str(indicator.name)


class StepForm(forms.Form):
    """One step of a draft."""

    code = forms.SlugField(
        label=_("Code"),
        required=False,
        max_length=64,
        help_text=_("Steps of two versions are the same when their codes are."),
    )
    name_en = forms.CharField(label=_("Name (English)"), required=False, max_length=200)
    name_fr = forms.CharField(label=_("Name (French)"), required=False, max_length=200)
    name_nl = forms.CharField(label=_("Name (Dutch)"), required=False, max_length=200)
    purpose_en = forms.CharField(label=_("Purpose (English)"), required=False, max_length=300)
    purpose_fr = forms.CharField(label=_("Purpose (French)"), required=False, max_length=300)
    purpose_nl = forms.CharField(label=_("Purpose (Dutch)"), required=False, max_length=300)
    channel = forms.ChoiceField(label=_("Contact"), required=False, choices=Channel.choices)
    anchor = forms.ChoiceField(label=_("Counts from"), required=False, choices=Anchor.choices)
    delay = forms.IntegerField(label=_("Best day after"), required=False)
    unit = forms.ChoiceField(label=_("Counted in"), required=False, choices=DelayUnit.choices)
    opens_before = forms.IntegerField(
        label=_("Opens before"), required=False, help_text=_("Working days before the best day.")
    )
    closes_after = forms.IntegerField(
        label=_("Closes after"), required=False, help_text=_("Working days after the best day.")
    )
    roll = forms.ChoiceField(label=_("A day off becomes"), required=False, choices=RollPolicy.choices)
    assignee = forms.ChoiceField(label=_("Who"), required=False, choices=AssigneeRule.choices)
    assignee_role = forms.ChoiceField(
        label=_("Role"), required=False, choices=[*NONE, *((role.value, role.label) for role in Role if role in ROLES)],
        help_text=_("Only where the step is for anyone of a role."),
    )  # fmt: skip
    retries = forms.IntegerField(
        label=_("Tried again"), required=False, help_text=_("Attempts after the first without an answer.")
    )
    next_channel = forms.ChoiceField(label=_("Then by"), required=False, choices=[*NONE, *Channel.choices])
    completion = forms.ChoiceField(label=_("Completed by"), required=False, choices=CompletionRule.choices)
    usage_indicator = IndicatorChoice(label=_("Figures"))
    usage_minimum = forms.FloatField(
        label=_("From"), required=False, help_text=_("The figure since enrolment that completes the step.")
    )
    repeats_until_goal = forms.BooleanField(
        label=_("Comes again until the goal is held"), required=False, help_text=_("The last step only.")
    )

    @property
    def title(self) -> str:
        """What the step is called in the editor: in the reader's language where it has a name in it."""
        own = f"name_{(get_language() or 'en')[:2]}"
        return str((own in self.fields and self[own].value()) or self["name_en"].value() or self["code"].value() or "")

    @property
    def summary(self) -> str:
        """How it is made and after how long, for the line that stands for a closed step."""
        channel = dict(Channel.choices).get(self["channel"].value(), "")
        delay, unit = str(self["delay"].value() or ""), self["unit"].value()
        days = delay_phrase(int(delay), unit) if delay.isdigit() and unit in DelayUnit.values else ""
        return " · ".join(str(word) for word in (channel, days) if word)


StepFormSet = forms.formset_factory(StepForm, extra=0)


def given_steps(formset: Any) -> list[dict[str, Any]]:
    """The steps as the service takes them; numbers left empty stay None, and it says so."""
    return [{name: form.cleaned_data.get(name) for name in STEP_COLUMNS} for form in formset.forms]


NEW_STEP: dict[str, Any] = {
    "channel": Channel.CALL, "anchor": Anchor.PREVIOUS_DONE, "delay": 5, "unit": DelayUnit.WORKING_DAYS,
    "opens_before": 2, "closes_after": 5, "roll": RollPolicy.NEXT, "assignee": AssigneeRule.CASE_COACH,
    "completion": CompletionRule.PERSON, "retries": 2,
}  # fmt: skip
MOST_POSTED = 60


def posted_steps(data: Any) -> list[dict[str, Any]]:
    """The steps as they were typed, readable or not, for a page that is shown again with one more, less or elsewhere."""
    try:
        count = min(int(data.get("steps-TOTAL_FORMS", 0)), MOST_POSTED)
    except ValueError:
        count = 0
    return [{name: data.get(f"steps-{place}-{name}") for name in STEP_COLUMNS} for place in range(count)]


def steps_with_problems(formset: Any, version_form: Any, error: PlaybookRefused) -> None:
    """Put each problem beside its step and field; what is about the whole stands above."""
    for problem in error.problems:
        form = formset.forms[problem.step - 1] if problem.step else version_form
        form.add_error(problem.field if problem.field in form.fields else None, problem.message)


class VersionForm(forms.Form):
    """What a draft is for: its goal, and what it changes."""

    goal_indicator = IndicatorChoice(label=_("Goal: figures"))
    goal_value = forms.FloatField(
        label=_("Goal: from"),
        required=False,
        help_text=_("A coverage as a fraction (0.25 is 25 %), a count or a score."),
    )
    goal_months = forms.IntegerField(label=_("Held for, in months"), initial=3)
    note = forms.CharField(
        label=_("What this version changes, and why"), required=False, max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


class PlaybookForm(forms.Form):
    """Where a playbook goes on once it is completed, and how long it rests after an exit."""

    continues_in = forms.ModelChoiceField(
        label=_("A completed one goes on in"),
        queryset=Playbook.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="—",
    )
    cooldown_days = forms.IntegerField(
        label=_("Days after an exit before it enrols again"), widget=forms.NumberInput(attrs={"min": 0})
    )

    def __init__(self, *args: Any, playbook: Playbook, **options: Any) -> None:
        super().__init__(*args, **options)
        field_of(self, "continues_in").queryset = Playbook.objects.exclude(pk=playbook.pk).order_by("code")
