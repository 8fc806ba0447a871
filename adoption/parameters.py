"""What the parameters of a scheme mean, and which values they can have.

Time of adoption (rogers, valente):
  threshold      adopted when the trailing mean reaches it (a coverage is a fraction: 0.5 is 50 %)
  window         calendar months of the trailing mean
  min_values     months of the window that must have a figure for the mean to count
  left_censored  `separate`: who had adopted when the data begins is a class of their own and doesn't
                 count in mean and deviation; `include`: sorted with the others

Volume bands:
  window         calendar months of which the volume is summed, the last one included
  min_values     a publisher with figures in fewer months since first publishing has not enough data
  absent         what no figure at all in the window means: `zero` published nothing, `unknown`
  innovators, early_adopters, early_majority, late_majority
                 the least volume of each band; beneath the last one are the laggards

Both:
  profession     who is sorted: one profession, or `any`
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from adoption.catalogue import SCHEMES
from adoption.enums import SchemeKind, Segment
from adoption.errors import InvalidParameter
from practitioners.enums import Profession

LONGEST_WINDOW = 36
BANDS = (Segment.INNOVATORS, Segment.EARLY_ADOPTERS, Segment.EARLY_MAJORITY, Segment.LATE_MAJORITY)


@dataclass(frozen=True)
class Number:
    """A number between two bounds, whole or not."""

    whole: bool = False
    least: float | None = None
    most: float | None = None

    def read(self, name: str, given: Any) -> float | int:
        """The value as int or float; InvalidParameter when it isn't one or lies outside."""
        try:
            if isinstance(given, bool) or (isinstance(given, str) and "_" in given):
                raise ValueError
            number = float(given)
        except (TypeError, ValueError, OverflowError):
            raise _refused(name, _("“%(value)s” is not a number.") % {"value": given}) from None
        if not math.isfinite(number):
            raise _refused(name, _("“%(value)s” is not a finite number.") % {"value": given})
        if self.whole and number != int(number):
            raise _refused(name, _("“%(value)s” is not a whole number.") % {"value": given})
        if (self.least is not None and number < self.least) or (self.most is not None and number > self.most):
            bounds = {"value": given, "least": self.least, "most": self.most}
            if self.most is None:
                raise _refused(name, _("%(value)s is less than %(least)s.") % bounds)
            raise _refused(name, _("%(value)s is not between %(least)s and %(most)s.") % bounds)
        return int(number) if self.whole else number


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, name: str, given: Any) -> str:
        """The word; InvalidParameter when it isn't one of them."""
        word = str(given).strip().lower()
        if word not in self.words:
            raise _refused(
                name, _("“%(value)s” is not one of %(words)s.") % {"value": given, "words": ", ".join(self.words)}
            )
        return word


_WINDOW = Number(whole=True, least=1, most=LONGEST_WINDOW)
_PROFESSION = Choice(("any", *Profession.values))
_TIME: dict[str, Number | Choice] = {
    "threshold": Number(),
    "window": _WINDOW,
    "min_values": _WINDOW,
    "left_censored": Choice(("include", "separate")),
    "profession": _PROFESSION,
}
_VOLUME: dict[str, Number | Choice] = {
    "window": _WINDOW,
    "min_values": _WINDOW,
    "absent": Choice(("zero", "unknown")),
    **{band.value: Number(least=0) for band in BANDS},
    "profession": _PROFESSION,
}
PARAMETERS: dict[str, dict[str, Number | Choice]] = {
    SchemeKind.ROGERS: _TIME,
    SchemeKind.VALENTE: _TIME,
    SchemeKind.VOLUME_BANDS: _VOLUME,
}
_DEFAULTS = {scheme["code"]: scheme["parameters"] for scheme in SCHEMES}


def complete_parameters(kind: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The parameters with which a scheme of this kind runs: the defaults, and what was given over them.

    Raises InvalidParameter naming the first parameter that is unknown, unreadable or at odds with another.
    """
    known = PARAMETERS[kind]
    given = given or {}
    for name in given:
        if name not in known:
            words = {"scheme": kind, "names": ", ".join(known)}
            raise _refused(str(name), _("The scheme %(scheme)s has no such parameter; it has %(names)s.") % words)
    merged = {**_DEFAULTS[kind], **given}
    read: dict[str, Any] = {name: rule.read(name, merged[name]) for name, rule in known.items()}
    if read["min_values"] > read["window"]:
        raise _refused(
            "min_values",
            _("%(least)s months with figures can't lie in a window of %(window)s.")
            % {"least": read["min_values"], "window": read["window"]},
        )
    if kind == SchemeKind.VOLUME_BANDS:
        if read[Segment.LATE_MAJORITY] <= 0:
            raise _refused("late_majority", _("The least volume of a publisher must be above zero."))
        for upper, lower in pairwise(BANDS):
            if read[upper] <= read[lower]:
                raise _refused(upper.value, _("The bound must be above the one of %(band)s.") % {"band": lower.value})
    return read


def _refused(name: str, why: str) -> InvalidParameter:
    message = _("Parameter %(name)s: %(why)s") % {"name": name, "why": why}
    return InvalidParameter(message, fields={name: why})
