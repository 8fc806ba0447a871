"""Names of people, put together from short lists of common given and family names."""

import random
import re
import unicodedata
from itertools import accumulate

# Given names and family names by the tongue they come from; any of a list goes with any other of it.
_LISTS: dict[str, tuple[str, str]] = {
    "fr": (
        "Claire Sophie Nathalie Isabelle Anne Marie Catherine Julie Céline Élodie Amélie Pauline Camille Charlotte "
        "Hélène Valérie Aurélie Mathilde Delphine Cécile Philippe Michel Jean-Pierre Olivier Benoît Étienne Thierry "
        "François Nicolas Vincent Xavier Guillaume Antoine Maxime Julien Arnaud Cédric Bernard Luc André",
        "Dubois Lambert Dupont Simon Laurent Lejeune Renard Leroy Denis Fontaine Mathieu Gérard Lemaire Collard "
        "Marchal Dumont Noël Charlier Gilles Henry Delvaux Bodart Hubert Pirotte Masson Goffin Thiry Delcourt "
        "Materne Servais Wauthier Jacquemin Baudoux Lecomte Rousseau Legrand Piette Hanquet Grégoire Destrée",
    ),
    "nl": (
        "An Katrien Els Griet Lieve Sofie Hilde Ilse Leen Veerle Tine Marijke Greet Nele Liesbeth Inge Karen "
        "Jan Pieter Bart Wim Koen Dirk Geert Luc Stijn Joris Tom Johan Maarten Hendrik Wouter Filip Kristof Bram",
        "Peeters Janssens Maes Jacobs Willems Claes Goossens Wouters De_Smet Vermeulen Pauwels Van_den_Broeck "
        "Hermans Aerts Michiels Van_Damme De_Backer Verhoeven Lemmens Segers Cools Verstraete De_Wilde Baert "
        "Van_de_Velde Coppens Desmet Mertens Van_Hoof Thys Vandenberghe De_Clercq Bogaert Van_Acker Lauwers Smets",
    ),
    "ma": (
        "Fatima Samira Nadia Leïla Khadija Yasmina Hanane Naïma Salma Imane Mohamed Karim Rachid Youssef Hassan "
        "Mehdi Omar Bilal Nabil Ilyas",
        "El_Amrani Benali Bouzidi El_Idrissi Haddad Chakir Tahiri Ouali Berrada Zeroual Amrouche Lahlou Mansouri "
        "El_Khattabi Saïdi Bouchta Rahmani Ziani",
    ),
    "tr": (
        "Elif Ayşe Zeynep Emine Selin Mehmet Emre Murat Kemal Hakan",
        "Yılmaz Demir Kaya Şahin Aydın Öztürk Arslan Doğan Koç Çelik",
    ),
    "cd": (
        "Béatrice Grâce Clarisse Joséphine Nadège Patrick Jean-Claude Dieudonné Christian Serge",
        "Kabongo Mukendi Ilunga Tshibangu Kalala Mutombo Ngoy Lukusa Mbuyi Kasongo",
    ),
    "it": (
        "Chiara Francesca Laura Paola Giulia Marco Giuseppe Antonio Paolo Luca",
        "Rossi Ferrari Esposito Romano Marino Greco Conti De_Luca Gallo Rizzo",
    ),
    "es": (
        "Carmen Lucía Elena Marta Isabel Javier Carlos Miguel Pablo Diego",
        "García Fernández López Martínez Sánchez Romero Navarro Torres Vidal Ortega",
    ),
    "ro": (
        "Ioana Mihaela Andreea Alina Andrei Mihai Radu Cristian",
        "Popescu Ionescu Dumitru Stan Rusu Munteanu Moldovan Lazăr",
    ),
    "pl": (
        "Agnieszka Katarzyna Magdalena Joanna Piotr Tomasz Marcin Paweł",
        "Kowalski Nowak Wójcik Kamiński Lewandowski Zieliński Mazur Pawlak",
    ),
    "pt": (
        "Ana Teresa Inês Catarina João Rui Pedro Tiago",
        "Silva Santos Ferreira Pereira Oliveira Carvalho Lopes Teixeira",
    ),
    "gr": (
        "Eleni Maria Sofia Katerina Giorgos Nikos Dimitri Kostas",
        "Papadopoulos Nikolaou Vassiliou Georgiou Dimitriou Ioannidis",
    ),
    "vn": ("Mai Linh Thu Lan Minh Tuan", "Nguyen Tran Pham Vu Hoang Dang"),
}
_SHARES = {
    "fr": {
        "fr": 56,
        "nl": 5,
        "ma": 12,
        "it": 5,
        "cd": 4,
        "es": 4,
        "ro": 4,
        "tr": 3,
        "pl": 2,
        "pt": 2,
        "gr": 2,
        "vn": 1,
    },
    "nl": {"nl": 78, "fr": 6, "ma": 6, "tr": 4, "pl": 3, "ro": 2, "vn": 1},
}
_GIVEN = {tongue: pair[0].split() for tongue, pair in _LISTS.items()}
_FAMILY = {tongue: [name.replace("_", " ") for name in pair[1].split()] for tongue, pair in _LISTS.items()}
_TONGUES = {language: (list(shares), list(accumulate(shares.values()))) for language, shares in _SHARES.items()}
_ASCII = str.maketrans({"ı": "i", "ł": "l", "Ł": "L", "ß": "ss", "ø": "o"})


def full_name(language: str, rng: random.Random) -> tuple[str, str]:
    """A given and a family name of somebody who is addressed in this language."""
    tongues, shares = _TONGUES[language]
    tongue = rng.choices(tongues, cum_weights=shares)[0]
    return rng.choice(_GIVEN[tongue]), rng.choice(_FAMILY[tongue])


def for_address(words: str) -> str:
    """Words as they may stand in an e-mail address: `Hélène Van Hoof` becomes `helene-van-hoof`."""
    plain = unicodedata.normalize("NFKD", words.translate(_ASCII)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
