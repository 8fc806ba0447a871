"""What coaches, technicians and the office did in the months before the demonstration's day."""

from coaching.models import Coach

from .progress import Progress
from .size import Size


def live_through(*, size: Size, coaches: list[Coach], seed: int, progress: Progress) -> None:
    """Sort the practitioners month after month, plan, assign and do the follow-ups up to the fixed day."""
