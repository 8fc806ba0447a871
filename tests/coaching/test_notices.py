"""Who is told what by mail: once, in their language, if they want it, and never a practitioner."""

import datetime as dt
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar
from post_office.models import Email

from accounts.enums import NOTICES, NoticeKind, Role
from accounts.selectors.notices import choices_of, takers
from accounts.services import choose_notices
from coaching.models import Absence, PlannerRun, TeamDay
from coaching.services.notices import (
    morning_digests,
    opening_reminders,
    put_due,
    weekly_digests,
)
from core.errors import InvalidInput, NotAllowed
from core.models import Mail
from core.outbox import unpacked
from practitioners.models import Practitioner
from tests.factories.accounts import UserFactory
from tests.factories.coaching import MONDAY, at, make_coach
from tests.factories.notices import DAY, missed, owed, person, planned_visit

pytestmark = pytest.mark.django_db
FRIDAY = MONDAY + 4 * DAY


def the_mail(to) -> Email:
    return Email.objects.get(to=to.email)


# --- Choices -----------------------------------------------------------------------------------------


def test_everybody_chooses_what_they_get():
    coach = make_coach().user
    assert choices_of(coach) == {
        NoticeKind.MORNING_DIGEST: True,
        NoticeKind.OPENING_REMINDER: False,
        NoticeKind.ESCALATION: True,
        NoticeKind.HANDOVER: True,
    }
    choose_notices(user=coach, wanted=["opening_reminder"], by=coach)
    assert choices_of(coach) == {
        NoticeKind.MORNING_DIGEST: False,
        NoticeKind.OPENING_REMINDER: True,
        NoticeKind.ESCALATION: False,
        NoticeKind.HANDOVER: False,
    }
    assert not takers(NoticeKind.MORNING_DIGEST).filter(pk=coach.pk).exists()
    assert takers(NoticeKind.OPENING_REMINDER).filter(pk=coach.pk).exists()


def test_choices_that_do_not_exist_or_are_somebody_elses_are_refused():
    coach, other = make_coach().user, make_coach().user
    with pytest.raises(InvalidInput):
        choose_notices(user=coach, wanted=["weekly_digest"])
    with pytest.raises(InvalidInput):
        choose_notices(user=coach, wanted=["everything"])
    with pytest.raises(NotAllowed):
        choose_notices(user=coach, wanted=[], by=other)
    assert choices_of(coach)[NoticeKind.MORNING_DIGEST] is True


def test_who_has_another_role_now_or_left_gets_nothing_by_an_old_choice():
    user = make_coach().user
    choose_notices(user=user, wanted=["morning_digest"])
    user.role = Role.OPERATOR
    user.save()
    assert not takers(NoticeKind.MORNING_DIGEST).filter(pk=user.pk).exists()
    user.role, user.is_active = Role.COACH, False
    user.save()
    assert not takers(NoticeKind.MORNING_DIGEST).filter(pk=user.pk).exists()


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_no_notice_is_for_practitioners_or_programs(kind):
    assert kind in NOTICES
    assert Role.CLIENT not in NOTICES[kind]


# --- The morning ---------------------------------------------------------------------------------------


def test_a_coachs_morning_in_order_of_what_presses():
    coach = make_coach(language="en")
    owed(person("Laat"), coach, MONDAY - 3 * DAY)
    owed(person("Vandaag"), coach, MONDAY)
    owed(person("Open"), coach, MONDAY + 2 * DAY)
    owed(person("Later"), coach, MONDAY + 9 * DAY, state="planned")
    owed(person("Held"), coach, MONDAY, state="deferred")
    planned_visit(person("Afspraak"), coach, at(MONDAY, 9))
    planned_visit(person("Morgen"), coach, at(MONDAY + DAY, 9))
    assert morning_digests(on=MONDAY) == 1
    mail = the_mail(coach.user)
    assert mail.subject == "Your day: Monday 2 July"
    places = [mail.message.index(name) for name in ("09:00 Jo Afspraak", "Jo Laat", "Jo Vandaag", "Jo Open")]
    assert places == sorted(places)
    for name in ("Later", "Held", "Morgen"):
        assert name not in mail.message
    assert "Cabinet du Parc, Avenue du Parc 12, 1060" in mail.message
    assert "Jo Laat" in mail.html_message
    assert "http://localhost" in mail.message
    assert "//" not in mail.html_message.replace("http://localhost", "").replace("https://localhost", "")


def test_once_per_coach_and_day_also_for_who_had_nothing_to_read():
    told, idle = make_coach(), make_coach()
    owed(person(), told, MONDAY)
    assert morning_digests(on=MONDAY) == 1
    owed(person(), idle, MONDAY)
    assert morning_digests(on=MONDAY) == 0
    assert morning_digests(on=MONDAY + DAY) == 2
    assert Email.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_workers_writing_the_same_morning_at_once_write_one_digest_each_coach():
    coaches = [make_coach() for _n in range(4)]
    for coach in coaches:
        owed(person(), coach, MONDAY)
    written: list[int] = []

    def write() -> None:
        try:
            written.append(morning_digests(on=MONDAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(written) == 4 and len(written) == 3
    assert sorted(row.to[0] for row in Email.objects.all()) == sorted(coach.user.email for coach in coaches)


def test_nothing_to_say_no_mail():
    make_coach()
    UserFactory(role=Role.COORDINATOR)
    assert morning_digests(on=MONDAY) == opening_reminders(on=MONDAY) == weekly_digests(on=MONDAY) == 0
    assert not Email.objects.exists()


def test_who_is_away_the_whole_day_is_left_alone():
    away, half, gone = make_coach(), make_coach(), make_coach()
    for coach in (away, half, gone):
        owed(person(), coach, MONDAY)
    Absence.objects.create(coach=away, first_day=MONDAY - DAY, last_day=MONDAY)
    Absence.objects.create(coach=half, first_day=MONDAY, last_day=MONDAY, part="morning")
    gone.is_active = False
    gone.save()
    assert morning_digests(on=MONDAY) == 1
    assert the_mail(half.user)


def test_who_may_not_be_contacted_or_has_left_is_in_no_digest():
    coach = make_coach()
    for changes in (
        {"restriction": "do_not_contact", "restriction_reason": "asked"},
        {"status": "inactive", "inactive_reason": "retired", "inactive_since": MONDAY},
    ):
        practitioner = person()
        owed(practitioner, coach, MONDAY)
        Practitioner.objects.filter(pk=practitioner.pk).update(**changes)
    assert morning_digests(on=MONDAY) == 0


def test_a_long_list_is_cut_and_says_how_much_more_there_is():
    coach = make_coach(language="en")
    for n in range(14):
        owed(person(f"Laat{n:02}"), coach, MONDAY - (20 - n) * DAY, after=60)
    morning_digests(on=MONDAY)
    message = the_mail(coach.user).message
    assert "14 follow-ups are open." in message
    assert "Laat09" in message and "Laat10" not in message
    assert "and 4 more" in message


def test_the_digest_asks_the_database_as_often_for_many_coaches_as_for_few():
    def count(coaches: int, day: dt.date) -> int:
        for _n in range(coaches):
            coach = make_coach()
            owed(person(), coach, day)
            planned_visit(person(), coach, at(day, 9))
        with CaptureQueriesContext(connection) as captured:
            assert morning_digests(on=day) >= coaches
        return len(captured)

    assert count(2, MONDAY) == count(9, MONDAY + DAY)


@pytest.mark.parametrize(
    ("language", "subject"),
    [("fr", "2 juillet"), ("nl", "2 juli"), ("en", "2 July")],
)
def test_a_notice_speaks_its_readers_language(language, subject):
    coach = make_coach(language=language)
    owed(person(), coach, MONDAY)
    morning_digests(on=MONDAY)
    mail = the_mail(coach.user)
    assert subject in mail.subject.lower() or subject in mail.subject
    assert f'<html lang="{language}">' in mail.html_message
    assert Mail.objects.get(email=mail).language == language
    assert mail.headers["Content-Language"] == language


def test_hostile_names_forge_neither_headers_nor_markup():
    coach = make_coach(language="en", first_name="Eve\r\nBcc: all@example.org")
    owed(person("<script>alert(1)</script>\r\nX: y", "{{ settings.SECRET_KEY }}"), coach, MONDAY)
    morning_digests(on=MONDAY)
    mail = the_mail(coach.user)
    assert "\n" not in mail.subject
    assert "<script" not in mail.html_message
    assert "{{ settings.SECRET_KEY }} <script>alert(1)</script> X: y" in mail.message
    message = mail.prepare_email_message().message()
    assert message["Bcc"] is None and message["X"] is None


def test_the_digest_brings_what_has_a_day_as_a_calendar():
    coach = make_coach(language="en")
    late = owed(person("Laat"), coach, MONDAY - DAY)
    today = owed(person("Vandaag"), coach, MONDAY)
    visit = planned_visit(person("Afspraak"), coach, at(MONDAY, 9), minutes=45)
    morning_digests(on=MONDAY)
    (file,) = unpacked(Mail.objects.get())
    assert (file.name, file.mimetype) == ("passerelle-2018-07-02.ics", "text/calendar")
    events = {str(event["uid"]): event for event in Calendar.from_ical(file.content).events}
    assert set(events) == {f"follow-up-{today.ref}@passerelle", f"visit-{visit.ref}@passerelle"}
    assert str(late.ref) not in str(events)
    assert events[f"follow-up-{today.ref}@passerelle"].decoded("dtstart") == MONDAY


# --- What opens today ----------------------------------------------------------------------------------


def test_what_opens_today_is_told_to_who_wants_that_and_takes_no_digest():
    reminded, digested, neither = make_coach(language="en"), make_coach(), make_coach()
    choose_notices(user=reminded.user, wanted=["opening_reminder"])
    choose_notices(user=digested.user, wanted=["opening_reminder", "morning_digest"])
    choose_notices(user=neither.user, wanted=[])
    for coach in (reminded, digested, neither):
        owed(person("Nieuw"), coach, MONDAY + 2 * DAY, before=2)
        owed(person("Oud"), coach, MONDAY + DAY, before=6)
    assert opening_reminders(on=MONDAY) == 1
    mail = the_mail(reminded.user)
    assert mail.subject == "A follow-up opens today"
    assert "Nieuw" in mail.message and "Oud" not in mail.message
    assert opening_reminders(on=MONDAY) == 0


def test_what_opened_over_the_weekend_opens_on_monday_for_its_reader():
    coach = make_coach(language="en")
    choose_notices(user=coach.user, wanted=["opening_reminder"])
    owed(person("Zondag"), coach, MONDAY + 2 * DAY, before=3)
    owed(person("Vrijdag"), coach, MONDAY + 2 * DAY, before=5)
    opening_reminders(on=MONDAY)
    message = the_mail(coach.user).message
    assert "Zondag" in message and "Vrijdag" not in message


# --- The coordinators' week ------------------------------------------------------------------------------


def test_a_coordinators_week():
    coordinator = UserFactory(role=Role.COORDINATOR, language="en")
    UserFactory(role=Role.MANAGER)
    coach = make_coach(first_name="Camille", last_name="Lambert")
    coach.weekly_capacity = 1
    coach.save()
    for _n in range(2):
        owed(person(), coach, MONDAY + DAY)
    owed(person("Niemands"), None, MONDAY + DAY)
    missed(person(), coach, MONDAY - DAY)
    Absence.objects.create(coach=coach, first_day=FRIDAY, last_day=FRIDAY + 10 * DAY, kind="illness", note="flu")
    assert weekly_digests(on=MONDAY) == 1
    message = the_mail(coordinator).message
    for words in (
        "1 window missed",
        "3 follow-ups to be done",
        "1 without a coach",
        "1 escalation open",
        "Jo Niemands",
        "Camille Lambert",
        "2 contacts, 1 fit",
        "Friday 6 July to Monday 16 July",
    ):
        assert words in message, words
    assert "illness" not in message.lower() and "flu" not in message
    assert weekly_digests(on=MONDAY + DAY) == 0, "a week has one digest"
    assert weekly_digests(on=MONDAY + 7 * DAY) == 1


# --- When --------------------------------------------------------------------------------------------------


def planned(day: dt.date) -> None:
    PlannerRun.objects.create(planned_for=day, finished_at=at(day, 5))


@pytest.fixture
def everybody():
    UserFactory(role=Role.COORDINATOR)
    owed(person(), make_coach(), MONDAY)


def test_mornings_after_the_planner_and_mondays_from_seven(everybody):
    half_past_six = at(MONDAY, 6) + dt.timedelta(minutes=30)
    assert put_due(on=MONDAY, at=half_past_six) == {}, "the planner hasn't finished"
    planned(MONDAY)
    assert put_due(on=MONDAY, at=at(MONDAY, 6)) == {}, "too early"
    assert put_due(on=MONDAY, at=half_past_six) == {"digests": 1, "reminders": 0}
    assert put_due(on=MONDAY, at=at(MONDAY, 7)) == {"digests": 0, "reminders": 0, "weeks": 1}
    assert put_due(on=MONDAY, at=at(MONDAY, 8)) == {"digests": 0, "reminders": 0, "weeks": 0}
    assert put_due(on=MONDAY + DAY, at=at(MONDAY + DAY, 9)) == {"digests": 1, "reminders": 0}
    assert Email.objects.count() == 3


def test_a_planner_that_does_not_come_delays_the_morning_until_nine(everybody):
    assert put_due(on=MONDAY, at=at(MONDAY, 8)) == {}
    assert put_due(on=MONDAY, at=at(MONDAY, 9))["digests"] == 1


def test_no_digest_is_written_in_the_afternoon(everybody):
    planned(MONDAY)
    assert put_due(on=MONDAY, at=at(MONDAY, 12)) == {}


@pytest.mark.parametrize("day", [MONDAY - DAY, dt.date(2018, 7, 21), dt.date(2018, 8, 15)])
def test_nobody_is_written_to_on_days_off(day):
    owed(person(), make_coach(), day)
    planned(day)
    assert put_due(on=day, at=at(day, 8)) == {}


def test_a_monday_off_moves_the_week_to_tuesday(everybody):
    TeamDay.objects.create(day=MONDAY, reason="Outing")
    for day in (MONDAY, MONDAY + DAY, MONDAY + 2 * DAY):
        planned(day)
    assert put_due(on=MONDAY, at=at(MONDAY, 8)) == {}
    assert put_due(on=MONDAY + DAY, at=at(MONDAY + DAY, 8))["weeks"] == 1
    assert "weeks" not in put_due(on=MONDAY + 2 * DAY, at=at(MONDAY + 2 * DAY, 8))
