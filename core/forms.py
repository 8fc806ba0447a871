"""What the forms of every app are made of: filters of lists, choices by public names, days."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

EVERY = [("", _("All"))]


def field_of(form: forms.Form, name: str) -> Any:
    """A form's field with the attributes of its kind."""
    return form.fields[name]


class DayInput(forms.DateInput):
    """A day chosen from the device's own calendar, which reads and writes ISO dates in every language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class NamedChoice(forms.ModelChoiceField):
    """One of some rows, named in the address by a public word and never by its primary key."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("required", False)
        options.setdefault("empty_label", _("All"))
        super().__init__(*args, **options)


class FilterForm(forms.Form):
    """A list's filters as they stand in the address; what can't be read there counts as not given."""

    def chosen(self) -> dict[str, Any]:
        """The filters that hold something readable."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    def number_chosen(self) -> int:
        """How many filters narrow the list, the words searched for aside."""
        return len(self.chosen().keys() - {"q"})
