"""Numbers that are well formed and, as far as possible, nobody's."""

import random
from collections.abc import Iterator

GP_COMPETENCES = ("003", "004", "005", "006", "007", "008")
_COMPETENCE_WEIGHTS = (30, 55, 3, 3, 4, 5)
_SEQUENCES = range(100_000, 200_000)
MOST_NUMBERS = 180_000


def nihdi_numbers(count: int, rng: random.Random) -> Iterator[str]:
    """Distinct NIHDI numbers of physicians, eleven digits, check digits right, general practice.

    The check is 97 - (first six mod 97). There are 100,000 sequences, so a network beyond that size
    also gets numbers as given since 2019, checked by 89 - (first six mod 89).
    """
    if count > MOST_NUMBERS:
        raise ValueError(f"At most {MOST_NUMBERS} NIHDI numbers can be made.")
    older = rng.sample(_SEQUENCES, min(count, len(_SEQUENCES)))
    newer = (
        [n for n in rng.sample(_SEQUENCES, len(_SEQUENCES)) if 97 - n % 97 != 89 - n % 89] if count > len(older) else []
    )
    competences = rng.choices(GP_COMPETENCES, _COMPETENCE_WEIGHTS, k=count)
    keys = [f"{n}{97 - n % 97:02}" for n in older] + [f"{n}{89 - n % 89:02}" for n in newer]
    for key, competence in zip(keys[:count], competences, strict=True):
        yield key + competence


def enterprise_number(sequence: int) -> str:
    """A valid enterprise number from a range that is far from being given out (1.9 and beyond)."""
    stem = 19_000_000 + sequence
    return f"{stem}{97 - stem % 97:02}"


def phone_number(sequence: int) -> str:
    """A well-formed Belgian number in a mobile range that no operator holds (0450), in E.164."""
    return f"+32450{sequence:06}"
