"""Who is told of windows that closed and of practitioners who come from a colleague: once, and in one mail."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar
from post_office.models import STATUS, Email

from accounts.enums import Role
from accounts.models import User
from accounts.services import choose_notices
from coaching.models import Escalation, FollowUp, Handover
from coaching.services.notices import (
    morning_digests,
    put_escalations,
    put_handovers,
    weekly_digests,
)
from core.models import Mail, Occasion
from core.outbox import unpacked
from core.sending import Tally, send_due
from practitioners.models import Practitioner
from tests.factories.accounts import UserFactory
from tests.factories.coaching import MONDAY, at, make_coach
from tests.factories.notices import DAY, missed, owed, person

pytestmark = pytest.mark.django_db


def the_mail(to) -> Email:
    return Email.objects.get(to=to.email)


# --- Escalations ------------------------------------------------------------------------------------------


def test_each_level_goes_to_those_it_is_for():
    coach = make_coach(language="en")
    coordinators = [UserFactory(role=Role.COORDINATOR, language="en") for _n in range(2)]
    manager = UserFactory(role=Role.MANAGER, language="nl")
    UserFactory(role=Role.COORDINATOR, is_active=False)
    rows = {level: missed(person(level), coach, MONDAY - DAY, level) for level in ("coach", "coordinator", "manager")}
    assert put_escalations([row.pk for row in rows.values()], at=at(MONDAY)) == 4
    assert "Jo coach" in the_mail(coach.user).message
    for coordinator in coordinators:
        assert "Jo coordinator" in the_mail(coordinator).message
        assert f"For: {coach.user}" in the_mail(coordinator).message
    assert "Jo manager" in the_mail(manager).message
    assert Email.objects.count() == 4


def test_an_escalation_is_told_once_whoever_tells_it_with_what():
    coach = make_coach(language="en")
    first, second, third = (missed(person(f"P{n}"), coach, MONDAY - DAY) for n in range(3))
    assert put_escalations([first.pk, second.pk], at=at(MONDAY)) == 1
    assert put_escalations([second.pk, first.pk], at=at(MONDAY)) == 0
    assert put_escalations([first.pk, third.pk], at=at(MONDAY)) == 1
    one, other = Email.objects.order_by("pk")
    assert one.subject == "2 contacts were not made in time"
    assert "P2" in other.message and "P0" not in other.message
    assert put_escalations([], at=at(MONDAY)) == 0


def test_without_an_assignee_the_cases_coach_is_told_and_without_one_the_coordinators():
    coach, coordinator = make_coach(), UserFactory(role=Role.COORDINATOR)
    of_the_case = missed(person(), coach, MONDAY - DAY)
    FollowUp.objects.update(assignee=None)
    nobodys = missed(person(), None, MONDAY - DAY)
    assert put_escalations([of_the_case.pk], at=at(MONDAY)) == 1
    assert the_mail(coach.user)
    assert put_escalations([nobodys.pk], at=at(MONDAY)) == 1
    assert the_mail(coordinator)


def test_who_wants_no_escalations_gets_none():
    coach = make_coach()
    choose_notices(user=coach.user, wanted=[])
    assert put_escalations([missed(person(), coach, MONDAY - DAY).pk], at=at(MONDAY)) == 0
    assert not Email.objects.exists()


def test_a_wrong_address_breaks_nobodys_night(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    coach, wrong = make_coach(), UserFactory(role=Role.COORDINATOR)
    User.objects.filter(pk=wrong.pk).update(email="coordinator@intranet\r\nBcc: all@example.org")
    rows = [missed(person(), coach, MONDAY - DAY, level) for level in ("coach", "coordinator")]
    assert put_escalations([row.pk for row in rows], at=at(MONDAY)) == 2
    assert send_due() == Tally(sent=1)
    failed = Mail.objects.get(sent_at__isnull=True)
    assert (failed.email.status, failed.error) == (STATUS.failed, "This is no e-mail address.")


def test_an_escalation_that_is_rolled_back_is_not_told():
    coach = make_coach()
    row = missed(person(), coach, MONDAY - DAY)
    with transaction.atomic():
        put_escalations([row.pk], at=at(MONDAY))
        transaction.set_rollback(True)
    assert not Email.objects.exists() and not Occasion.objects.exists()


def test_many_escalations_come_in_one_mail_in_few_statements():
    coach, coordinator = make_coach(), UserFactory(role=Role.COORDINATOR, language="en")

    def put(number: int) -> int:
        rows = [missed(person(), coach, MONDAY - DAY, "coordinator") for _n in range(number)]
        with CaptureQueriesContext(connection) as captured:
            assert put_escalations([row.pk for row in rows], at=at(MONDAY)) == 1
        return len(captured)

    assert put(2) == put(30)
    last = Email.objects.order_by("-pk")[0]
    assert last.to == [coordinator.email]
    assert "and 5 more" in last.message
    assert Escalation.objects.count() == Occasion.objects.count() == 32


# --- Handovers --------------------------------------------------------------------------------------------


def handed(giver, taker, name: str = "Peeters", **fields) -> Handover:
    row = owed(person(name), taker, MONDAY + 3 * DAY)
    return Handover.objects.create(case=row.enrolment.case, from_coach=giver, to_coach=taker, **fields)


def test_who_takes_over_is_told_whom_and_what_is_to_be_done():
    giver, taker = make_coach(first_name="Camille"), make_coach(language="en")
    row = handed(giver, taker, reason="Leave\r\nBcc: x@example.org")
    assert put_handovers([row], at=at(MONDAY)) == 1
    assert put_handovers([row], at=at(MONDAY)) == 0
    mail = the_mail(taker.user)
    assert mail.subject == "A practitioner comes to you"
    for words in ("Jo Peeters", "Until now with Camille", "Reason: Leave Bcc: x@example.org", "Visit: any day between"):
        assert words in mail.message, words
    (file,) = unpacked(Mail.objects.get(email=mail))
    (event,) = Calendar.from_ical(file.content).events
    assert event.decoded("dtstart") == MONDAY + 3 * DAY
    assert Email.objects.count() == 1


def test_who_takes_over_a_single_contact_is_told_that_the_case_stays():
    taker = make_coach(language="en")
    put_handovers(
        [handed(make_coach(), taker, "Heel"), handed(make_coach(), taker, "Deel", whole_case=False)], at=at(MONDAY)
    )
    whole, _heading, part = the_mail(taker.user).message.partition("Jo Heel")
    assert "the case stays" in whole
    assert "the case stays" not in part


def test_many_handovers_come_in_one_mail_for_each_coach():
    giver, taker, other = make_coach(), make_coach(language="en"), make_coach()
    rows = [handed(giver, taker, f"P{n}") for n in range(3)] + [handed(giver, other)]
    assert put_handovers(rows, at=at(MONDAY)) == 2
    assert the_mail(taker.user).subject == "3 practitioners come to you"


def test_who_took_it_by_their_own_hand_knows():
    giver, taker = make_coach(), make_coach()
    assert put_handovers([handed(giver, taker, by=taker.user)], at=at(MONDAY)) == 0


def test_who_wants_no_handovers_gets_none():
    taker = make_coach()
    choose_notices(user=taker.user, wanted=[])
    assert put_handovers([handed(None, taker)], at=at(MONDAY)) == 0


def test_no_practitioner_ever_gets_any_of_these():
    practitioner = person()
    Practitioner.objects.filter(pk=practitioner.pk).update(email="doctor@example.org")
    coach = make_coach()
    UserFactory(role=Role.COORDINATOR)
    row = owed(practitioner, coach, MONDAY)
    Handover.objects.create(case=row.enrolment.case, to_coach=coach)
    escalation = Escalation.objects.create(follow_up=row, level="coordinator", raised_on=MONDAY)
    morning_digests(on=MONDAY)
    weekly_digests(on=MONDAY)
    put_escalations([escalation.pk], at=at(MONDAY))
    put_handovers([Handover.objects.get()], at=at(MONDAY))
    assert Email.objects.count() == 4
    for mail in Email.objects.all():
        assert "doctor@example.org" not in [*mail.to, *mail.cc, *mail.bcc]
