"""Forms of the pages that mix domains."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from adoption.enums import Segment
from coaching.selectors.boards import coaches_to_choose
from core.forms import EVERY, FilterForm, NamedChoice, field_of
from practitioners.enums import PractitionerStatus
from practitioners.models import Commune, Organisation, SoftwareProduct


class PeopleFilter(FilterForm):
    """What narrows the list of practitioners."""

    NO_CASE = "none"

    q = forms.CharField(
        label=_("Name, practice or number"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    segment = forms.ChoiceField(label=_("Segment"), required=False, choices=[*EVERY, *Segment.choices])
    commune = NamedChoice(label=_("Commune"), queryset=Commune.objects.all())
    coach = forms.ChoiceField(label=_("Coach"), required=False)
    software = NamedChoice(label=_("Software"), queryset=SoftwareProduct.objects.all(), to_field_name="ref")
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[*EVERY, *PractitionerStatus.choices])
    # A hidden field: people come to it from a practice's name, not from a list of hundreds.
    practice = NamedChoice(
        queryset=Organisation.objects.all(), to_field_name="ref", widget=forms.HiddenInput, label=_("Practice")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options | {"auto_id": "filter_%s"})
        self.coaches = {str(coach.ref): coach for coach in coaches_to_choose()}
        field_of(self, "coach").choices = [
            *EVERY,
            (self.NO_CASE, _("No case open")),
            *((ref, str(coach)) for ref, coach in self.coaches.items()),
        ]

    def criteria(self) -> dict[str, Any]:
        """The filters as the selector takes them; the words searched for aren't among them."""
        chosen = self.chosen()
        coach = chosen.get("coach", "")
        return {
            "segment": chosen.get("segment", ""),
            "commune": chosen["commune"].pk if "commune" in chosen else "",
            "software": chosen.get("software"),
            "status": chosen.get("status", ""),
            "coach": self.coaches.get(coach) if coach else None,
            "without_case": coach == self.NO_CASE,
            "practice": chosen.get("practice"),
        }

    @property
    def search(self) -> str:
        """The words searched for."""
        return str(self.chosen().get("q", "")).strip()
