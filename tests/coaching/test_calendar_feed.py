"""The calendar subscription: a secret address, neutral words, right hours over both clock changes."""

import datetime as dt
import logging
import logging.config
import re
import threading
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from accounts.enums import Role
from adoption.enums import Segment
from coaching.errors import CoachNotActive, FeedNotYours
from coaching.models import CalendarFeed, FollowUpEvent, PlaybookStep
from coaching.selectors.calendar_file import brussels_time, calendar, follow_up_event, visit_event
from coaching.selectors.feeds import calendar_of, digest_of
from coaching.services import create_feed, postpone_follow_up, revoke_feed
from core import clock
from practitioners.models import Practitioner
from tests.factories.accounts import UserFactory
from tests.factories.coaching import MONDAY, at, make_coach
from tests.factories.notices import DAY, owed, person, planned_visit
from tests.helpers import broker

pytestmark = pytest.mark.django_db
BRUSSELS = ZoneInfo("Europe/Brussels")
SPRING, AUTUMN = dt.date(2026, 3, 29), dt.date(2026, 10, 25)


def events_of(content: bytes) -> dict:
    return {str(event["summary"]): event for event in Calendar.from_ical(content).events}


def address(secret: str) -> str:
    return f"/calendar/{secret}.ics"


@pytest.fixture
def coach():
    return make_coach(language="en", first_name="Camille")


# --- The secret -----------------------------------------------------------------------------------------


def test_only_a_digest_of_the_secret_is_kept(coach):
    feed, secret = create_feed(coach=coach, by=coach.user)
    assert len(secret) >= 43
    assert feed.digest == digest_of(secret)
    assert secret not in str(CalendarFeed.objects.values())
    _other, another = create_feed(coach=coach, by=coach.user)
    assert another != secret


def test_a_new_address_ends_the_old_one(coach):
    client = Client()
    _feed, old = create_feed(coach=coach, by=coach.user)
    assert client.get(address(old)).status_code == 200
    _feed, new = create_feed(coach=coach, by=coach.user)
    assert client.get(address(old)).status_code == 404
    assert client.get(address(new)).status_code == 200
    assert revoke_feed(coach=coach, by=coach.user) is True
    assert client.get(address(new)).status_code == 404
    assert revoke_feed(coach=coach, by=coach.user) is False


def test_only_the_coach_makes_and_revokes_it(coach):
    for other in (make_coach().user, UserFactory(role=Role.COORDINATOR), UserFactory(role=Role.OPERATOR)):
        with pytest.raises(FeedNotYours):
            create_feed(coach=coach, by=other)
        with pytest.raises(FeedNotYours):
            revoke_feed(coach=coach, by=other)
    assert not CalendarFeed.objects.exists()


def test_a_coach_who_left_has_no_feed(coach):
    _feed, secret = create_feed(coach=coach, by=coach.user)
    coach.is_active = False
    coach.save()
    assert Client().get(address(secret)).status_code == 404
    with pytest.raises(CoachNotActive):
        create_feed(coach=coach, by=coach.user)
    coach.is_active, coach.user.is_active = True, False
    coach.save()
    coach.user.save()
    assert Client().get(address(secret)).status_code == 404


@pytest.mark.parametrize("guess", ["x", "%00", "..%2f..%2fetc", "a" * 5000, "é", "' OR 1=1 --"])
def test_a_guess_leads_nowhere(coach, guess):
    create_feed(coach=coach, by=coach.user)
    assert Client().get(address(guess)).status_code == 404


def test_a_guess_costs_one_query_and_is_found_by_an_index(coach):
    create_feed(coach=coach, by=coach.user)
    with CaptureQueriesContext(connection) as captured:
        Client().get(address("guess"))
    asked = [query["sql"] for query in captured if "calendarfeed" in query["sql"]]
    assert len(asked) == 1 and digest_of("guess") in asked[0]


def test_the_address_is_read_without_a_login_and_written_by_nobody(coach):
    _feed, secret = create_feed(coach=coach, by=coach.user)
    client = Client(enforce_csrf_checks=True)
    response = client.get(address(secret))
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Cache-Control"] == "private, no-cache"
    assert response["X-Robots-Tag"] == "noindex"
    assert "sessionid" not in response.cookies
    assert client.head(address(secret)).status_code == 200
    for method in (client.post, client.put, client.delete):
        assert method(address(secret)).status_code in {403, 405}


@pytest.mark.django_db(transaction=True)
def test_two_new_addresses_at_once_leave_one():
    coach = make_coach()
    secrets: list[str] = []

    def make() -> None:
        try:
            secrets.append(create_feed(coach=coach, by=coach.user)[1])
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(secrets) == 4
    assert CalendarFeed.objects.filter(revoked_at__isnull=True).count() == 1
    live = [secret for secret in secrets if Client().get(address(secret)).status_code == 200]
    assert len(live) == 1


def test_two_live_addresses_of_a_coach_are_refused_by_the_database(coach):
    create_feed(coach=coach, by=coach.user)
    with pytest.raises(IntegrityError, match="calendar_feed_one_live_per_coach"), transaction.atomic():
        CalendarFeed.objects.create(coach=coach, digest="x")


def test_the_secret_stands_in_no_log(coach, caplog, capfd):
    _feed, secret = create_feed(coach=coach, by=coach.user)
    logging.config.dictConfig(settings.LOGGING | {"root": {"handlers": ["stderr"], "level": "DEBUG"}})
    log = logging.getLogger("django.server")
    log.setLevel("DEBUG")
    log.warning("GET %s 200", address(secret))
    log.warning("Not Found: %s", address(secret) + "?x=1")
    written = capfd.readouterr().err
    logging.config.dictConfig(settings.LOGGING)
    assert "/calendar/[secret]" in written
    assert secret not in written


# --- What it shows --------------------------------------------------------------------------------------


def test_visits_and_open_follow_ups_of_this_coach_alone(coach):
    other = make_coach()
    owed(person("Open"), coach, MONDAY)
    owed(person("Gepland"), coach, MONDAY + 20 * DAY, state="planned")
    owed(person("Uitgesteld"), coach, MONDAY, state="deferred", channel="call")
    owed(person("Klaar"), coach, MONDAY, state="done", done_on=MONDAY, resolved_by="person")
    owed(person("Gemist"), coach, MONDAY, state="missed")
    owed(person("Cijfers"), coach, MONDAY, channel="figures_check")
    owed(person("Ander"), other, MONDAY)
    planned_visit(person("Afspraak"), coach, at(MONDAY, 9))
    planned_visit(person("Afgezegd"), coach, at(MONDAY, 9), state="cancelled")
    assert set(events_of(calendar_of(coach, on=MONDAY))) == {
        "Visit: Jo Open",
        "Visit: Jo Gepland",
        "Call: Jo Uitgesteld",
        "Visit: Jo Afspraak",
    }


def test_nobody_who_may_not_be_contacted_stands_in_it(coach):
    practitioner = person()
    owed(practitioner, coach, MONDAY)
    Practitioner.objects.filter(pk=practitioner.pk).update(restriction="do_not_contact", restriction_reason="asked")
    assert not events_of(calendar_of(coach, on=MONDAY))


@pytest.mark.parametrize("language", ["fr", "nl", "en"])
def test_it_says_name_and_address_in_neutral_words_and_nothing_more(language):
    coach = make_coach(language=language)
    practitioner = person("Peeters")
    Practitioner.objects.filter(pk=practitioner.pk).update(email="doctor@example.org", phone="+3225551234")
    for channel in ("visit", "technical_check", "call", "email", "remote", "invitation"):
        row = owed(practitioner, coach, MONDAY, channel=channel)
        row.reason = {"segment": "laggards"}
        row.save()
        row.enrolment.state, row.enrolment.ended_on = "completed", MONDAY
        row.enrolment.save()
    planned_visit(practitioner, coach, at(MONDAY, 9), notes="Secret note", promised="A promise")
    content = calendar_of(coach, on=MONDAY).decode().replace("\r\n ", "")
    event = next(iter(Calendar.from_ical(content).events))
    assert "Cabinet du Parc, Avenue du Parc 12, 1060" in str(event["location"])
    forbidden = {"doctor@example.org", "+3225551234", "5551234", "Secret note", "A promise", "laggard", "late majority"}
    forbidden |= {str(label) for label in Segment.labels} | set(Segment.values)
    forbidden |= {name for step in PlaybookStep.objects.all() for name in (step.name_en, step.name_fr, step.name_nl)}
    forbidden |= {"technical", "technique", "technisch", "SUMEHR", "coaching for"}
    for word in forbidden:
        assert word.lower() not in content.lower(), word


def test_hostile_names_forge_no_event(coach):
    owed(person("Evil\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:forged", "A;B,C\\n"), coach, MONDAY)
    content = calendar_of(coach, on=MONDAY)
    (event,) = Calendar.from_ical(content).events
    assert str(event["summary"]).startswith("Visit: A;B,C")
    assert content.count(b"\r\nBEGIN:VEVENT") == 1


def test_a_follow_up_is_an_event_of_the_whole_day_with_a_uid_for_life(coach):
    row = owed(person(), coach, MONDAY)
    (before,) = Calendar.from_ical(calendar_of(coach, on=MONDAY)).events
    assert (before.decoded("dtstart"), before.decoded("dtend")) == (MONDAY, MONDAY + DAY)
    assert str(before["transp"]) == "TRANSPARENT"
    postpone_follow_up(follow_up=row, to=MONDAY + 3 * DAY, reason="asked", by=None, at=at(MONDAY))
    (after,) = Calendar.from_ical(calendar_of(coach, on=MONDAY)).events
    assert after["uid"] == before["uid"]
    assert after.decoded("dtstart") == MONDAY + 3 * DAY
    assert int(after["sequence"]) > int(before["sequence"])
    assert FollowUpEvent.objects.filter(follow_up=row).count() == int(after["sequence"])


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        (dt.datetime(2026, 3, 28, 10), dt.datetime(2026, 3, 28, 9)),
        (dt.datetime(2026, 3, 29, 10), dt.datetime(2026, 3, 29, 8)),
        (dt.datetime(2026, 10, 24, 10), dt.datetime(2026, 10, 24, 8)),
        (dt.datetime(2026, 10, 25, 10), dt.datetime(2026, 10, 25, 9)),
    ],
)
def test_a_visit_keeps_its_hour_in_brussels_over_both_clock_changes(coach, local, utc):
    visit = planned_visit(person(), coach, utc.replace(tzinfo=dt.UTC), minutes=45)
    content = calendar([visit_event(visit)])
    assert f"DTSTART;TZID=Europe/Brussels:{local:%Y%m%dT%H%M%S}".encode() in content
    assert b"BEGIN:VTIMEZONE" in content
    (event,) = Calendar.from_ical(content).events
    assert event.decoded("dtstart").astimezone(dt.UTC) == utc.replace(tzinfo=dt.UTC)
    assert event.decoded("dtend").astimezone(dt.UTC) - utc.replace(tzinfo=dt.UTC) == dt.timedelta(minutes=45)


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_a_day_of_a_clock_change_is_one_day(coach, day):
    (event,) = Calendar.from_ical(calendar([follow_up_event(owed(person(), coach, day))])).events
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (day, day + DAY)


def test_the_rules_of_brussels_time_are_those_of_brussels():
    zone = brussels_time().to_tz()
    moment = dt.datetime(2018, 1, 1)
    while moment.year < 2031:
        assert zone.utcoffset(moment) == moment.replace(tzinfo=BRUSSELS).utcoffset(), moment
        moment += dt.timedelta(hours=13)


# --- How it is fetched again -----------------------------------------------------------------------------


@pytest.fixture
def fetched(coach):
    """A feed with one follow-up, and how to ask for it."""
    row = owed(person(), coach, MONDAY)
    _feed, secret = create_feed(coach=coach, by=coach.user)
    return row, lambda **headers: Client().get(address(secret), headers=headers)


def test_what_did_not_change_is_not_sent_again(fetched):
    row, get = fetched
    first = get()
    assert get()["ETag"] == first["ETag"]
    assert get(**{"if-none-match": first["ETag"]}).status_code == 304
    assert get(**{"if-modified-since": first["Last-Modified"]}).status_code == 304
    row.target_on += DAY
    row.save()
    for headers in ({"if-none-match": first["ETag"]}, {"if-modified-since": first["Last-Modified"]}):
        assert get(**headers).status_code == 200, headers


def test_what_went_away_is_a_change_too(fetched):
    row, get = fetched
    first = get()
    type(row).objects.filter(pk=row.pk).update(assignee=make_coach())
    for headers in ({"if-none-match": first["ETag"]}, {"if-modified-since": first["Last-Modified"]}):
        response = get(**headers)
        assert response.status_code == 200, headers
        assert b"VEVENT" not in response.content


def test_an_emptied_cache_sends_it_once_more(fetched):
    _row, get = fetched
    first = get()
    broker.forget_everything()
    later = {"if-modified-since": "Mon, 02 Jul 2018 00:00:00 GMT"}
    assert get(**later).status_code == 200
    assert get(**{"if-none-match": first["ETag"]}).status_code == 304


def test_when_it_was_read_is_noted_now_and_then(fetched):
    _row, get = fetched
    get()
    noted = CalendarFeed.objects.get().last_read_at
    assert noted is not None
    get()
    assert CalendarFeed.objects.get().last_read_at == noted


def test_it_asks_as_often_for_many_events_as_for_few(coach):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            calendar_of(coach, on=MONDAY)
        return len(captured)

    owed(person(), coach, MONDAY)
    planned_visit(person(), coach, at(MONDAY, 9))
    few = count()
    for _n in range(8):
        owed(person(), coach, MONDAY)
        planned_visit(person(), coach, at(MONDAY, 9))
    assert count() == few


# --- The page ---------------------------------------------------------------------------------------------


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_page_shows_the_address_once(coach):
    clock.forget()
    client = signed_in(coach.user)
    assert "http://testserver/calendar/" not in client.get("/calendar/").content.decode()
    shown = client.post("/calendar/", {"do": "create"})
    assert shown["Cache-Control"] == "private, no-store"
    text = shown.content.decode()
    (url,) = re.findall(r"http://testserver/calendar/[\w-]{43}\.ics", text)
    assert Client().get(url).status_code == 200
    assert url not in client.get("/calendar/").content.decode()
    client.post("/calendar/", {"do": "revoke"})
    assert Client().get(url).status_code == 404


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.MANAGER, Role.OPERATOR, Role.CLIENT])
def test_the_page_is_for_coaches(role):
    assert signed_in(UserFactory(role=role)).get("/calendar/").status_code == 403
    assert Client().get("/calendar/").status_code == 302
