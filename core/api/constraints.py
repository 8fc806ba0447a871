"""What a constraint of the database says to a REST client when it refuses a write.

Services check what they can beforehand; between two requests at the same moment the constraint
has the last word, and its name leads here. Each app has its own words in
`api/refusals.py`; config.api_v1 registers them.
"""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Refusal:
    """The code and the words that a constraint's name stands for, and the field that it concerns."""

    code: str
    message: str | Promise
    field: str = ""


_refusals: dict[str, Refusal] = {}


def register_refusals(refusals: dict[str, Refusal]) -> None:
    """Give constraints, by name, the words with which they refuse."""
    _refusals.update(refusals)


def refusal_of(constraint: str) -> Refusal | None:
    """The words of this constraint; None where nobody gave it any."""
    return _refusals.get(constraint)
