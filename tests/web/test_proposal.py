"""The pages on who does what: the whole list proposed, overridden, confirmed; a leave; one case."""

import re

import pytest
from django.test import Client

from coaching.models import Absence, FollowUp, Handover
from tests.factories import network
from tests.factories.adoption import make_practitioners
from tests.factories.network import TODAY
from tests.factories.pool import DAY, wait

pytestmark = pytest.mark.django_db
PROPOSAL, CONFIRM = "/follow-ups/proposal/", "/follow-ups/proposal/confirm/"


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def office(world) -> Client:
    return signed_in(world.coordinator)


def waiting():
    return FollowUp.objects.filter(assignee=None, state__in=["planned", "due"]).order_by("pk")


def text(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def notes(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_each_line_has_its_coach_its_reasons_and_the_others_to_choose(world, office):
    answer = office.get(PROPOSAL)
    row = waiting()[0]
    page = text(answer)
    assert row.practitioner.name in page
    assert f'<option value="{world.colleague.ref}" selected>Tom De Smet</option>' in page
    assert f'<option value="{world.coach.ref}">Camille Lambert</option>' in page
    assert "Load against capacity" in page
    assert len(answer.context["lines"]) == waiting().count()


def test_ticked_lines_go_to_whom_stands_beside_them(world, office):
    first, second = waiting()[:2]
    body = {
        "follow_up": [first.ref],
        f"coach-{first.ref}": world.coach.ref,
        f"coach-{second.ref}": world.colleague.ref,
        "query": "track=",
    }
    answer = office.post(CONFIRM, body, follow=True)
    assert answer.redirect_chain == [(f"{PROPOSAL}?track=", 302)]
    assert notes(answer) == ["1 follow-up given."]
    assert FollowUp.objects.get(pk=first.pk).assignee == world.coach
    assert FollowUp.objects.get(pk=second.pk).assignee is None


def test_nothing_ticked_and_refusals_are_said(world, office):
    assert notes(office.post(CONFIRM, {}, follow=True)) == ["Tick at least one follow-up."]
    assert notes(office.post(CONFIRM, {"follow_up": ["nonsense"]}, follow=True)) == ["Tick at least one follow-up."]
    (row,) = waiting()[:1]
    body = {"follow_up": [row.ref], f"coach-{row.ref}": world.colleague.ref}
    office.post(CONFIRM, body, follow=True)
    told = notes(office.post(CONFIRM, body, follow=True))
    assert told == [f"{row.practitioner}: Tom De Smet has this follow-up by now; nothing was changed."]


def test_more_than_fits_is_given_only_where_it_is_ticked_and_said(world, office):
    world.colleague.weekly_capacity = 1
    world.colleague.save()
    people = make_practitioners(3, commune=world.elsewhere)
    rows = wait(people, target=TODAY + DAY, before=1, after=2)
    body = {"follow_up": [row.ref for row in rows]} | {f"coach-{row.ref}": world.colleague.ref for row in rows}
    told = notes(office.post(CONFIRM, body, follow=True))
    assert sum("is full in every week" in note for note in told) >= 2
    left = waiting().filter(pk__in=[row.pk for row in rows])
    body["follow_up"] = [row.ref for row in left]
    told = notes(office.post(CONFIRM, body | {"beyond_limits": "yes"}, follow=True))
    assert any("more contacts in that week than fit" in note for note in told)
    assert not left.all().exists()


def test_the_whole_list_is_confirmed_as_it_was_shown_or_not_at_all(world, office):
    print_of = office.get(PROPOSAL).context["proposal"].fingerprint
    assert print_of in text(office.get(PROPOSAL))
    (extra,) = wait(make_practitioners(1, commune=world.elsewhere), target=TODAY + DAY)
    answer = office.post(CONFIRM, {"whole": print_of}, follow=True)
    assert notes(answer) == ["Things have changed meanwhile: this is the proposal as it is now. Nothing was given."]
    assert waiting().filter(pk=extra.pk).exists()
    number = waiting().count()
    answer = office.post(CONFIRM, {"whole": answer.context["proposal"].fingerprint}, follow=True)
    assert notes(answer) == [f"{number} follow-ups given."]
    assert not waiting().exists()
    assert "Every follow-up has somebody" in text(answer)


def test_filters_narrow_what_is_shown_and_not_what_is_weighed(world, office):
    whole = office.get(PROPOSAL).context["proposal"]
    shown = office.get(f"{PROPOSAL}?commune={world.elsewhere.nis_code}&track=coaching").context["proposal"]
    assert 0 < len(shown.lines) < len(whole.lines)
    assert shown.loads == whole.loads
    assert office.get(f"{PROPOSAL}?commune={world.home.nis_code}").context["proposal"].lines == []
    week = whole.lines[0].week
    assert office.get(f"{PROPOSAL}?week={week}").context["proposal"].lines
    assert len(office.get(f"{PROPOSAL}?week=nonsense&track=none").context["proposal"].lines) == len(whole.lines)


def test_those_whom_nobody_can_take_are_listed_with_why(world, office):
    for coach in (world.coach, world.colleague):
        coach.languages = ["fr"]
        coach.save()
    wait(make_practitioners(1, language="nl"), target=TODAY + DAY)
    page = text(office.get(f"{PROPOSAL}?show=left"))
    assert "Nobody who does coaching speaks Dutch." in page


def test_a_long_list_comes_in_pages_of_as_many_queries(world, office, django_assert_max_num_queries):
    wait(make_practitioners(120, commune=world.elsewhere), target=TODAY + 3 * DAY, after=40)
    with django_assert_max_num_queries(40):
        answer = office.get(f"{PROPOSAL}?page=2")
    assert len(answer.context["lines"]) == 50
    assert "51 to 100 of" in text(answer)


@pytest.mark.parametrize("address", [PROPOSAL, CONFIRM])
def test_only_who_steers_comes_in(world, address):
    client = signed_in(world.coach.user)
    answer = client.post(address) if address == CONFIRM else client.get(address)
    assert answer.status_code == 403


# --- A leave ----------------------------------------------------------------------------------------


def test_what_falls_in_a_leave_is_handed_over_with_a_reason(world, office):
    mine = FollowUp.objects.filter(assignee=world.coach, state__in=["planned", "due"]).order_by("target_on")
    row = mine[0]
    leave = Absence.objects.create(coach=world.coach, first_day=row.target_on, last_day=row.target_on)
    address = f"/absences/{leave.ref}/handover/"
    answer = office.get(address)
    assert row.practitioner.name in text(answer)
    reason = answer.context["reason"]
    body = {"follow_up": [row.ref], f"coach-{row.ref}": world.colleague.ref, "reason": reason}
    assert notes(office.post(address, body, follow=True)) == ["1 follow-up given."]
    handover = Handover.objects.get()
    assert (handover.from_coach, handover.to_coach, handover.reason) == (world.coach, world.colleague, reason)
    card = text(office.get(f"/practitioners/{row.practitioner.ref}/"))
    assert "Follow-up handed over from Camille Lambert to Tom De Smet" in card
    page = text(signed_in(world.colleague.user).get(f"/follow-ups/{row.ref}/"))
    assert "Taken over from Camille Lambert" in page
    assert "From Camille Lambert to Tom De Smet" in page
    assert signed_in(world.coach.user).get(address).status_code == 403


def test_a_leave_in_which_nothing_falls_says_so(world, office):
    leave = Absence.objects.create(coach=world.coach, first_day=TODAY + 300 * DAY, last_day=TODAY + 301 * DAY)
    assert "Nothing falls in it" in text(office.get(f"/absences/{leave.ref}/handover/"))


# --- One case ---------------------------------------------------------------------------------------


def test_a_case_is_handed_over_from_the_card(world, office):
    case = next(case for case in world.cases if case.coach == world.coach)
    network.visited(world, case.practitioner)
    address = f"/cases/{case.ref}/handover/"
    assert address in text(office.get(f"/practitioners/{case.practitioner.ref}/"))
    page = text(office.get(address))
    assert "The guide to the consent screen" in page
    assert notes(office.post(address, {"to": world.colleague.ref, "reason": "Moves"}, follow=True)) == [
        "Tom De Smet has the case now."
    ]
    case.refresh_from_db()
    assert case.coach == world.colleague
    assert "Case handed over from Camille Lambert to Tom De Smet" in text(
        office.get(f"/practitioners/{case.practitioner.ref}/")
    )
    assert "Choose the coach who gets it." in text(office.post(address, {}))
    assert "Select a valid choice" in text(office.post(address, {"to": world.colleague.ref}))
    assert signed_in(world.coach.user).get(address).status_code == 403


def test_work_given_by_hand_beyond_what_fits_is_said(world, office):
    world.coach.weekly_capacity = 1
    world.coach.save()
    rows = wait(make_practitioners(2, commune=world.home), target=TODAY + DAY)
    answer = office.post(
        "/follow-ups/assign/", {"follow_up": [row.ref for row in rows], "coach": world.coach.ref}, follow=True
    )
    assert any("Camille Lambert now has" in note and "where 1 fit" in note for note in notes(answer))
