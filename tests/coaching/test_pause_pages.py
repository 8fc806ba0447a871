"""The pages of pauses, software blockers and escalations: who sees and does what, and errors at their fields."""

import datetime as dt

import pytest
from django.test import Client

from coaching.models import Enrolment, Escalation, Pause, SoftwareBlocker
from coaching.services import open_blocker, plan_follow_ups, start_pause
from core import clock
from practitioners.models import SoftwareProduct
from tests.factories import network
from tests.factories.network import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    yield network.build()
    clock.forget()


@pytest.fixture
def product():
    return SoftwareProduct.objects.get_or_create(vendor="Vendor", name="Package")[0]


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def day(days):
    return TODAY + dt.timedelta(days=days)


def start(client, **more):
    given = {"scope": "quiet_period", "starts_on": TODAY.isoformat(), "ends_on": day(9).isoformat(), "reason": "Flu"}
    return client.post("/pauses/start/", given | more)


def shown(client, address, **options):
    return client.get(address, **options).content.decode()


# --- Pauses ---------------------------------------------------------------------------------------------


def test_a_coordinator_starts_a_pause_and_sees_how_many_it_holds(world):
    client = client_of(world.coordinator)
    assert "Nobody is paused" in shown(client, "/pauses/")
    assert start(client).status_code == 302
    plan_follow_ups(on=TODAY)
    page = shown(client, "/pauses/")
    assert "Flu" in page and "holds 4 enrolments" in page
    client.post(f"/pauses/{Pause.objects.get().ref}/end/")
    assert "Flu" not in shown(client, "/pauses/") and "Flu" in shown(client, "/pauses/?show=past")


def test_a_pause_to_come_is_listed_apart_and_can_be_called_off(world):
    client = client_of(world.coordinator)
    answer = start(client, starts_on=day(5).isoformat())
    assert answer["Location"].endswith("?show=coming")
    assert "Call it off" in shown(client, "/pauses/?show=coming") and "Flu" not in shown(client, "/pauses/")


@pytest.mark.parametrize("scope", ["practitioner", "coach", "playbook", "software"])
def test_each_scope_takes_its_own_target_and_no_other(world, product, scope):
    targets = {
        "practitioner": str(world.practitioners[0].ref),
        "coach": str(world.coach.ref),
        "playbook": "coaching-late-majority",
        "software": str(product.ref),
    }
    from coaching.models import Playbook

    targets["playbook"] = Playbook.objects.all()[0].code
    assert start(client_of(world.coordinator), scope=scope, **targets).status_code == 302
    pause = Pause.objects.get()
    assert pause.scope == scope and getattr(pause, scope) is not None
    assert [name for name in targets if getattr(pause, name) is not None] == [scope]


def test_errors_stand_at_their_fields(world):
    client = client_of(world.coordinator)
    for wrong, words in (
        ({"ends_on": ""}, "This field is required"),
        ({"ends_on": day(-1).isoformat(), "starts_on": day(-3).isoformat()}, "over"),
        ({"starts_on": day(9).isoformat(), "ends_on": day(3).isoformat()}, "before the first"),
        ({"scope": "coach"}, "Say whom or what the pause is about"),
        ({"scope": "everything"}, "Select a valid choice"),
        ({"reason": "  "}, "This field is required"),
        ({"scope": "practitioner", "practitioner": "nonsense"}, "Select a valid choice"),
    ):
        answer = start(client, **wrong)
        assert answer.status_code == 200 and words in answer.content.decode(), wrong
    assert not Pause.objects.exists()


def test_in_the_field_one_pauses_oneself_or_a_practitioner_whom_one_sees(world):
    client = client_of(world.coach.user)
    person = world.practitioners[0]
    assert start(client, scope="coach").status_code == 302
    assert Pause.objects.get().coach == world.coach
    assert start(client, scope="practitioner", practitioner=str(person.ref)).status_code == 302
    assert Pause.objects.filter(practitioner=person).exists()
    hidden = next(one for one in world.practitioners if one.commune == world.elsewhere)
    for refused in ({"scope": "quiet_period"}, {"scope": "practitioner", "practitioner": str(hidden.ref)}):
        assert start(client, **refused).status_code == 200, refused
    assert Pause.objects.count() == 2
    assert f"Pause {person.name}" in shown(client, f"/pauses/?practitioner={person.ref}")
    assert hidden.name not in shown(client, f"/pauses/?practitioner={hidden.ref}")


def test_pauses_of_others_are_out_of_sight_in_the_field(world):
    pause = start_pause(
        scope="coach", coach=world.colleague, starts_on=TODAY, ends_on=day(3), reason="Operation", by=world.coordinator
    )
    client = client_of(world.coach.user)
    assert "Operation" not in shown(client, "/pauses/")
    assert client.post(f"/pauses/{pause.ref}/end/").status_code == 404


def test_looking_and_doing_are_apart(world):
    client = client_of(world.operator)
    assert client.get("/pauses/").status_code == 200 and start(client).status_code == 403


def test_the_card_leads_to_the_pause_and_tells_it(world):
    case = world.cases[0]
    client = client_of(world.coordinator)
    address = f"/practitioners/{case.practitioner.ref}/"
    assert f"/pauses/?practitioner={case.practitioner.ref}" in shown(client, address)
    start(client, scope="practitioner", practitioner=str(case.practitioner.ref))
    plan_follow_ups(on=TODAY)
    assert "Flu" in shown(client, address) and "contacts within" in shown(client, address)


# --- Software blockers ----------------------------------------------------------------------------------


def test_the_register_opens_and_closes(world, product):
    client = client_of(world.coordinator)
    given = {"software": str(product.ref), "version": "5.1", "defect": "No certificate", "since": TODAY.isoformat()}
    assert client.post("/blockers/open/", given).status_code == 302
    assert "No certificate" in shown(client, "/blockers/")
    assert "No certificate" in shown(client, "/pauses/"), "it pauses those who work with it"
    assert client.post("/blockers/open/", given).status_code == 200, "once is enough"
    blocker = SoftwareBlocker.objects.get()
    late = client.post(f"/blockers/{blocker.ref}/close/", {"until": day(3).isoformat()})
    assert late.status_code == 200 and SoftwareBlocker.objects.get().until is None
    assert client.post(f"/blockers/{blocker.ref}/close/", {"until": TODAY.isoformat()}).status_code == 302
    assert "No certificate" in shown(client, "/blockers/?show=closed")
    assert "No certificate" not in shown(client, "/blockers/")


def test_errors_of_the_register_stand_at_their_fields(world, product):
    client = client_of(world.coordinator)
    given = {"software": str(product.ref), "defect": "No certificate", "since": TODAY.isoformat()}
    for wrong in ({"software": ""}, {"defect": " "}, {"since": day(2).isoformat()}, {"since": "lately"}):
        answer = client.post("/blockers/open/", given | wrong)
        assert answer.status_code == 200 and "invalid-feedback" in answer.content.decode(), wrong
    assert not SoftwareBlocker.objects.exists()


def test_the_field_reads_the_register_and_leaves_it_alone(world, product):
    blocker = open_blocker(software=product, defect="No certificate", since=TODAY, by=world.coordinator)
    client = client_of(world.coach.user)
    page = shown(client, "/blockers/")
    assert "No certificate" in page and "Register a blocker" not in page
    assert client.post("/blockers/open/", {}).status_code == 403
    assert client.post(f"/blockers/{blocker.ref}/close/", {"until": TODAY.isoformat()}).status_code == 403


# --- Escalations ----------------------------------------------------------------------------------------


def escalated(world):
    """The coach's first window has closed, and the coach was told."""
    row = world.follow_up
    plan_follow_ups(on=row.closes_on + dt.timedelta(days=1))
    return Escalation.objects.filter(follow_up=row).get()


def test_escalations_say_whom_to_ask(world):
    escalation = escalated(world)
    name = escalation.follow_up.practitioner.name
    office, own = (
        shown(client_of(world.coordinator), "/escalations/"),
        shown(client_of(world.coach.user), "/escalations/"),
    )
    assert name in office and "or give it to somebody else" in office
    assert name in own and "Make the contact and log it" in own


def test_escalations_are_narrowed_by_level_and_leave_when_settled(world):
    escalation = escalated(world)
    client = client_of(world.coordinator)
    name = escalation.follow_up.practitioner.name
    assert name in shown(client, f"/escalations/?level={escalation.level}")
    assert name not in shown(client, "/escalations/?level=manager")
    Escalation.objects.update(settled_on=TODAY)
    assert "Nothing was escalated" in shown(client, "/escalations/")


def test_escalations_of_who_is_paused_rest(world):
    escalation = escalated(world)
    name = escalation.follow_up.practitioner.name
    Enrolment.objects.filter(pk=escalation.follow_up.enrolment_id).update(state="paused")
    assert name not in shown(client_of(world.coordinator), "/escalations/")


def test_others_escalations_are_out_of_sight(world):
    name = escalated(world).follow_up.practitioner.name
    assert name not in shown(client_of(world.colleague.user), "/escalations/")
    assert client_of(world.operator).get("/escalations/").status_code == 403
