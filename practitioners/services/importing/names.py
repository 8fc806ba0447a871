"""Cutting a full name into given and family name."""

import re

_TITLES = re.compile(r"^(?:(?:dr|docteur|dokter|doctor|prof|pr)\b\.?\s*)+", re.IGNORECASE)
_PARTICLES = frozenset(
    "de du des d le la van vande vanden vander von den der ten ter 't el al ben da dos di".split()  # noqa: SIM905
)


def split_name(full_name: str) -> tuple[str, str]:
    """Given and family name: "Dupont, Jean", "DUPONT Jean", "Jean Dupont" and "Jean van der Elst" are all read.

    A single word is a family name.
    """
    name = _TITLES.sub("", " ".join(full_name.split())).strip()
    if "," in name:
        family, _comma, given = name.partition(",")
        return given.strip(), family.strip()
    words = name.split()
    if len(words) < 2:
        return "", name
    loud = [word for word in words if word.isupper() and len(word) > 1]
    if loud and len(loud) < len(words):
        quiet = [word for word in words if word not in loud]
        # Particles beside a family name in capitals belong to it.
        particles = [word for word in quiet if word.lower() in _PARTICLES]
        return " ".join(word for word in quiet if word not in particles), " ".join(particles + loud)
    for number, word in enumerate(words[1:], 1):
        if word.lower() in _PARTICLES:
            return " ".join(words[:number]), " ".join(words[number:])
    return " ".join(words[:-1]), words[-1]
