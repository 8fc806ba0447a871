"""What the pilot projects tell the rest of the product."""

from .wave_starts import tell_wave_starts

__all__ = ["tell_wave_starts"]
