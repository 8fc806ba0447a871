"""Putting the shipped catalogue into a registry."""

from django.db import transaction

from practitioners.catalogue import COMMUNES, DEFAULT_SYSTEM, IDENTIFIER_SYSTEMS
from practitioners.models import Commune, IdentifierSystem


@transaction.atomic
def load_catalogue() -> None:
    """Add the shipped identifier systems and communes that aren't there yet; what users edited is kept."""
    IdentifierSystem.objects.bulk_create(
        [IdentifierSystem(**entry) for entry in IDENTIFIER_SYSTEMS], ignore_conflicts=True
    )
    if not IdentifierSystem.objects.filter(is_default=True).exists():
        IdentifierSystem.objects.filter(code=DEFAULT_SYSTEM).update(is_default=True)
    present = set(Commune.objects.values_list("nis_code", flat=True))
    missing = [entry for entry in COMMUNES if entry.nis_code not in present]
    Commune.objects.bulk_create(
        [
            Commune(
                nis_code=entry.nis_code,
                name_fr=entry.name_fr,
                name_nl=entry.name_nl,
                postal_codes=list(entry.postal_codes),
            )
            for entry in missing
        ],
        ignore_conflicts=True,
    )
    there = present | {entry.nis_code for entry in missing}
    link = Commune.neighbours.through
    link.objects.bulk_create(
        [
            link(from_commune_id=start, to_commune_id=end)
            for entry in missing
            for neighbour in entry.neighbours
            if neighbour in there
            for start, end in ((entry.nis_code, neighbour), (neighbour, entry.nis_code))
        ],
        ignore_conflicts=True,
    )
