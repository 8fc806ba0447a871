"""Working days: across weekends, Belgian public holidays and year ends, in Python and in SQL alike."""

import datetime as dt

import pytest
from django.db import connection

from core.calendar import NoWorkingDays, OutsideCalendar, WorkingCalendar, calendar_sql, public_holidays
from core.errors import InvalidInput


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture(scope="module")
def calendar() -> WorkingCalendar:
    return WorkingCalendar(day("2015-01-01"), day("2027-12-31"))


@pytest.mark.parametrize(
    ("start", "days", "expected", "why"),
    [
        ("2018-07-02", 5, "2018-07-09", "a week without holidays"),
        ("2018-07-06", 1, "2018-07-09", "over a weekend, from Friday"),
        ("2018-07-07", 1, "2018-07-09", "from Saturday"),
        ("2018-07-08", 1, "2018-07-09", "from Sunday"),
        ("2018-10-31", 1, "2018-11-02", "over All Saints"),
        ("2018-11-01", 1, "2018-11-02", "from All Saints itself"),
        ("2018-12-24", 1, "2018-12-26", "over Christmas; 26 December is a bank holiday only"),
        ("2018-03-30", 1, "2018-04-03", "over Easter Monday; Good Friday is worked"),
        ("2018-05-09", 1, "2018-05-11", "over Ascension; the Friday after it is worked"),
        ("2018-05-18", 1, "2018-05-22", "over Whit Monday"),
        ("2018-07-20", 1, "2018-07-23", "the national day falls on a Saturday"),
        ("2017-12-29", 1, "2018-01-02", "over the year's end"),
        ("2018-12-31", 1, "2019-01-02", "over New Year"),
        ("2018-12-20", 8, "2019-01-03", "Christmas and New Year in one count"),
        ("2018-03-23", 1, "2018-03-26", "over the change to summer time"),
        ("2018-10-26", 1, "2018-10-29", "over the change to winter time"),
        ("2018-11-02", -1, "2018-10-31", "backwards over All Saints"),
        ("2019-01-02", -1, "2018-12-31", "backwards over New Year"),
        ("2018-11-01", 0, "2018-11-01", "no day at all stays, even on a day off"),
    ],
)
def test_working_days_later(calendar, start, days, expected, why):
    assert calendar.add(day(start), days) == day(expected), why


@pytest.mark.parametrize(
    ("start", "policy", "expected"),
    [
        ("2018-11-01", "next", "2018-11-02"),
        ("2018-11-01", "previous", "2018-10-31"),
        ("2018-11-01", "none", "2018-11-01"),
        ("2018-12-30", "next", "2018-12-31"),
        ("2019-01-01", "previous", "2018-12-31"),
        ("2018-11-02", "next", "2018-11-02"),
    ],
)
def test_rolling_off_days_off(calendar, start, policy, expected):
    assert calendar.roll(day(start), policy) == day(expected)


def test_an_unknown_roll_policy_is_refused(calendar):
    with pytest.raises(InvalidInput):
        calendar.roll(day("2018-11-01"), "nearest")


def test_public_holidays_are_those_of_belgium():
    assert public_holidays(2018) == tuple(
        day(f"2018-{text}")
        for text in (
            "01-01",
            "04-01",
            "04-02",
            "05-01",
            "05-10",
            "05-20",
            "05-21",
            "07-21",
            "08-15",
            "11-01",
            "11-11",
            "12-25",
        )
    )


def test_counting_is_the_reverse_of_adding(calendar):
    for start in (day("2018-12-20"), day("2018-12-22"), day("2019-04-19")):
        for days in range(1, 30):
            assert calendar.count(start, calendar.add(start, days)) == days


def test_days_off_of_the_team_count_as_holidays():
    calendar = WorkingCalendar(day("2018-01-01"), day("2018-12-31"), days_off=[day("2018-07-03"), day("2018-07-04")])
    assert calendar.add(day("2018-07-02"), 1) == day("2018-07-05")


def test_a_calendar_without_working_days_is_refused():
    with pytest.raises(NoWorkingDays):
        WorkingCalendar(day("2018-01-01"), day("2018-12-31"), weekend=frozenset(range(7)))
    summer = [day("2018-07-01") + dt.timedelta(days=n) for n in range(45)]
    with pytest.raises(NoWorkingDays):
        WorkingCalendar(day("2018-01-01"), day("2018-12-31"), days_off=summer)


def test_a_day_outside_the_calendar_is_an_error_and_not_a_guess(calendar):
    with pytest.raises(OutsideCalendar):
        calendar.add(day("2014-12-31"), 1)
    with pytest.raises(OutsideCalendar):
        calendar.add(day("2027-12-30"), 5)
    with pytest.raises(InvalidInput):
        WorkingCalendar(day("2018-01-02"), day("2018-01-01"))


@pytest.mark.django_db
def test_sql_counts_as_python_does(calendar):
    cte, parameters = calendar_sql(calendar)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""WITH {cte}
            SELECT c.day, c.is_working, later.day, before.day
            FROM calendar c
            LEFT JOIN working later ON later.ordinal = c.ordinal + 7
            LEFT JOIN working before ON before.ordinal = c.ordinal - 7 + CASE WHEN c.is_working THEN 0 ELSE 1 END
            WHERE c.day BETWEEN %(from)s AND %(until)s ORDER BY c.day""",
            parameters | {"from": day("2016-01-15"), "until": day("2027-12-01")},
        )
        rows = cursor.fetchall()
    assert len(rows) == (day("2027-12-01") - day("2016-01-15")).days + 1
    for at, is_working, later, before in rows:
        assert (is_working, later, before) == (calendar.is_working(at), calendar.add(at, 7), calendar.add(at, -7)), at
