"""What can be read of the pilot projects."""

from .waves import waves_with_pilots

__all__ = ["waves_with_pilots"]
