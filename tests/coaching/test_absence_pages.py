"""The pages on calendars: who sees and records what, the eight weeks, and a practice's days."""

import datetime as dt

import pytest
from django.test import Client

from coaching.models import Absence, FollowUp, PracticeClosure, TeamDay, VisitingHours
from coaching.selectors.absence_board import board_of, falls_in
from core import clock
from tests.factories import network
from tests.factories.network import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    yield network.build()
    clock.forget()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def absence(coach, first, last=None, **more):
    return Absence.objects.create(coach=coach, first_day=first, last_day=last or first, **more)


def day(days):
    return TODAY + dt.timedelta(days=days)


def record(client, **more):
    given = {"first_day": day(2).isoformat(), "last_day": "", "part": "whole", "kind": "leave", "note": ""} | more
    return client.post("/absences/record/", given)


# --- The board ------------------------------------------------------------------------------------------


def test_the_board_has_eight_weeks_from_monday_with_holidays_team_days_and_absences(world):
    absence(world.coach, day(1), day(3))
    absence(world.coach, day(8), part="morning", kind="training")
    absence(world.coach, day(9), part="morning")
    absence(world.coach, day(9), part="afternoon")
    TeamDay.objects.create(day=day(10), reason="Away day")
    board = board_of(user=world.coordinator, first=day(2), today=TODAY)
    assert (board.first, board.last, len(board.days)) == (dt.date(2018, 7, 16), dt.date(2018, 9, 9), 56)
    line = next(line for line in board.lines if line.coach == world.coach)
    looks = {cell.day.day: cell.look for cell in line.cells if cell.look}
    assert [looks[day(n)] for n in (1, 2, 3)] == ["is-away"] * 3
    assert (looks[day(8)], looks[day(9)], looks[day(10)]) == ("is-away-am", "is-away", "is-team")
    assert looks[dt.date(2018, 8, 15)] == "is-holiday" and looks[dt.date(2018, 7, 22)] == "is-weekend"
    other = next(line for line in board.lines if line.coach == world.colleague)
    assert not any(cell.look.startswith("is-away") for cell in other.cells)


@pytest.mark.parametrize(
    ("language", "name"), [("fr", "Assomption"), ("nl", "O. L. V. Hemelvaart"), ("en", "Assumption")]
)
def test_holidays_are_named_in_the_readers_language(world, language, name):
    world.coordinator.language = language
    world.coordinator.save()
    assert name in client_of(world.coordinator).get("/absences/").content.decode()


def test_in_the_field_one_sees_oneself_alone(world):
    absence(world.colleague, day(1), note="in the mountains")
    shown = client_of(world.coach.user).get("/absences/").content.decode()
    assert "in the mountains" not in shown and str(world.colleague) not in shown
    assert "in the mountains" in client_of(world.coordinator).get("/absences/").content.decode()
    assert client_of(world.client).get("/absences/").status_code == 200


def test_a_day_in_the_address_that_is_none_shows_this_week(world):
    client = client_of(world.coordinator)
    for asked in ("soon", "0001-01-01", "9999-12-31", "2018-02-30"):
        assert "16 July" in client.get(f"/absences/?from={asked}").content.decode()
    assert "27 August" in client.get("/absences/?from=2018-08-29").content.decode()


# --- Recording ------------------------------------------------------------------------------------------


def test_a_coach_records_their_own_and_hears_what_falls_in_it(world):
    follow_up = world.follow_up
    FollowUp.objects.filter(pk=follow_up.pk).update(opens_on=TODAY, target_on=day(2), closes_on=day(9))
    answer = client_of(world.coach.user).post(
        "/absences/record/",
        {"first_day": day(2).isoformat(), "last_day": day(3).isoformat(), "part": "whole", "kind": "leave"},
        follow=True,
    )
    assert Absence.objects.get().coach == world.coach
    shown = answer.content.decode()
    assert f"{falls_in(Absence.objects.get())} follow-up" in shown and "coordinator" in shown


def test_a_coach_cant_record_for_another(world):
    record(client_of(world.coach.user), coach=str(world.colleague.ref))
    assert Absence.objects.get().coach == world.coach, "the name that was sent counts for nothing"


def test_the_coordinator_records_anyones_and_hands_over_what_falls_in_it(world):
    FollowUp.objects.filter(pk=world.follow_up.pk).update(opens_on=TODAY, target_on=day(2), closes_on=day(9))
    answer = record(client_of(world.coordinator), coach=str(world.coach.ref))
    assert answer.status_code == 302 and str(Absence.objects.get().ref) in answer["Location"]


def test_errors_stand_at_their_fields_and_nothing_is_kept(world):
    client = client_of(world.coordinator)
    absence(world.coach, day(2), day(4))
    for wrong, words in (
        ({"coach": str(world.coach.ref)}, "already"),
        ({"coach": ""}, "This field is required"),
        ({"coach": str(world.coach.ref), "first_day": day(-9).isoformat()}, "These days are over"),
        ({"coach": str(world.coach.ref), "last_day": day(1).isoformat()}, "before the first"),
        ({"coach": str(world.coach.ref), "part": "morning", "last_day": day(9).isoformat()}, "Half a day"),
    ):
        shown = record(client, **wrong)
        assert shown.status_code == 200 and words in shown.content.decode(), wrong
    assert Absence.objects.count() == 1


def test_who_may_not_record_is_refused(world):
    assert record(client_of(world.operator), coach=str(world.coach.ref)).status_code == 403
    assert not Absence.objects.exists()


def test_withdrawing_is_for_ones_own_or_the_coordinator(world):
    others, own = absence(world.colleague, day(2)), absence(world.coach, day(2))
    client = client_of(world.coach.user)
    assert client.post(f"/absences/{others.ref}/withdraw/").status_code == 404
    assert client.post(f"/absences/{own.ref}/withdraw/").status_code == 302
    assert list(Absence.objects.all()) == [others]
    client_of(world.coordinator).post(f"/absences/{others.ref}/withdraw/")
    assert not Absence.objects.exists()


def test_team_days_are_the_coordinators(world):
    client = client_of(world.coordinator)
    given = {"day": day(3).isoformat(), "reason": "Away day"}
    assert client_of(world.coach.user).post("/absences/team-days/", given).status_code == 403
    assert "Away day" in client.post("/absences/team-days/", given, follow=True).content.decode()
    assert "already" in client.post("/absences/team-days/", given).content.decode()
    known = TeamDay.objects.get()
    assert client_of(world.coach.user).post(f"/absences/team-days/{known.pk}/remove/").status_code == 403
    client.post(f"/absences/team-days/{known.pk}/remove/")
    assert not TeamDay.objects.exists()


# --- Practices ------------------------------------------------------------------------------------------


def week(**more):
    return {"opens_0_0": "12:00", "closes_0_0": "14:00", "opens_0_1": "18:00", "closes_0_1": "19:00"} | more


def test_a_practices_week_is_kept_whole(world):
    address = f"/practices/{world.practice.ref}/days/"
    client = client_of(world.coach.user)
    assert client.post(address, week(closed_2="on")).status_code == 302
    hours = list(VisitingHours.objects.values_list("weekday", "opens", "closes"))
    assert hours == [(0, dt.time(12), dt.time(14)), (0, dt.time(18), dt.time(19))]
    assert [row.weekday for row in PracticeClosure.objects.all()] == [2]
    shown = client.get(address).content.decode()
    assert 'value="12:00"' in shown and "checked" in shown
    client.post(address, {"opens_1_0": "09:00", "closes_1_0": "10:00"})
    assert [row.weekday for row in VisitingHours.objects.all()] == [1]
    assert not PracticeClosure.objects.exists()


def test_a_week_that_cant_be_is_refused_at_the_field_and_nothing_is_kept(world):
    client = client_of(world.coordinator)
    address = f"/practices/{world.practice.ref}/days/"
    everything = {f"closed_{weekday}": "on" for weekday in range(7)}
    for wrong, words in (
        ({"opens_0_0": "12:00"}, "Until when?"),
        ({"closes_0_0": "12:00"}, "From when?"),
        ({"opens_0_0": "14:00", "closes_0_0": "12:00"}, "It ends before it begins"),
        (week(closed_0="on"), "It is closed on this day"),
        ({"opens_0_0": "9 o'clock", "closes_0_0": "12:00"}, "Enter a valid time"),
        ({"opens_0_0": "09:00", "closes_0_0": "12:00", "opens_0_1": "11:00", "closes_0_1": "13:00"}, "overlap"),
        (everything, "No day from Monday to Friday"),
    ):
        shown = client.post(address, wrong)
        assert shown.status_code == 200 and words in shown.content.decode(), wrong
    assert not VisitingHours.objects.exists() and not PracticeClosure.objects.exists()


def test_closing_days_are_added_and_taken_back(world):
    client = client_of(world.coordinator)
    address = f"/practices/{world.practice.ref}/days/"
    client.post(address, {"first_day": day(3).isoformat(), "last_day": day(9).isoformat()})
    closure = PracticeClosure.objects.get()
    assert (closure.first_day, closure.last_day) == (day(3), day(9))
    assert "already" in client.post(address, {"first_day": day(5).isoformat()}).content.decode()
    client.post(f"{address}{closure.pk}/reopen/")
    assert not PracticeClosure.objects.exists()


def test_practices_out_of_sight_dont_exist(world):
    address = f"/practices/{world.practice.ref}/days/"
    assert client_of(world.colleague.user).get(address).status_code == 404
    assert client_of(world.operator).get(address).status_code == 200
    assert client_of(world.operator).post(address, week()).status_code == 403
