"""What adoption ships as data: indicators, schemes with their defaults, the deck's figures, the premium's thresholds.

Loaded after every migration, insert only: what users edited stays as they left it.
"""

import datetime as dt
from typing import Any

DECK = "Abrumet, Partage électronique des données de santé, slides of June 2018"
JUNE_2018 = dt.date(2018, 6, 1)
MAY_2018 = dt.date(2018, 5, 1)

INDICATORS: list[dict[str, Any]] = [
    {
        "code": "sumehr_published",
        "kind": "count",
        "publishes": True,
        "unit": "SUMEHR",
        "name_en": "SUMEHRs published",
        "name_fr": "SUMEHR publiés",
        "name_nl": "Gepubliceerde SUMEHR's",
    },
    {
        "code": "sumehr_coverage",
        "kind": "coverage",
        "publishes": False,
        "unit": "",
        "name_en": "GMR patients with a SUMEHR",
        "name_fr": "Patients DMG avec un SUMEHR",
        "name_nl": "GMD-patiënten met een SUMEHR",
    },
]

# The defaults of a scheme are its version 1, on `indicator`. What each parameter means: adoption/parameters.py.
SCHEMES: list[dict[str, Any]] = [
    {
        "code": "rogers",
        "name_en": "Rogers: five classes by time of adoption",
        "name_fr": "Rogers : cinq classes selon le moment d'adoption",
        "name_nl": "Rogers: vijf klassen naar tijdstip van adoptie",
        "indicator": "sumehr_published",
        "parameters": {
            "threshold": 1.0,
            "window": 3,
            "min_values": 2,
            "left_censored": "separate",
            "profession": "general_practitioner",
        },
    },
    {
        "code": "valente",
        "name_en": "Valente: four classes by time of adoption",
        "name_fr": "Valente : quatre classes selon le moment d'adoption",
        "name_nl": "Valente: vier klassen naar tijdstip van adoptie",
        "indicator": "sumehr_published",
        "parameters": {
            "threshold": 1.0,
            "window": 3,
            "min_values": 2,
            "left_censored": "separate",
            "profession": "general_practitioner",
        },
    },
    {
        # Who publishes how much: the sum of the trailing `window` months, as_of included.
        # innovators >= 1200 (100 a month), early adopters >= 480 (40), early majority >= 120 (10), late majority >= 1,
        # laggards 0. At higher bounds the deck's 355,132 in two years can't make its own segments.
        # A publisher with figures in fewer than `min_values` months of the window since first
        # publishing is not_enough_data. Without any figure in the window: laggard (absent=zero).
        "code": "volume-bands",
        "name_en": "Volume bands: by the SUMEHRs published over a year",
        "name_fr": "Bandes de volume : selon les SUMEHR publiés sur un an",
        "name_nl": "Volumebanden: naar de SUMEHR's gepubliceerd over een jaar",
        "indicator": "sumehr_published",
        "parameters": {
            "window": 12,
            "min_values": 3,
            "absent": "zero",
            "innovators": 1200.0,
            "early_adopters": 480.0,
            "early_majority": 120.0,
            "late_majority": 1.0,
            "profession": "general_practitioner",
        },
    },
]

_ACTIVE_GPS = {
    "base": 1447,
    "base_name_en": "active GPs in Brussels",
    "base_name_fr": "MG actifs à Bruxelles",
    "base_name_nl": "actieve huisartsen in Brussel",
}
_PUBLISHERS = {
    "base": 1052,
    "base_name_en": "GPs who publish SUMEHRs",
    "base_name_fr": "MG qui publient des SUMEHR",
    "base_name_nl": "huisartsen die SUMEHR's publiceren",
}
_CONSULTATIONS = {
    "base": 75766,
    "base_name_en": "documents consulted in the month",
    "base_name_fr": "documents consultés dans le mois",
    "base_name_nl": "documenten geraadpleegd in de maand",
}

NETWORK_FIGURES: list[dict[str, Any]] = [
    {
        "code": "active_gps",
        "month": JUNE_2018,
        "value": 1447,
        "name_en": "Active GPs in Brussels",
        "name_fr": "MG actifs à Bruxelles",
        "name_nl": "Actieve huisartsen in Brussel",
    },
    {
        "code": "publishing_gps",
        "month": JUNE_2018,
        "value": 1052,
        "name_en": "GPs who publish SUMEHRs",
        "name_fr": "MG qui publient des SUMEHR",
        "name_nl": "Huisartsen die SUMEHR's publiceren",
        **_ACTIVE_GPS,
    },
    {
        "code": "non_publishing_gps",
        "month": JUNE_2018,
        "value": 395,
        "name_en": "GPs who publish no SUMEHR",
        "name_fr": "MG qui ne publient pas de SUMEHR",
        "name_nl": "Huisartsen die geen SUMEHR publiceren",
        **_ACTIVE_GPS,
    },
    {
        "code": "sumehrs_published",
        "month": JUNE_2018,
        "value": 355132,
        "name_en": "SUMEHRs published",
        "name_fr": "SUMEHR publiés",
        "name_nl": "Gepubliceerde SUMEHR's",
    },
    {
        "code": "documents_consulted",
        "month": JUNE_2018,
        "value": 75766,
        "name_en": "Shared documents consulted",
        "name_fr": "Documents partagés consultés",
        "name_nl": "Geraadpleegde gedeelde documenten",
    },
    # The deck's 1, 10, 34 and 53 % add up to 98 % of the publishers; the rest of them is in no band.
    *(
        {
            "code": f"gps_{segment}",
            "month": JUNE_2018,
            "value": value,
            "is_approximate": True,
            "name_en": english,
            "name_fr": french,
            "name_nl": dutch,
            **_PUBLISHERS,
        }
        for segment, value, english, french, dutch in [
            ("innovators", 11, "Innovators", "Innovateurs", "Innovatoren"),
            ("early_adopters", 105, "Early adopters", "Adopteurs précoces", "Vroege gebruikers"),
            ("early_majority", 358, "Early majority", "Majorité précoce", "Vroege meerderheid"),
            ("late_majority", 558, "Late majority", "Majorité tardive", "Late meerderheid"),
            ("not_enough_data", 20, "In no band of the slides", "Dans aucune bande", "In geen enkele band"),
        ]
    ),
    # The deck gives the two parts without saying what they are; they aren't named here either.
    {
        "code": "documents_consulted_first_part",
        "month": JUNE_2018,
        "value": 33786,
        "name_en": "Documents consulted, first part of the total",
        "name_fr": "Documents consultés, première partie du total",
        "name_nl": "Geraadpleegde documenten, eerste deel van het totaal",
        **_CONSULTATIONS,
    },
    {
        "code": "documents_consulted_second_part",
        "month": JUNE_2018,
        "value": 41980,
        "name_en": "Documents consulted, second part of the total",
        "name_fr": "Documents consultés, seconde partie du total",
        "name_nl": "Geraadpleegde documenten, tweede deel van het totaal",
        **_CONSULTATIONS,
    },
    {
        "code": "consents",
        "month": JUNE_2018,
        "value": 650000,
        "is_approximate": True,
        "name_en": "Inhabitants who consented to sharing",
        "name_fr": "Habitants ayant consenti au partage",
        "name_nl": "Inwoners die in het delen toestemden",
    },
    {
        "code": "portal_patients",
        "month": MAY_2018,
        "value": 119,
        "usual": 20,
        "name_en": "Distinct patients on the portal",
        "name_fr": "Patients différents sur le portail",
        "name_nl": "Verschillende patiënten op het portaal",
    },
    {
        "code": "portal_connections",
        "month": MAY_2018,
        "value": 3887,
        "usual": 280,
        "name_en": "Connections to the portal",
        "name_fr": "Connexions au portail",
        "name_nl": "Verbindingen met het portaal",
    },
]

# The integrated practice premium's SUMEHR rule: the share of GMR patients with a SUMEHR. Other years are unknown.
PREMIUM_THRESHOLDS: list[dict[str, Any]] = [
    {"indicator": "sumehr_coverage", "year": 2018, "minimum": 0.25},
    {"indicator": "sumehr_coverage", "year": 2023, "minimum": 0.55},
    {"indicator": "sumehr_coverage", "year": 2024, "minimum": 0.60},
]
