"""The registry's tables."""

from .commune import Commune
from .identifier import Identifier, IdentifierSystem
from .import_run import ImportRowError, ImportRun
from .organisation import Affiliation, Organisation
from .practitioner import Practitioner
from .software import SoftwareProduct

__all__ = [
    "Affiliation",
    "Commune",
    "Identifier",
    "IdentifierSystem",
    "ImportRowError",
    "ImportRun",
    "Organisation",
    "Practitioner",
    "SoftwareProduct",
]
