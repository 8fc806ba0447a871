"""Which column of a file is which field, by its header in English, French or Dutch, or by an explicit choice."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.tabular.errors import UnreadableFile


def normalise_header(text: str) -> str:
    """A header without accents, case, spaces and punctuation: "N° INAMI" and "n_inami" are the same."""
    # Decomposed before and after: a letter in a circle has no case until it is the letter.
    folded = unicodedata.normalize("NFKD", text).casefold()
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(character for character in decomposed if character.isalnum())


@dataclass(frozen=True, slots=True)
class Matched:
    """Where each recognised field stands, and the columns that are nobody's.

    `fields` maps a field to its column's index; `unmapped` lists (index, column name).
    """

    fields: dict[str, int]
    unmapped: list[tuple[int, str]]


def parse_mapping(options: Iterable[str]) -> dict[str, str]:
    """The choices `field=column`, as given on a command line, as a dictionary."""
    mapping: dict[str, str] = {}
    for option in options:
        field, separator, column = option.partition("=")
        field, column = field.strip(), column.strip()
        if not separator or not field or not column:
            raise UnreadableFile("bad_mapping", _("“%(option)s” is not of the form field=column.") % {"option": option})
        if mapping.get(field, column) != column:
            raise UnreadableFile("bad_mapping", _("The field “%(field)s” is mapped twice.") % {"field": field})
        mapping[field] = column
    return mapping


def match_columns(
    columns: Sequence[str], fields: Mapping[str, Iterable[str]], mapping: Mapping[str, str] | None = None
) -> Matched:
    """Find each field's column: first as `mapping` (field to column) says, then by name or alias.

    `fields` maps a field to its other names. A column that was mapped explicitly is nobody else's.
    A field that two columns could be is refused unless the mapping says which.
    """
    found: dict[str, int] = {}
    by_name = {column: index for index, column in enumerate(columns)}
    by_key = {normalise_header(column): index for index, column in enumerate(columns)}
    for field, column in (mapping or {}).items():
        if field not in fields:
            raise UnreadableFile(
                "unknown_field",
                _("There is no field “%(field)s”. The fields are: %(fields)s.")
                % {"field": field, "fields": ", ".join(fields)},
            )
        index = by_name.get(column, by_key.get(normalise_header(column)))
        if index is None:
            raise UnreadableFile(
                "unknown_column",
                _("The file has no column “%(column)s”. Its columns are: %(columns)s.")
                % {"column": column, "columns": ", ".join(columns)},
            )
        found[field] = index
    taken = set(found.values())
    for field, aliases in fields.items():
        if field in found:
            continue
        names = {normalise_header(name) for name in (field, *aliases)}
        candidates = [
            index for index, column in enumerate(columns) if index not in taken and normalise_header(column) in names
        ]
        if len(candidates) > 1:
            raise UnreadableFile(
                "ambiguous_column",
                _("The columns %(columns)s could all be “%(field)s”. Say which: %(field)s=COLUMN.")
                % {"columns": ", ".join(f"“{columns[index]}”" for index in candidates), "field": field},
            )
        if candidates:
            found[field] = candidates[0]
            taken.add(candidates[0])
    return Matched(found, [(index, column) for index, column in enumerate(columns) if index not in taken])
