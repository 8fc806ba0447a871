"""Tables of the shared kernel."""

from .base import Catalogue, Referenced, Timestamped
from .idempotency import IdempotencyKey
from .installation import Installation

__all__ = ["Catalogue", "IdempotencyKey", "Installation", "Referenced", "Timestamped"]
