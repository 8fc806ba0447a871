"""Finding practitioners by what somebody remembers of them."""

import re
from functools import reduce
from typing import Any

from django.db import connection, transaction
from django.db.models import F, FloatField, Func, Q, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat

from core.models import Searchable
from practitioners.models import Affiliation, Commune, Identifier, Organisation, Practitioner

MOST_WORDS = 8
ALIKE = 0.4
"""From this word similarity (pg_trgm, 0 to 1) a name is taken for a misspelling of the word."""

MOST_ALIKE = 500
_IDENTIFIER = re.compile(r"(?<!\S)\+?[0-9][0-9 .\-/]{2,}[0-9](?!\S)")


def search_practitioners(queryset: QuerySet[Practitioner], words: str) -> QuerySet[Practitioner]:
    """The practitioners of a queryset whom these words mean; every word must say something about them.

    A word is part of the name, of a current practice's or the commune's name (accents and case don't
    count), a postal code, or the beginning of an identifier, written with or without dashes; so is
    a telephone number. Where nobody is found so,
    misspelt names are forgiven. The order is the queryset's own.
    """
    number, terms = _terms(words)
    if not number and not terms:
        return queryset
    conditions = [_identified(number)] if number else []
    exact = queryset.filter(*conditions, *(Q(pk__in=_mentioning(term)) for term in terms))
    # Numbers are right or wrong; only words are misspelt.
    forgiven = [term for term in terms if not any(character.isdigit() for character in term)]
    if not forgiven or exact.exists():
        return exact
    conditions += [Q(pk__in=_mentioning(term)) for term in terms if term not in forgiven]
    return queryset.filter(*conditions, pk__in=_alike(forgiven))


def _terms(words: str) -> tuple[str, list[str]]:
    """A number with dashes or spaces, put together, and the other words."""
    words = words.replace("\0", " ")
    match = _IDENTIFIER.search(words)
    number = ""
    if match and sum(character.isdigit() for character in match[0]) >= 5:
        number = re.sub(r"\D", "", match[0])
        words = words.replace(match[0], " ")
    return number, words.split()[:MOST_WORDS]


def _identified(number: str) -> Q:
    # A NIHDI number is stored by its first eight digits, and asked for with all eleven.
    beginnings = {number, number[:8]} if len(number) == 11 else {number}
    condition = reduce(Q.__or__, (Q(value__startswith=beginning) for beginning in beginnings))
    identified = Q(pk__in=Identifier.objects.filter(condition).values("practitioner"))
    # Only telephone numbers begin with a zero or the country's code; they are few enough to be read through.
    return identified | Q(phone__endswith=number.lstrip("0")) if number.startswith(("0", "32")) else identified


def _mentioning(term: str) -> QuerySet[Practitioner, Any]:
    """Who has the term in their name, practice, commune or at the beginning of an identifier."""
    text = Searchable(Value(term))
    named = Practitioner.objects.filter(search_name__contains=text).values("pk")
    working = Affiliation.objects.filter(
        until=None, organisation__in=Organisation.objects.filter(search_name__contains=text).values("pk")
    ).values("practitioner")
    numbered = Identifier.objects.filter(Q(value__startswith=term) | Q(value__startswith=term.upper())).values(
        "practitioner"
    )
    communes = Commune.objects.alias(
        names=Searchable(Concat(F("name_fr"), Value(" "), F("name_nl"), output_field=TextField()))
    ).filter(Q(names__contains=text) | Q(postal_codes__contains=[term]) | Q(nis_code=term))
    living = Practitioner.objects.filter(commune__in=communes.values("pk")).values("pk")
    return named.union(working, numbered, living)


class _Alikeness(Func):
    """How much of a word is in a name, by trigrams."""

    function = "word_similarity"
    arity = 2
    output_field = FloatField()


def _alike(terms: list[str]) -> list[int]:
    """Who has, for each term, a word like it in their name or current practice; the most alike ones.

    The threshold of the index operator is a setting, so the question is asked at once, in a
    transaction of its own.
    """
    statement = """
        SELECT p.id FROM practitioners_practitioner p WHERE searchable(%(term)s) <%% p.search_name
        UNION
        SELECT a.practitioner_id FROM practitioners_affiliation a JOIN practitioners_organisation o ON o.id = a.organisation_id
        WHERE a.until IS NULL AND searchable(%(term)s) <%% o.search_name
    """
    found: set[int] | None = None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(ALIKE)])
        for term in terms:
            cursor.execute(statement, {"term": term})
            ids = {row[0] for row in cursor.fetchall()}
            found = ids if found is None else found & ids
            if not found:
                return []
    alike = sorted(found or ())
    if len(alike) <= MOST_ALIKE:
        return alike
    nearness: Combinable = Value(0.0)
    for term in terms:
        nearness = nearness + _Alikeness(Searchable(Value(term)), F("search_name"))
    nearest = Practitioner.objects.filter(pk__in=alike).alias(nearness=nearness).order_by("-nearness", "pk")
    return list(nearest.values_list("pk", flat=True)[:MOST_ALIKE])
