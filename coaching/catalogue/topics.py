"""What coaches and practitioners talk about."""

# Each with its code and its name in English, French and Dutch.
_ROWS = [
    ("first_sumehr", "Publishing a first SUMEHR", "Publier un premier SUMEHR", "Een eerste SUMEHR publiceren"),
    ("sumehr_quality", "Quality of the SUMEHR", "Qualité du SUMEHR", "Kwaliteit van de SUMEHR"),
    ("coverage", "Coverage of GMR patients", "Couverture des patients DMG", "Dekking van de GMD-patiënten"),
    ("premium", "Integrated practice premium", "Prime de pratique intégrée", "Geïntegreerde praktijkpremie"),
    ("consent", "Patients' consent", "Consentement des patients", "Toestemming van patiënten"),
    ("consulting_documents", "Consulting shared documents", "Consultation des documents partagés",
     "Gedeelde documenten raadplegen"),
    ("connection", "Connection to the network", "Connexion au réseau", "Verbinding met het netwerk"),
    ("installation", "Installation and settings", "Installation et paramétrage", "Installatie en instellingen"),
    ("equipment", "Equipment", "Équipement", "Uitrusting"),
    ("software_choice", "Choice of software", "Choix du logiciel", "Keuze van software"),
    ("routine", "Fitting it into the daily routine", "Intégration dans la routine", "Inpassen in de dagelijkse routine"),
    ("team", "Agreements in the team", "Accords dans l'équipe", "Afspraken in het team"),
    ("patient_portal", "The patient portal", "Le portail patient", "Het patiëntenportaal"),
    ("training", "Training and accreditation", "Formation et accréditation", "Opleiding en accreditering"),
]  # fmt: skip

TOPICS: list[dict[str, str]] = [
    {"code": code, "name_en": english, "name_fr": french, "name_nl": dutch} for code, english, french, dutch in _ROWS
]
