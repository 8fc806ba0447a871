"""Two waves of pilot projects that connect to the health vault."""

import datetime as dt
import random

from coaching.models import Coach
from pilots.models import Participation, Pilot, Wave
from practitioners.enums import OrganisationKind, PractitionerStatus
from practitioners.models import Organisation, Practitioner

_WAVES = (
    ("wave-1", "Wave 1", "Vague 1", "Golf 1", dt.date(2018, 1, 15), dt.date(2018, 9, 28)),
    ("wave-2", "Wave 2", "Vague 2", "Golf 2", dt.date(2018, 5, 14), dt.date(2018, 12, 14)),
)
_GOALS = (
    "Le plan de soins et le journal des soins à domicile sont dans le coffre-fort et le médecin généraliste les lit.",
    "Les maisons de repos et les hôpitaux alimentent le coffre-fort ; la moitié des participants le consultent chaque semaine.",
)
# Wave, pilot, what it is used for, what kind of organisation leads it, how many practitioners take part.
_PILOTS = (
    (
        0,
        "Journal de soins partagé",
        "Les infirmiers à domicile partagent leur journal avec le médecin généraliste",
        OrganisationKind.HOME_CARE,
        14,
    ),
    (
        0,
        "Suivi du diabète",
        "Le suivi de la glycémie entre l'infirmier et le médecin généraliste",
        OrganisationKind.HOME_CARE,
        11,
    ),
    (
        1,
        "Schéma de médication en maison de repos",
        "Le schéma de médication suit le résident",
        OrganisationKind.CARE_HOME,
        12,
    ),
    (
        1,
        "Sortie d'hôpital",
        "Les lettres de sortie et les rendez-vous arrivent au cabinet",
        OrganisationKind.HOSPITAL,
        16,
    ),
)


def start_waves(seed: int) -> None:
    """Make the two waves with their pilots, who accompanies and who takes part, everybody in one pilot at most."""
    rng = random.Random(f"{seed}:waves")
    waves = Wave.objects.bulk_create(
        Wave(code=code, name_en=en, name_fr=fr, name_nl=nl, starts_on=first, ends_on=last, goal=goal)
        for (code, en, fr, nl, first, last), goal in zip(_WAVES, _GOALS, strict=True)
    )
    willing = list(
        Practitioner.objects.filter(status=PractitionerStatus.ACTIVE, restriction="none", connected_since__isnull=False)
        .order_by("pk")
        .values_list("pk", flat=True)[:20_000]
    )
    rng.shuffle(willing)
    coaches = Coach.objects.order_by("pk")[: len(_PILOTS)]
    for number, (place, name, use_case, kind, count) in enumerate(_PILOTS):
        leads = Organisation.objects.filter(kind=kind).order_by("pk")
        pilot = Pilot.objects.create(
            wave=waves[place],
            name=name,
            use_case=use_case,
            lead_organisation=rng.choice(leads),
            coach=coaches[number % len(coaches)],
        )
        taking_part, willing = willing[:count], willing[count:]
        Participation.objects.bulk_create(
            Participation(
                pilot=pilot, practitioner_id=key, since=waves[place].starts_on + dt.timedelta(days=7 * (i % 3))
            )
            for i, key in enumerate(taking_part)
        )
