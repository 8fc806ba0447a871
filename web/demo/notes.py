"""What coaches and technicians wrote after a contact; nothing about patients."""

import random

from coaching.enums import Channel, Outcome

_TALKS = {
    "fr": (
        "Accueil chaleureux. Le médecin publie à la main, patient par patient ; montré la publication à la clôture du dossier.",
        "Cabinet très occupé, rendez-vous écourté. L'utilité est comprise, le moment manque.",
        "Passé en revue les dossiers sans gestionnaire DMG ; une demi-heure a suffi pour en publier dix ensemble.",
        "La secrétaire prépare les listes, le médecin valide le soir. Bonne organisation à encourager.",
        "Crainte de partager un dossier incomplet. Convenu de commencer par les patients chroniques.",
        "L'équipe n'a pas la même façon de coder. Proposé une réunion d'une heure au cabinet.",
        "Le bouton de publication n'avait jamais été trouvé. Première publication faite pendant la visite.",
        "Demande une formation accréditée plutôt qu'une visite. Transmis à la coordination.",
    ),
    "nl": (
        "Vriendelijk ontvangen. De arts publiceert één voor één; het publiceren bij het afsluiten van het dossier getoond.",
        "Drukke praktijk, kort gesprek. Het nut is duidelijk, de tijd ontbreekt.",
        "Samen de dossiers zonder GMD-houder overlopen en er tien gepubliceerd.",
        "Het team codeert niet op dezelfde manier. Een uur overleg in de praktijk voorgesteld.",
        "Wil beginnen met de chronische patiënten. Lijst samen opgemaakt.",
        "Vraagt een geaccrediteerde opleiding in plaats van een bezoek. Doorgegeven aan de coördinatie.",
    ),
}
_CHECKS = {
    "fr": (
        "Ordinateur en ordre, lecteur de carte à remplacer. Logiciel à jour.",
        "Le logiciel n'est plus maintenu ; trois remplaçants comparés avec le médecin.",
        "Connexion au réseau configurée et testée. Reste à obtenir le certificat eHealth.",
        "Certificat expiré, renouvelé sur place. Première consultation de documents réussie.",
        "Poste de travail trop lent pour la nouvelle version ; devis demandé au fournisseur.",
    ),
    "nl": (
        "Computer in orde, kaartlezer te vervangen. Software bijgewerkt.",
        "Verbinding met het netwerk ingesteld en getest. Het eHealth-certificaat ontbreekt nog.",
        "De software wordt niet meer onderhouden; drie alternatieven vergeleken.",
        "Certificaat vervallen en ter plaatse vernieuwd.",
    ),
}
_CALLS = {
    "fr": (
        "Présenté l'accompagnement ; d'accord pour une visite en début d'après-midi.",
        "Intéressé, surtout par la prime de pratique intégrée. Préfère le jeudi.",
        "A déjà essayé l'an dernier, découragé par les lenteurs. Prêt à réessayer.",
        "Demande ce que deviennent les données ; expliqué le consentement et les accès.",
    ),
    "nl": (
        "De begeleiding voorgesteld; akkoord voor een bezoek in de namiddag.",
        "Geïnteresseerd, vooral in de praktijkpremie. Liefst op donderdag.",
        "Vroeg wat er met de gegevens gebeurt; toestemming en toegang uitgelegd.",
    ),
}
_ENDINGS = {
    Outcome.NO_ANSWER: {"fr": "Pas de réponse.", "nl": "Geen antwoord."},
    Outcome.REFUSED: {"fr": "Ne souhaite pas d'accompagnement.", "nl": "Wenst geen begeleiding."},
    Outcome.WANTS_LATER: {"fr": "Préfère être recontacté plus tard.", "nl": "Wil later gecontacteerd worden."},
}
_PROMISES = {
    "fr": (
        "Envoyer le mode d'emploi d'une page.",
        "Rappeler le fournisseur du logiciel.",
        "Revenir avec la liste des patients DMG sans SUMEHR.",
        "Vérifier les droits d'accès de la secrétaire.",
    ),
    "nl": (
        "De handleiding van één pagina sturen.",
        "De softwareleverancier bellen.",
        "Terugkomen met de lijst van GMD-patiënten zonder SUMEHR.",
    ),
}
_PRESENT = {
    "fr": ("", "Le médecin", "Le médecin et la secrétaire", "Toute l'équipe"),
    "nl": ("", "De arts", "De arts en het onthaal", "Het hele team"),
}


def note_of(channel: str, outcome: str, language: str, rng: random.Random) -> str:
    """What was written after this contact."""
    if outcome != Outcome.DONE:
        return _ENDINGS[Outcome(outcome)][language]
    if channel == Channel.TECHNICAL_CHECK:
        return rng.choice(_CHECKS[language])
    return rng.choice((_TALKS if channel in (Channel.VISIT, Channel.REMOTE) else _CALLS)[language])


def promise_of(language: str, rng: random.Random) -> str:
    """What was promised, two times in five."""
    return rng.choice(_PROMISES[language]) if rng.random() < 0.4 else ""


def present_of(language: str, rng: random.Random) -> str:
    """Who was there."""
    return rng.choice(_PRESENT[language])
