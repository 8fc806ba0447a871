"""Where people work: communes, streets, practices, other organisations and software, all invented but the communes."""

import datetime as dt
import random
from dataclasses import dataclass, field

from practitioners.enums import ContactLanguage, OrganisationKind

from .names import for_address, full_name
from .numbers import enterprise_number, phone_number
from .size import apportion

# GPs are spread over the communes roughly as people are; our own round figures.
_COMMUNE_WEIGHTS = {
    "21001": 85, "21002": 34, "21003": 22, "21004": 150, "21005": 58, "21006": 30, "21007": 58, "21008": 22,
    "21009": 125, "21010": 55, "21011": 18, "21012": 70, "21013": 70, "21014": 26, "21015": 125, "21016": 120,
    "21017": 33, "21018": 82, "21019": 56,
}  # fmt: skip
_DUTCH_SHARE = 0.17

_STREETS = (
    ("des Tilleuls", "Linden"), ("du Moulin", "Molen"), ("de la Fontaine", "Fontein"), ("des Cerisiers", "Kerselaren"),
    ("du Noyer", "Noten"), ("de l'Étang", "Vijver"), ("du Verger", "Boomgaard"), ("des Ormes", "Olmen"),
    ("de la Station", "Statie"), ("du Marché", "Markt"), ("de la Forge", "Smidse"), ("des Jardins", "Hoven"),
    ("du Puits", "Put"), ("de la Colline", "Heuvel"), ("des Hirondelles", "Zwaluwen"), ("du Ruisseau", "Beek"),
    ("des Peupliers", "Populieren"), ("du Clocher", "Toren"), ("de la Brasserie", "Brouwerij"), ("du Berger", "Herders"),
    ("des Acacias", "Acacia"), ("de la Source", "Bron"), ("du Tramway", "Tram"), ("des Merles", "Merel"),
)  # fmt: skip
_STREET_KINDS = ((("Rue", "straat"), 6), (("Avenue", "laan"), 4), (("Place", "plein"), 1))
_HOUSES_FR = (
    "Le Figuier,La Passerelle bleue,Les Trois Tilleuls,Le Vieux Four,La Marelle,L'Érable,Le Phare,"
    "Les Coquelicots,La Boussole,Le Sureau,Les Quatre Vents,La Ruche"
)
_HOUSES_NL = (
    "De Vijgenboom,De Brug,Het Anker,De Vlier,De Hinkelbaan,De Esdoorn,Het Baken,De Klaproos,Het Kompas,De Regenboog"
)

PRODUCTS = (
    # vendor, name, from, discontinued on, share of practices, how easily it connects to the network
    ("Atelier Cinabre", "Cinabre Cabinet", dt.date(2009, 3, 1), None, 22, 0.5),
    ("Sillon Numérique", "Sillon Patient", dt.date(2012, 9, 1), None, 18, 0.6),
    ("Kwarts IT", "Kwarts Praktijk", dt.date(2011, 1, 1), None, 14, 0.7),
    ("Péristyle", "Péristyle Consult", dt.date(2006, 5, 1), None, 12, 0.1),
    ("Vlierhof Software", "Vlierdossier", dt.date(2014, 2, 1), None, 7, 0.4),
    ("Estran", "Estran MG", dt.date(2016, 10, 1), None, 6, 0.9),
    ("Tramontane", "Tramontane 7", dt.date(2002, 1, 1), dt.date(2018, 3, 31), 9, -0.8),
    ("Grachtmed", "Grachtmed Huisarts", dt.date(2000, 6, 1), dt.date(2017, 12, 31), 5, -0.9),
    ("Nonante", "Nonante Fiches", dt.date(1996, 1, 1), dt.date(2016, 12, 31), 4, -1.4),
)
NO_SOFTWARE_SHARE = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A commune as the generator needs it: its code and its own postal code."""

    nis_code: str
    postal_code: str


@dataclass(slots=True)
class Practice:
    """An organisation, the language that is spoken there and how many GPs it holds."""

    name: str
    kind: OrganisationKind
    place: Place
    language: str
    street: str
    phone: str
    enterprise_number: str = ""
    holds: int = 0
    product: int | None = None
    previous_product: int | None = None
    domain: str = field(default="")


def practices(places: list[Place], gps: int, rng: random.Random) -> list[Practice]:
    """Practices over the communes that hold exactly so many GPs: solo, groups and medical houses."""
    made: list[Practice] = []
    weights = [_COMMUNE_WEIGHTS.get(place.nis_code, 30) for place in places]
    for place, here in zip(places, apportion(gps, weights), strict=True):
        left = here
        while left:
            kind, wanted = _kind_and_size(rng)
            holds = min(wanted, left)
            made.append(_practice(kind if holds > 1 else OrganisationKind.SOLO, holds, place, len(made), rng))
            left -= holds
    return made


def other_organisations(places: list[Place], rng: random.Random, first: int) -> list[Practice]:
    """Two hospitals, three guard posts, six home care services and eight care homes; `first` numbers them on."""
    names = [
        (OrganisationKind.HOSPITAL, "Clinique du Canal"),
        (OrganisationKind.HOSPITAL, "Hôpital de la Forêt - Woudziekenhuis"),
        *((OrganisationKind.GUARD_POST, f"Poste de garde {side}") for side in ("Nord", "Centre", "Sud")),
        *(
            (OrganisationKind.HOME_CARE, f"Soins à domicile {name}")
            for name in ("Alizé", "Le Chemin", "De Wijkronde", "Lanterne", "Nabij", "Les Deux Rives")
        ),
        *(
            (OrganisationKind.CARE_HOME, f"Résidence {name}")
            for name in (
                "Les Glycines",
                "Ter Linde",
                "Le Belvédère",
                "Zonnehof",
                "Les Platanes",
                "De Zwaan",
                "L'Automne doré",
                "Avondrust",
            )
        ),
    ]
    made = []
    for number, (kind, name) in enumerate(names, start=first):
        place = rng.choice(places)
        made.append(
            Practice(
                name, kind, place, "fr", _street("fr", rng), phone_number(500_000 + number),
                enterprise_number(number),
            )
        )  # fmt: skip
    return made


def _kind_and_size(rng: random.Random) -> tuple[OrganisationKind, int]:
    draw = rng.random()
    if draw < 0.66:
        return OrganisationKind.SOLO, 1
    if draw < 0.92:
        return OrganisationKind.GROUP, rng.choice((2, 2, 2, 3, 3, 4, 5, 6))
    return OrganisationKind.MEDICAL_HOUSE, rng.choice((4, 5, 5, 6, 7, 8))


def _practice(kind: OrganisationKind, holds: int, place: Place, number: int, rng: random.Random) -> Practice:
    language = ContactLanguage.DUTCH if rng.random() < _DUTCH_SHARE else ContactLanguage.FRENCH
    french = language == ContactLanguage.FRENCH
    street = _street(language, rng)
    if kind == OrganisationKind.SOLO:
        given, family = full_name(language, rng)
        name = f"{'Cabinet Dr' if french else 'Praktijk dr.'} {given} {family}"
    elif kind == OrganisationKind.GROUP:
        name = f"{'Cabinet médical' if french else 'Groepspraktijk'} {street.rsplit(' ', 1)[0]}"
    else:
        houses = (_HOUSES_FR if french else _HOUSES_NL).split(",")
        name = f"{'Maison médicale' if french else 'Wijkgezondheidscentrum'} {rng.choice(houses)}"
    practice = Practice(name, kind, place, language, street, phone_number(number % 500_000), holds=holds)
    if kind != OrganisationKind.SOLO:
        practice.enterprise_number = enterprise_number(number)
    practice.domain = f"{for_address(name)[:40].strip('-')}.example.org"
    _equip(practice, rng)
    return practice


def _equip(practice: Practice, rng: random.Random) -> None:
    """Give the practice its software; most that had a discontinued package have migrated, not all."""
    shares = [product[4] for product in PRODUCTS] + [NO_SOFTWARE_SHARE]
    drawn = rng.choices(range(len(shares)), shares)[0]
    if drawn == len(PRODUCTS):
        return
    practice.product = drawn
    if PRODUCTS[drawn][3] is not None and rng.random() < 0.55:
        practice.previous_product = drawn
        practice.product = rng.choice([i for i, product in enumerate(PRODUCTS) if product[3] is None])


def _street(language: str, rng: random.Random) -> str:
    french, dutch = rng.choice(_STREETS)
    ((before, after),) = rng.choices([kind for kind, _ in _STREET_KINDS], [weight for _, weight in _STREET_KINDS])
    number = rng.randint(1, 240)
    return f"{before} {french} {number}" if language == "fr" else f"{dutch}{after} {number}"
