"""Tables of the shared kernel."""

from .base import Catalogue, Referenced, Timestamped
from .idempotency import IdempotencyKey
from .installation import Installation
from .search import Searchable

__all__ = ["Catalogue", "IdempotencyKey", "Installation", "Referenced", "Searchable", "Timestamped"]
