"""COPY into a staging table: every text arrives as it was."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.staging import ROWS_AT_A_TIME, copy_rows

pytestmark = pytest.mark.django_db


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8) | st.sampled_from(
    ["\\N", "\\", "\t", "a\nb", "\r"]
)


@pytest.fixture
def cursor():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE staged (number integer, first text, second text)")
        yield cursor
        cursor.execute("DROP TABLE staged")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=20))
def test_every_text_arrives_and_the_empty_one_as_null(cursor, pairs):
    cursor.execute("TRUNCATE staged")
    assert copy_rows(
        cursor, "staged", ["number", "first", "second"], [(str(n), *pair) for n, pair in enumerate(pairs)]
    ) == len(pairs)
    cursor.execute("SELECT first, second FROM staged ORDER BY number")
    assert cursor.fetchall() == [(first or None, second or None) for first, second in pairs]


def test_rows_are_taken_as_they_come_and_all_of_them(cursor):
    rows = ((str(number), "a\tb" if number % 777 == 0 else "plain", "") for number in range(3 * ROWS_AT_A_TIME + 1))
    assert copy_rows(cursor, "staged", ["number", "first", "second"], rows) == 3 * ROWS_AT_A_TIME + 1
    cursor.execute("SELECT count(*), count(DISTINCT number), count(*) FILTER (WHERE first = E'a\\tb') FROM staged")
    assert cursor.fetchone() == (3001, 3001, 4)


def test_no_rows_are_no_trouble(cursor):
    assert copy_rows(cursor, "staged", ["number"], []) == 0
