"""Which commune a file means: by NIS code, by French or Dutch name, or by postal code where that is enough."""

import re
from collections import defaultdict

from core.tabular import normalise_header
from practitioners.models import Commune


class Places:
    """The communes of the registry, to be looked up without the database."""

    def __init__(self) -> None:
        self._by_name: dict[str, str] = {}
        self._by_postal_code: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, str] = {}
        for commune in Commune.objects.all():
            self._names[commune.nis_code] = f"{commune.name_fr} ({commune.nis_code})"
            for name in (commune.nis_code, commune.name_fr, commune.name_nl):
                for spelling in _spellings(name):
                    self._by_name[spelling] = commune.nis_code
            for both in (f"{commune.name_fr} {commune.name_nl}", f"{commune.name_nl} {commune.name_fr}"):
                self._by_name[normalise_header(both)] = commune.nis_code
            for code in commune.postal_codes:
                self._by_postal_code[code].add(commune.nis_code)
        self._read: dict[str, tuple[str, str]] = {}

    def named(self, text: str) -> tuple[str, str]:
        """The NIS code and the postal code that a cell such as "Ixelles", "21009" or "1050 Ixelles" names.

        Both are empty where the text names no commune that is known.
        """
        if text not in self._read:
            postal = re.search(r"(?<!\d)[1-9]\d{3}(?!\d)", text)
            name = text.replace(postal[0], " ") if postal else text
            self._read[text] = (self._by_name.get(normalise_header(name), ""), postal[0] if postal else "")
        return self._read[text]

    def at(self, postal_code: str) -> list[str]:
        """The NIS codes of the communes that have this postal code: none, one, or for 1040 and 1050 two."""
        return sorted(self._by_postal_code.get(postal_code, ()))

    def names(self, nis_codes: list[str]) -> str:
        """Communes for a sentence, with their NIS codes."""
        return ", ".join(self._names[code] for code in nis_codes)


def _spellings(name: str) -> set[str]:
    """A name as it is also written: Saint and Sainte shortened."""
    plain = normalise_header(name)
    short = re.sub(r"\bSaint(e?)-", r"St\1-", name)
    short_dutch = re.sub(r"\bSint-", "St-", name)
    return {plain, normalise_header(short), normalise_header(short_dutch)}
