"""What adoption says no with."""

from core.errors import DomainError, InvalidInput


class UnknownCode(InvalidInput):
    """No scheme, indicator or identifier system has this code."""

    code = "unknown_code"


class InvalidParameter(InvalidInput):
    """A scheme's parameter is unknown or can't have this value; `fields` names it."""

    code = "invalid_parameter"


class InvalidMonth(InvalidInput):
    """The month can't be read, lies in the future or beyond the figures."""

    code = "invalid_month"


class RunGoesBack(DomainError):
    """The version was already run on later figures; its assignments hold those."""

    code = "run_goes_back"


class IndicatorExists(DomainError):
    """An indicator with this code exists and is of another kind."""

    code = "indicator_exists"
