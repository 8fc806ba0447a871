"""Tables of the shared kernel."""

from .base import Catalogue, Referenced, Timestamped
from .idempotency import IdempotencyKey
from .installation import Installation
from .outbox import Mail, Occasion
from .search import Searchable

__all__ = [
    "Catalogue",
    "IdempotencyKey",
    "Installation",
    "Mail",
    "Occasion",
    "Referenced",
    "Searchable",
    "Timestamped",
]
