"""The words in which files of practitioners say things, in English, French and Dutch."""

from core.tabular import normalise_header
from practitioners.enums import (
    ContactLanguage,
    IdentifierValidator,
    InactiveReason,
    OrganisationKind,
    PractitionerStatus,
    Profession,
)
from practitioners.models import IdentifierSystem

# Each field with the headers, besides its own name, under which it is recognised.
FIELDS: dict[str, tuple[str, ...]] = {
    "identifier": ("id", "identifiant", "identificatie", "identificatienummer", "code", "practitioner id"),
    "given_name": ("first name", "forename", "prénom", "voornaam"),
    "family_name": ("last name", "surname", "nom", "nom de famille", "naam", "achternaam", "familienaam"),
    "full_name": (
        "name", "nom complet", "nom et prénom", "prénom et nom", "nom prénom", "volledige naam", "naam en voornaam",
        "voornaam en naam", "naam voornaam",
    ),
    "profession": ("occupation", "beroep", "métier"),
    "language": ("contact language", "langue", "langue de contact", "taal", "contacttaal", "taalrol", "rôle linguistique"),
    "email": (
        "e-mail", "mail", "e-mail address", "courriel", "adresse e-mail", "adresse mail", "adresse électronique",
        "e-mailadres", "mailadres",
    ),
    "phone": (
        "telephone", "phone number", "tel", "mobile", "gsm", "téléphone", "numéro de téléphone", "n° de téléphone",
        "telefoon", "telefoonnummer",
    ),
    "commune": ("municipality", "gemeente", "nis", "nis code", "ins", "code ins", "nis-code"),
    "practice_name": ("practice", "cabinet", "nom du cabinet", "praktijk", "naam praktijk", "praktijknaam", "organisation", "organisatie"),
    "practice_kind": ("practice type", "type of practice", "type de cabinet", "type de pratique", "soort praktijk", "type praktijk"),
    "street": ("address", "adresse", "rue", "adres", "straat", "practice street", "adresse du cabinet", "adres praktijk"),
    "postal_code": ("postcode", "zip", "zip code", "code postal", "cp", "practice postal code", "postnummer"),
    "enterprise_number": (
        "numéro d'entreprise", "n° d'entreprise", "numéro BCE", "BCE", "KBO", "KBO-nummer", "ondernemingsnummer",
        "practice enterprise number", "VAT", "VAT number", "TVA", "numéro de TVA", "BTW", "btw-nummer",
    ),
    "software": (
        "software name", "business software", "logiciel", "logiciel métier", "logiciel médical", "softwarepakket",
        "medisch softwarepakket", "pakket", "EMD", "DMI",
    ),
    "software_vendor": (
        "vendor", "éditeur", "éditeur du logiciel", "fournisseur", "fournisseur du logiciel", "leverancier",
        "softwareleverancier",
    ),
    "software_since": ("logiciel depuis", "software sinds"),
    "connected_since": ("connected since", "connecté depuis", "connecté depuis le", "connexion", "aangesloten sinds", "verbonden sinds"),
    "status": ("active", "statut", "actif", "actief"),
    "inactive_reason": ("reason", "raison", "motif", "reden", "raison d'inactivité", "reden inactiviteit"),
    "inactive_since": ("inactif depuis", "inactief sinds"),
}  # fmt: skip

_OF_VALIDATOR: dict[str, tuple[str, ...]] = {
    IdentifierValidator.NIHDI: (
        "NIHDI", "NIHDI number", "INAMI", "numéro INAMI", "n° INAMI", "nº INAMI", "no INAMI", "num INAMI", "INAMI number",
        "RIZIV", "RIZIV-nummer", "RIZIV nr", "RIZIV-nr", "nr RIZIV", "INAMI/RIZIV", "RIZIV/INAMI",
    ),
    IdentifierValidator.ENTERPRISE: FIELDS["enterprise_number"],
    IdentifierValidator.NONE: (),
}  # fmt: skip

NATIONAL_NUMBER_HEADERS = frozenset(
    normalise_header(name)
    for name in (
        "NISS", "INSZ", "national number", "national register number", "numéro national", "n° national", "numéro de registre national",
        "n° de registre national", "registre national", "RN", "RRN", "NRN", "rijksregister", "rijksregisternummer", "SSIN", "BIS number",
    )
)  # fmt: skip
"""Columns of which nothing is kept, whatever they contain."""


def fields_for(system: IdentifierSystem) -> dict[str, tuple[str, ...]]:
    """The fields with their headers, those of this identifier system included."""
    names = (
        system.code,
        system.name_en,
        system.name_fr,
        system.name_nl,
        f"{system.code} code",
        f"{system.code} number",
    )
    return FIELDS | {"identifier": (*FIELDS["identifier"], *names, *_OF_VALIDATOR[system.validator])}


def _words(choices: dict[str, tuple[str, ...]]) -> dict[str, str]:
    return {normalise_header(word): choice for choice, words in choices.items() for word in (choice, *words)}


LANGUAGES = _words(
    {
        ContactLanguage.FRENCH: ("f", "fra", "fre", "français", "francophone", "french", "frans", "franstalig"),
        ContactLanguage.DUTCH: (
            "n",
            "nld",
            "dut",
            "néerlandais",
            "néerlandophone",
            "dutch",
            "nederlands",
            "nederlandstalig",
            "vl",
        ),
    }
)

STATUSES = _words(
    {
        PractitionerStatus.ACTIVE: (
            "1",
            "yes",
            "true",
            "oui",
            "ja",
            "y",
            "o",
            "j",
            "vrai",
            "waar",
            "actif",
            "active",
            "actief",
            "en activité",
            "in functie",
        ),
        PractitionerStatus.INACTIVE: (
            "0",
            "no",
            "false",
            "non",
            "nee",
            "n",
            "faux",
            "onwaar",
            "inactif",
            "inactive",
            "inactief",
            "niet actief",
            "non actif",
        ),
    }
)

REASONS = _words(
    {
        InactiveReason.RETIRED: (
            "retraité",
            "retraitée",
            "pensionné",
            "pensionnée",
            "pension",
            "retraite",
            "gepensioneerd",
            "met pensioen",
        ),
        InactiveReason.MOVED: ("moved away", "déménagé", "déménagée", "parti", "partie", "verhuisd", "vertrokken"),
        InactiveReason.DECEASED: ("died", "dead", "décédé", "décédée", "overleden"),
        InactiveReason.SUSPENDED: ("suspendu", "suspendue", "geschorst"),
        InactiveReason.OTHER: ("autre", "andere", "ander"),
    }
)

KINDS = _words(
    {
        OrganisationKind.SOLO: ("solo practice", "seul", "individuel", "pratique solo", "cabinet solo", "solopraktijk"),
        OrganisationKind.GROUP: (
            "group practice",
            "groupe",
            "pratique de groupe",
            "cabinet de groupe",
            "groep",
            "groepspraktijk",
            "duo",
            "duopraktijk",
        ),
        OrganisationKind.MEDICAL_HOUSE: (
            "medical house",
            "maison médicale",
            "mm",
            "forfait",
            "wijkgezondheidscentrum",
            "wgc",
            "medisch huis",
        ),
        OrganisationKind.HOSPITAL: ("hôpital", "clinique", "ziekenhuis", "kliniek"),
        OrganisationKind.HOME_CARE: ("home care", "soins à domicile", "thuiszorg", "thuisverpleging"),
        OrganisationKind.CARE_HOME: (
            "care home",
            "nursing home",
            "maison de repos",
            "MRS",
            "MRPA",
            "woonzorgcentrum",
            "rusthuis",
            "wzc",
        ),
        OrganisationKind.GUARD_POST: ("guard post", "poste de garde", "PMG", "wachtpost", "huisartsenwachtpost"),
    }
)

PROFESSIONS = _words(
    {
        Profession.GENERAL_PRACTITIONER: ("general practitioner", "GP", "MG", "médecin généraliste", "généraliste", "huisarts", "HA"),
        Profession.SPECIALIST: ("spécialiste", "médecin spécialiste", "specialist", "arts-specialist"),
        Profession.NURSE: ("infirmier", "infirmière", "verpleegkundige", "verpleger"),
        Profession.PHARMACIST: ("pharmacien", "pharmacienne", "apotheker"),
        Profession.OTHER: ("autre", "andere", "ander"),
    }
)  # fmt: skip
