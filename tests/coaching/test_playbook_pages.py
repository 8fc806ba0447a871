"""Pages of playbooks: who may read and edit, the editor without a script, activating, moving, simulating."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from coaching.models import Enrolment, Playbook, PlaybookVersion, Simulation
from coaching.selectors.playbooks import drawing_of
from coaching.services.playbooks import steps_of
from coaching.tasks import migrate_enrolments, simulate
from tests.factories import network
from tests.factories.playbooks import activated, active_version, coaching, draft_with, named

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return network.build()


def signed_in(world, role: str) -> Client:
    client = Client()
    client.force_login(world.coach.user if role == "coach" else getattr(world, role))
    return client


@pytest.fixture
def manager(world) -> Client:
    return signed_in(world, "manager")


def text_of(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def reading(version: PlaybookVersion) -> list[str]:
    return [
        "/playbooks/",
        f"/playbooks/{version.playbook.ref}/",
        f"/playbooks/versions/{version.ref}/",
        f"/playbooks/versions/{version.ref}/simulate/",
    ]


def editing(draft: PlaybookVersion, old: PlaybookVersion) -> list[tuple[str, str]]:
    return [
        ("post", f"/playbooks/{draft.playbook.ref}/"),
        ("post", f"/playbooks/{draft.playbook.ref}/draft/"),
        ("get", f"/playbooks/versions/{draft.ref}/edit/"),
        ("post", f"/playbooks/versions/{draft.ref}/edit/"),
        ("get", f"/playbooks/versions/{draft.ref}/activate/"),
        ("post", f"/playbooks/versions/{draft.ref}/activate/"),
        ("post", f"/playbooks/versions/{draft.ref}/discard/"),
        ("get", f"/playbooks/versions/{old.ref}/migrate/"),
        ("post", f"/playbooks/versions/{old.ref}/migrate/"),
    ]


# --- Who may -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["coach", "coordinator", "operator"])
def test_everybody_who_works_reads_and_managers_alone_edit(world, role):
    old = active_version()
    draft = draft_with()
    client = signed_in(world, role)
    for address in reading(old):
        assert client.get(address).status_code == 200, address
    for method, address in editing(draft, old):
        assert getattr(client, method)(address).status_code == 403, address
    page = client.get(f"/playbooks/versions/{draft.ref}/").content.decode()
    assert "/edit/" not in page and "/activate/" not in page and "/discard/" not in page
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_strangers_are_sent_to_the_door(world):
    old = active_version()
    for address in reading(old):
        assert Client().get(address).status_code == 302


# --- Reading -----------------------------------------------------------------------------------------------


def test_the_list_and_a_playbook_tell_versions_authors_and_how_many(world, manager):
    version = active_version()
    Enrolment.objects.filter(playbook=version.playbook).count()
    told = text_of(manager.get("/playbooks/"))
    assert "Coaching for the late majority" in told and "version 1" in told
    activated(lambda steps: named(steps, "first_call").update(delay=8))
    told = text_of(manager.get(f"/playbooks/{version.playbook.ref}/"))
    live = Enrolment.objects.filter(version=version, ended_on=None).count()
    assert live and f"{live} practitioner" in told and "Changed for a test" in told and "withdrawn" in told
    assert (
        f"/playbooks/versions/{version.ref}/migrate/"
        in manager.get(f"/playbooks/{version.playbook.ref}/").content.decode()
    )


def test_the_drawing_lays_steps_along_the_weeks():
    drawing = drawing_of(list(active_version().steps.all()))
    call, visit, check, second, monthly = drawing.steps
    assert (call.first.opens, call.first.target, call.first.closes) == (0, 7, 14)
    assert (visit.first.opens, visit.first.target) == (14, 28), "15 working days after the call's best day"
    assert check.first.target == 56 and second.first.target == 70
    assert [window.target for window in monthly.windows] == [100, 130, 160], "monthly until the goal is held"
    assert drawing.weeks * 7 >= monthly.windows[-1].closes
    assert all(window.left.endswith("%") and "," not in window.left for one in drawing.steps for window in one.windows)
    assert drawing_of([]).steps == []


def test_the_drawing_has_no_inline_style_and_says_itself_in_words(world, manager):
    page = manager.get(f"/playbooks/versions/{active_version().ref}/").content.decode()
    assert " style=" not in page
    assert "First call: opens on day 0, best on day 7, closes on day 14 after the enrolment" in page


def test_lists_ask_as_often_for_many_versions_as_for_few(world, manager):
    address = f"/playbooks/{coaching().ref}/"

    def queries(path: str) -> int:
        manager.get(path)
        with CaptureQueriesContext(connection) as captured:
            assert manager.get(path).status_code == 200
        return len(captured)

    few = [queries(path) for path in ("/playbooks/", address)]
    for _n in range(4):
        activated(lambda steps: steps[0].update(delay=steps[0]["delay"] + 1))
    network.add(world, practitioners=20)
    # Once there is a withdrawn version with somebody in it, no further one costs a query.
    assert [queries(path) for path in ("/playbooks/", address)] == few


# --- The editor ----------------------------------------------------------------------------------------------


def posted(version: PlaybookVersion, **changes: str) -> dict[str, str]:
    """The editor's form as a browser sends it, with some fields changed."""
    data = {
        "goal_indicator": version.goal_indicator.code if version.goal_indicator else "",
        "goal_value": str(version.goal_value or ""),
        "goal_months": str(version.goal_months),
        "note": "A slower start",
        "act": "save",
    }
    steps = steps_of(version)
    data |= {"steps-TOTAL_FORMS": str(len(steps)), "steps-INITIAL_FORMS": str(len(steps))}
    for place, step in enumerate(steps):
        for name, value in step.items():
            if name == "usage_indicator":
                data[f"steps-{place}-{name}"] = value.code if value else ""
                continue
            if name == "repeats_until_goal":
                if value:
                    data[f"steps-{place}-{name}"] = "on"
                continue
            data[f"steps-{place}-{name}"] = "" if value is None else str(value)
    return data | changes


@pytest.fixture
def draft(manager) -> PlaybookVersion:
    response = manager.post(f"/playbooks/{coaching().ref}/draft/")
    made = PlaybookVersion.objects.get(playbook=coaching(), state="draft")
    assert response.url == f"/playbooks/versions/{made.ref}/edit/"
    return made


def test_a_draft_is_begun_written_and_found_again(world, manager, draft):
    assert draft.created_by == world.manager
    again = manager.post(f"/playbooks/{coaching().ref}/draft/")
    assert again.url == f"/playbooks/versions/{draft.ref}/edit/", "one draft at a time"
    page = manager.get(again.url).content.decode()
    assert page.count('class="card step-card"') == 5 and " style=" not in page
    response = manager.post(again.url, posted(draft, **{"steps-0-delay": "8", "steps-0-name_fr": "Appel de bienvenue"}))
    assert response.status_code == 302
    draft.refresh_from_db()
    first = draft.steps.get(position=1)
    assert (first.delay, first.name_fr, draft.note) == (8, "Appel de bienvenue", "A slower start")
    assert draft.steps.count() == 5 and draft.steps.get(position=5).repeats_until_goal


def test_errors_stand_beside_the_step_and_nothing_is_saved(manager, draft):
    address = f"/playbooks/versions/{draft.ref}/edit/"
    data = posted(draft, **{"steps-1-opens_before": "0", "steps-1-closes_after": "0", "steps-3-retries": "99"})
    response = manager.post(address, data)
    assert response.status_code == 422
    page = response.content.decode()
    assert "Step 2 (First visit): its window is empty" in page and "Step 4 (Second visit): 99 is too much" in page
    assert 'href="#step-2"' in page and 'href="#step-4"' in page
    assert re.search(r'id="step-2" open', page) and not re.search(r'id="step-1" open', page)
    assert re.search(r"id_steps-1-closes_after_error", page)
    assert draft.steps.get(position=2).closes_after == 10
    response = manager.post(address, posted(draft, **{"steps-0-delay": "soon"}))
    assert response.status_code == 422 and draft.steps.get(position=1).delay == 5
    response = manager.post(address, posted(draft, goal_value="", goal_indicator="sumehr_coverage"))
    assert response.status_code == 422 and "Say how much the goal is" in response.content.decode()


def titles(response) -> list[str]:
    return re.findall(r"<strong>\d+\. ([^<]+)</strong>", response.content.decode())


@pytest.mark.parametrize(
    ("act", "names"),
    [
        (
            "add",
            [
                "First call",
                "First visit",
                "Check on the month&#x27;s figures",
                "Second visit",
                "Monthly check",
                "New step",
            ],
        ),
        ("drop-1", ["First call", "Check on the month&#x27;s figures", "Second visit", "Monthly check"]),
        ("up-1", ["First visit", "First call", "Check on the month&#x27;s figures", "Second visit", "Monthly check"]),
        ("down-3", ["First call", "First visit", "Check on the month&#x27;s figures", "Monthly check", "Second visit"]),
        ("up-0", ["First call", "First visit", "Check on the month&#x27;s figures", "Second visit", "Monthly check"]),
        (
            "drop-99",
            ["First call", "First visit", "Check on the month&#x27;s figures", "Second visit", "Monthly check"],
        ),
    ],
)
def test_steps_come_go_and_move_without_a_script(manager, draft, act, names):
    data = posted(draft, act=act, **{"steps-0-delay": "77", "note": "Typed before"})
    response = manager.post(f"/playbooks/versions/{draft.ref}/edit/", data)
    assert response.status_code == 200 and titles(response) == names
    page = response.content.decode()
    assert 'value="77"' in page and "Typed before" in page, "what was typed stays"
    assert draft.steps.count() == 5 and draft.steps.get(position=1).delay == 5, "and nothing is saved yet"


def test_a_version_in_use_has_no_editor(manager):
    version = active_version()
    for method in (manager.get, manager.post):
        response = method(f"/playbooks/versions/{version.ref}/edit/")
        assert response.url == f"/playbooks/versions/{version.ref}/"


def test_a_draft_is_discarded(manager, draft):
    manager.post(f"/playbooks/versions/{draft.ref}/discard/")
    assert not PlaybookVersion.objects.filter(pk=draft.pk).exists()


def test_where_a_playbook_goes_on_is_said_on_its_page(manager):
    playbook = coaching()
    support = Playbook.objects.get(code="technical_support_laggards")
    address = f"/playbooks/{playbook.ref}/"
    page = manager.post(address, {"continues_in": support.code, "cooldown_days": "30"}).content.decode()
    assert "round in a circle" in page
    assert manager.post(address, {"continues_in": "", "cooldown_days": "30"}).status_code == 302
    playbook.refresh_from_db()
    assert (playbook.cooldown_days, playbook.continues_in) == (30, None)


# --- Activating and moving -------------------------------------------------------------------------------------


def test_activating_is_confirmed_and_leads_to_the_move(world, manager):
    old = active_version()
    live = Enrolment.objects.filter(version=old, ended_on=None).count()
    draft = draft_with(lambda steps: named(steps, "first_call").update(delay=8))
    page = text_of(manager.get(f"/playbooks/versions/{draft.ref}/activate/"))
    assert "“First call” changes: 5 working days after the enrolment → 8" in page and "Activate version 2?" in page
    response = manager.post(f"/playbooks/versions/{draft.ref}/activate/")
    draft.refresh_from_db()
    assert (draft.state, draft.activated_by) == ("active", world.manager)
    assert response.url == f"/playbooks/versions/{old.ref}/migrate/"
    page = text_of(manager.get(response.url))
    assert f"{live} of {live} live enrolments move." in page and "First call" in page
    assert manager.post(f"/playbooks/versions/{draft.ref}/activate/").url == f"/playbooks/versions/{draft.ref}/"


def test_moving_is_a_workers_work_and_the_page_follows_it(
    world, manager, django_capture_on_commit_callbacks, monkeypatch
):
    sent = []
    monkeypatch.setattr("core.jobs.current_app.send_task", lambda name, kwargs, **_more: sent.append((name, kwargs)))
    old = active_version()
    new = activated(lambda steps: named(steps, "first_call").update(delay=8))
    address = f"/playbooks/versions/{old.ref}/migrate/"
    with django_capture_on_commit_callbacks(execute=True):
        assert manager.post(address).url == f"{address}?started=1"
    page = manager.get(f"{address}?started=1").content.decode()
    assert 'hx-trigger="every 2s"' in page and "They are being moved" in page and "<noscript>" in page
    ((name, arguments),) = sent
    assert name == "coaching.tasks.migrate_enrolments"
    done = migrate_enrolments(**arguments)
    assert done["moved"] == Enrolment.objects.filter(version=new).count() > 0
    page = manager.get(f"{address}?started=1").content.decode()
    assert "hx-trigger" not in page and f"{done['moved']} were moved." in text_of(manager.get(f"{address}?started=1"))
    assert migrate_enrolments(**arguments) == {"moved": 0, "left": 0}


# --- Simulating --------------------------------------------------------------------------------------------------


ASKED = {
    "starts_on": "2018-07-16", "weeks": "6", "days_to_do": "-1", "answer_share": "70", "goal_share": "10",
    "usage_share": "30", "keep_to_capacity": "on", "give_out": "on", "move": "on",
}  # fmt: skip


@pytest.mark.parametrize("role", ["coach", "manager"])
def test_a_simulation_is_asked_followed_and_told(world, role):
    client = signed_in(world, role)
    version = active_version()
    address = f"/playbooks/versions/{version.ref}/simulate/"
    response = client.post(address, ASKED)
    asked = Simulation.objects.get()
    assert response.url == f"/playbooks/simulations/{asked.ref}/"
    page = client.get(response.url).content.decode()
    assert 'hx-trigger="every 1s"' in page and "<noscript>" in page
    assert client.get(response.url, headers={"HX-Request": "true"}).headers.get("HX-Refresh") is None
    simulate(str(asked.ref))
    assert client.get(response.url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    answer = client.get(response.url)
    told = text_of(answer)
    assert "contacts a week" in told and "Base: " in told and "70 % of the contacts reach the practitioner" in told
    assert "hx-trigger" not in answer.content.decode() and " style=" not in answer.content.decode()
    assert str(asked.ref) in client.get(address).content.decode(), "found again"


def test_a_draft_is_compared_with_the_active_version(manager):
    old = active_version()
    draft = draft_with(lambda steps: named(steps, "first_call").update(delay=20))
    manager.post(f"/playbooks/versions/{draft.ref}/simulate/", ASKED | {"compare": "on"})
    for row in Simulation.objects.all():
        simulate(str(row.ref))
    mine = Simulation.objects.get(version=draft)
    told = text_of(manager.get(f"/playbooks/simulations/{mine.ref}/"))
    assert "Compared with version 1" in told
    theirs = Simulation.objects.get(version=old)
    assert mine.result["contacts"] != theirs.result["contacts"], "a slower first call is seen"


def test_a_question_that_makes_no_sense_is_told_beside_its_field(manager):
    address = f"/playbooks/versions/{active_version().ref}/simulate/"
    page = manager.post(address, ASKED | {"starts_on": "2018-07-01"}).content.decode()
    assert "Choose today, or a day of the next three months." in page
    assert manager.post(address, ASKED | {"weeks": "99"}).status_code == 200
    assert not Simulation.objects.exists()


def test_one_that_failed_says_why_and_can_be_sent_again(manager):
    row = Simulation.objects.create(
        version=active_version(), starts_on=dt.date(2018, 7, 16), state="failed", error="Too large."
    )
    assert "Too large." in manager.get(f"/playbooks/simulations/{row.ref}/").content.decode()
    assert manager.post(f"/playbooks/simulations/{row.ref}/again/").status_code == 302


def test_the_names_of_who_is_never_reached_are_those_that_one_sees(world, manager):
    everybody = [one.pk for one in world.practitioners]
    row = Simulation.objects.create(version=active_version(), starts_on=dt.date(2018, 7, 16), weeks=6)
    simulate(str(row.ref))
    row.refresh_from_db()
    row.result |= {"never": everybody, "never_reached": len(everybody), "never_why": {"not_yet": len(everybody)}}
    row.save()
    seen = {
        role: signed_in(world, role).get(f"/playbooks/simulations/{row.ref}/").content.decode()
        for role in ("coach", "manager")
    }
    names = {
        role: sum(f"/practitioners/{one.ref}/" in page for one in world.practitioners) for role, page in seen.items()
    }
    assert 0 < names["coach"] < names["manager"] == len(everybody)
