"""Those who work with the network: coaches, technicians, the office and a REST client."""

import random

from django.contrib.auth.hashers import make_password
from django.db.models.functions import Lower

from accounts.enums import Language, Role, TokenScope
from accounts.models import User
from accounts.services.tokens import create_token
from coaching.enums import Track
from coaching.models import Coach
from practitioners.models import Commune

from .names import full_name
from .size import Size

PASSWORD = "passerelle-demo"
"""The password of everybody in the demonstration network; printed by the command, worth nothing elsewhere."""

TOKEN_NAME = "Demonstration"
COORDINATOR, MANAGER, OPERATOR, CLIENT = (
    f"{role}@example.org" for role in ("coordinator", "manager", "operator", "client")
)
_OFFICE = (
    (COORDINATOR, Role.COORDINATOR, "Hélène", "Delvaux"),
    (MANAGER, Role.MANAGER, "Wouter", "Claes"),
    (OPERATOR, Role.OPERATOR, "Nadia", "Benali"),
    (CLIENT, Role.CLIENT, "", "Tableau de bord"),
)
# Who covers what: given name, family name, languages, communes by NIS code, contacts a week and a day.
_Worker = tuple[str, str, str, str, int, int]
_COACHES: tuple[_Worker, ...] = (
    ("Claire", "Marchal", "fr", "21004", 25, 6),
    ("Samira", "Ouali", "fr", "21009 21005", 25, 6),
    ("Pieter", "Goossens", "nl fr", "21015 21006 21014", 25, 6),
    ("Olivier", "Servais", "fr nl", "21016 21007", 25, 6),
    ("Elif", "Aydın", "fr nl", "21001 21013", 25, 6),
    ("Christian", "Ilunga", "fr", "21012 21011 21003", 25, 6),
    ("Griet", "Vermeulen", "nl fr", "21010 21008 21004", 20, 5),
    ("Paola", "Conti", "fr nl", "21018 21019 21002 21017", 25, 6),
)
_TECHNICIANS: tuple[_Worker, ...] = (
    ("Karim", "Haddad", "fr nl", "21004 21012 21011 21003", 40, 9),
    ("Bram", "Cools", "nl fr", "21015 21006 21014 21010 21008", 40, 9),
    ("Ioana", "Rusu", "fr nl", "21001 21013 21007 21016", 40, 9),
    ("Marco", "Greco", "fr nl", "21009 21005 21018 21019 21002 21017", 40, 9),
)


def taken_addresses(size: Size) -> list[str]:
    """The demonstration's addresses, in whatever letters, that accounts have already."""
    wanted = [email for email, *_ in _OFFICE]
    wanted += [_address(Role.COACH, n + 1) for n in range(size.coaches)]
    wanted += [_address(Role.TECHNICIAN, n + 1) for n in range(size.technicians)]
    rows = User.objects.annotate(address=Lower("email")).filter(address__in=wanted)
    return list(rows.order_by("pk").values_list("email", flat=True))


def hire_staff(size: Size, seed: int) -> list[Coach]:
    """Make the users with their demonstration password, and the coaches and technicians with what they cover."""
    password = make_password(PASSWORD)
    rng = random.Random(f"{seed}:staff")
    User.objects.bulk_create(
        User(email=email, role=role, first_name=given, last_name=family, password=password, is_staff=role == Role.OPERATOR,
             is_superuser=role == Role.OPERATOR)
        for email, role, given, family in _OFFICE
    )  # fmt: skip
    coaches = _field_workers(Role.COACH, _COACHES, size.coaches, password, rng)
    technicians = _field_workers(Role.TECHNICIAN, _TECHNICIANS, size.technicians, password, rng)
    return coaches + technicians


def give_client_a_token() -> str | None:
    """A token for the REST client, read and write for a year; None when it has one, which nobody can read again."""
    client = User.objects.filter(email=CLIENT).first()
    if client is None or client.auth_token_set.exists():
        return None
    _, secret = create_token(owner=client, name=TOKEN_NAME, scope=TokenScope.WRITE)
    return secret


def _address(role: Role, number: int) -> str:
    return f"{role.value}{number}@example.org"


def _field_workers(
    role: Role, known: tuple[_Worker, ...], count: int, password: str, rng: random.Random
) -> list[Coach]:
    """The ones with a name of their own, and as many more with the same areas as the size asks for."""
    people = list(known)
    while len(people) < count:
        _, _, languages, communes, weekly, daily = known[len(people) % len(known)]
        people.append((*full_name(languages[:2], rng), languages, communes, weekly, daily))
    users = User.objects.bulk_create(
        User(
            email=_address(role, number), role=role, first_name=given, last_name=family, password=password,
            language=Language.DUTCH if languages.startswith("nl") else Language.FRENCH,
        )
        for number, (given, family, languages, *_) in enumerate(people, start=1)
    )  # fmt: skip
    track = Track.COACHING if role == Role.COACH else Track.TECHNICAL_SUPPORT
    coaches = Coach.objects.bulk_create(
        Coach(user=user, tracks=[track], languages=languages.split(), weekly_capacity=weekly, daily_capacity=daily)
        for user, (_, _, languages, _, weekly, daily) in zip(users, people, strict=True)
    )
    there = set(Commune.objects.values_list("nis_code", flat=True))
    Coach.communes.through.objects.bulk_create(
        Coach.communes.through(coach=coach, commune_id=nis_code)
        for coach, person in zip(coaches, people, strict=True)
        for nis_code in person[3].split()
        if nis_code in there
    )
    return coaches
