"""Why professionals don't adopt, as the deck has it: factor, theme, barrier, with its CFIR 2.0 domain."""

THEMES: list[dict[str, str]] = [
    {
        "code": "equipment",
        "factor": "endogenous",
        "name_en": "Equipment",
        "name_fr": "Équipement",
        "name_nl": "Uitrusting",
    },
    {
        "code": "software",
        "factor": "endogenous",
        "name_en": "Business software",
        "name_fr": "Logiciel métier",
        "name_nl": "Medische software",
    },
    {
        "code": "applications",
        "factor": "endogenous",
        "name_en": "Applications",
        "name_fr": "Applications",
        "name_nl": "Toepassingen",
    },
    {"code": "time", "factor": "exogenous", "name_en": "Time", "name_fr": "Le temps", "name_nl": "Tijd"},
    {
        "code": "change",
        "factor": "exogenous",
        "name_en": "Change",
        "name_fr": "Le changement",
        "name_nl": "Verandering",
    },
    {
        "code": "collaboration",
        "factor": "exogenous",
        "name_en": "Collaboration",
        "name_fr": "La collaboration",
        "name_nl": "Samenwerking",
    },
    {
        "code": "patient",
        "factor": "exogenous",
        "name_en": "The patient",
        "name_fr": "Le patient",
        "name_nl": "De patiënt",
    },
]

# Each with its theme, code, CFIR domain and its name in English, French and Dutch.
_ROWS = [
    ("equipment", "no_computer", "innovation", "No computer, or too old a one",
     "Pas d'ordinateur, ou trop ancien", "Geen of een te oude computer"),
    ("equipment", "no_tablet", "innovation", "No tablet", "Pas de tablette", "Geen tablet"),
    ("equipment", "no_smartphone", "innovation", "No smartphone", "Pas de smartphone", "Geen smartphone"),
    ("equipment", "no_suitable_hardware", "innovation", "No suitable hardware",
     "Pas de matériel adéquat", "Geen geschikte apparatuur"),
    ("software", "software_not_connected", "innovation", "Software not connected to the network",
     "Logiciel non connecté au réseau", "Software niet met het netwerk verbonden"),
    ("software", "software_not_chosen", "innovation", "Software not chosen yet",
     "Logiciel pas encore choisi", "Software nog niet gekozen"),
    ("software", "software_discontinued", "outer_setting", "Software discontinued, migration forced",
     "Logiciel arrêté, migration imposée", "Software stopgezet, migratie opgelegd"),
    ("applications", "no_app_chosen", "innovation", "No mobile app chosen for chronic patients",
     "Pas d'application mobile choisie pour les patients chroniques",
     "Geen mobiele app gekozen voor chronische patiënten"),
    ("applications", "hard_to_use", "innovation", "Too hard to use",
     "Trop difficile à utiliser", "Te moeilijk in het gebruik"),
    ("time", "training_unpaid", "outer_setting", "Training time isn't paid",
     "Le temps de formation n'est pas valorisé", "Opleidingstijd wordt niet vergoed"),
    ("time", "time_before_gain", "inner_setting", "Time must be invested before it is won",
     "Il faut investir du temps avant d'en gagner", "Eerst tijd investeren, dan pas winnen"),
    ("change", "need_for_routine", "individuals", "Need for routine and reference points",
     "Besoin de cadre, de repères et de routine", "Nood aan houvast en routine"),
    ("change", "fear_of_the_new", "individuals", "Fear of the new, stress at leaving the old",
     "Peur de l'inconnu, stress d'abandonner l'ancien", "Angst voor het nieuwe, stress bij het loslaten"),
    ("change", "burn_out", "individuals", "Burn-out or exhaustion", "Burn-out ou épuisement", "Burn-out of uitputting"),
    ("collaboration", "team_not_harmonised", "inner_setting", "Use isn't harmonised in the team",
     "Usage non harmonisé dans l'équipe", "Gebruik niet afgestemd in het team"),
    ("collaboration", "not_everyone_aboard", "inner_setting", "Not everyone is aboard",
     "Tout le monde n'est pas embarqué", "Niet iedereen is mee"),
    ("collaboration", "no_time_to_agree", "process", "No time taken to agree as a team on how to use it",
     "Pas pris le temps de se concerter sur l'usage", "Geen tijd genomen om het gebruik af te spreken"),
    ("patient", "patient_profile", "outer_setting", "Patients' profile: chronic or occasional",
     "Profil des patients : chroniques ou occasionnels", "Profiel van de patiënten: chronisch of occasioneel"),
    ("patient", "patient_equipment", "outer_setting", "Patients have no equipment",
     "Patients sans outils technologiques", "Patiënten zonder apparatuur"),
    ("patient", "patient_not_at_ease", "outer_setting", "Patients aren't at ease with technology",
     "Patients pas à l'aise avec la technologie", "Patiënten niet vertrouwd met technologie"),
    ("patient", "patient_no_consent", "outer_setting", "Patients haven't consented to sharing",
     "Patients sans consentement au partage", "Patiënten zonder toestemming tot delen"),
]  # fmt: skip

BARRIERS: list[dict[str, str]] = [
    {"theme": theme, "code": code, "cfir_domain": domain, "name_en": english, "name_fr": french, "name_nl": dutch}
    for theme, code, domain, english, french, dutch in _ROWS
]
