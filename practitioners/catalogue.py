"""What every new registry starts with: the identifier systems and the 19 communes of Brussels."""

from dataclasses import dataclass

from practitioners.enums import IdentifierValidator


@dataclass(frozen=True, slots=True)
class CommuneEntry:
    """A commune with its postal codes; `neighbours` are the NIS codes of those that it touches."""

    nis_code: str
    name_fr: str
    name_nl: str
    postal_codes: tuple[str, ...]
    neighbours: tuple[str, ...]


DEFAULT_SYSTEM = "nihdi"

IDENTIFIER_SYSTEMS = [
    {
        "code": DEFAULT_SYSTEM,
        "name_en": "NIHDI number",
        "name_fr": "Numéro INAMI",
        "name_nl": "RIZIV-nummer",
        "validator": IdentifierValidator.NIHDI,
    },
    {
        "code": "enterprise",
        "name_en": "Enterprise number",
        "name_fr": "Numéro d'entreprise",
        "name_nl": "Ondernemingsnummer",
        "validator": IdentifierValidator.ENTERPRISE,
    },
]

# Postal codes 1040 and 1050 belong to Brussels and to one other commune each.
COMMUNES = [
    CommuneEntry("21001", "Anderlecht", "Anderlecht", ("1070",), ("21004", "21007", "21012", "21013")),
    CommuneEntry("21002", "Auderghem", "Oudergem", ("1160",), ("21005", "21009", "21017", "21019")),
    CommuneEntry("21003", "Berchem-Sainte-Agathe", "Sint-Agatha-Berchem", ("1082",), ("21008", "21011", "21012")),
    CommuneEntry(
        "21004", "Bruxelles", "Brussel", ("1000", "1020", "1040", "1050", "1120", "1130"),
        ("21001", "21005", "21006", "21009", "21010", "21012", "21013", "21014", "21015", "21016", "21017"),
    ),
    CommuneEntry("21005", "Etterbeek", "Etterbeek", ("1040",), ("21002", "21004", "21009", "21015", "21018", "21019")),
    CommuneEntry("21006", "Evere", "Evere", ("1140",), ("21004", "21015", "21018")),
    CommuneEntry("21007", "Forest", "Vorst", ("1190",), ("21001", "21009", "21013", "21016")),
    CommuneEntry("21008", "Ganshoren", "Ganshoren", ("1083",), ("21003", "21010", "21011")),
    CommuneEntry(
        "21009", "Ixelles", "Elsene", ("1050",), ("21002", "21004", "21005", "21007", "21013", "21016", "21017")
    ),
    CommuneEntry("21010", "Jette", "Jette", ("1090",), ("21004", "21008", "21011", "21012")),
    CommuneEntry("21011", "Koekelberg", "Koekelberg", ("1081",), ("21003", "21008", "21010", "21012")),
    CommuneEntry(
        "21012", "Molenbeek-Saint-Jean", "Sint-Jans-Molenbeek", ("1080",),
        ("21001", "21003", "21004", "21010", "21011"),
    ),
    CommuneEntry("21013", "Saint-Gilles", "Sint-Gillis", ("1060",), ("21001", "21004", "21007", "21009")),
    CommuneEntry("21014", "Saint-Josse-ten-Noode", "Sint-Joost-ten-Node", ("1210",), ("21004", "21015")),
    CommuneEntry(
        "21015", "Schaerbeek", "Schaarbeek", ("1030",), ("21004", "21005", "21006", "21014", "21018")
    ),
    CommuneEntry("21016", "Uccle", "Ukkel", ("1180",), ("21004", "21007", "21009", "21017")),
    CommuneEntry("21017", "Watermael-Boitsfort", "Watermaal-Bosvoorde", ("1170",), ("21002", "21004", "21009", "21016")),
    CommuneEntry(
        "21018", "Woluwe-Saint-Lambert", "Sint-Lambrechts-Woluwe", ("1200",), ("21005", "21006", "21015", "21019")
    ),
    CommuneEntry("21019", "Woluwe-Saint-Pierre", "Sint-Pieters-Woluwe", ("1150",), ("21002", "21005", "21018")),
]  # fmt: skip
