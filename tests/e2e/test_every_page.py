"""Each page is accessible, fits its screen and is light enough for a telephone."""

import datetime as dt
import gzip

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from coaching.models import (
    Absence,
    FollowUp,
    Pause,
    PlannerRun,
    PracticeClosure,
    SoftwareBlocker,
    TeamDay,
    Visit,
    VisitingHours,
)
from coaching.services import open_blocker
from coaching.services.notices import put_escalations
from core.models import Mail
from practitioners.models import SoftwareProduct
from tests.factories import network
from tests.factories.notices import missed
from tests.factories.playbooks import a_page_of_each

pytestmark = pytest.mark.django_db(transaction=True)

BUDGET = 250_000
"""Bytes, compressed, of a coach's first load."""


def something_of_everything(world: network.Network) -> None:
    """A run, a team day, a half day, hours, a pause of each kind, blockers open and closed, an escalation told of."""
    on = network.TODAY
    days = dt.timedelta(days=1)
    Absence.objects.create(coach=world.colleague, first_day=on + 3 * days, last_day=on + 3 * days, part="morning")
    TeamDay.objects.create(day=on + 4 * days, reason="Away day")
    PracticeClosure.objects.create(organisation=world.practice, weekday=2)
    PracticeClosure.objects.create(organisation=world.practice, first_day=on + 9 * days, last_day=on + 20 * days)
    VisitingHours.objects.create(organisation=world.practice, weekday=0, opens=dt.time(12), closes=dt.time(14))
    Pause.objects.create(scope="coach", coach=world.colleague, reason="Illness", starts_on=on, ends_on=on + 9 * days)
    Pause.objects.create(scope="quiet_period", reason="August", starts_on=on + 30 * days, ends_on=on + 34 * days)
    product = SoftwareProduct.objects.get_or_create(vendor="Vendor", name="Package")[0]
    open_blocker(software=product, defect="The certificate is refused", since=on, by=world.coordinator)
    SoftwareBlocker.objects.create(software=product, defect="Nothing was sent", since=on - 9 * days, until=on - days)
    PlannerRun.objects.create(planned_for=on, finished_at=timezone.now(), enrolments_seen=4, made=2, deferred=1)


def pages_of(world: network.Network) -> list[tuple[str, str]]:
    """Who opens which address."""
    practitioner = world.practitioners[0]
    network.visited(world, practitioner)
    visit = Visit.objects.get()
    waiting = FollowUp.objects.filter(assignee=None)[0]
    put_escalations([missed(practitioner, world.coach, network.TODAY - dt.timedelta(days=9)).pk], at=timezone.now())
    mail = Mail.objects.get()
    something_of_everything(world)
    day = world.follow_up.target_on
    leave = Absence.objects.create(coach=world.coach, first_day=day, last_day=day)
    return [
        ("", "/accounts/login/"),
        ("", "/accounts/password/reset/"),
        ("coach", "/"),
        ("coach", "/follow-ups/mine/"),
        ("coach", "/practitioners/"),
        ("coach", f"/practitioners/{practitioner.ref}/"),
        ("coach", f"/follow-ups/{world.follow_up.ref}/"),
        ("coach", "/visits/new/"),
        ("coach", f"/visits/new/{practitioner.ref}/"),
        ("coach", f"/visits/{visit.ref}/"),
        ("coach", "/network/"),
        ("coach", "/absences/"),
        ("coach", "/pauses/"),
        ("coach", f"/pauses/?practitioner={practitioner.ref}"),
        ("coach", "/blockers/"),
        ("coach", "/escalations/"),
        ("coach", f"/practices/{world.practice.ref}/days/"),
        ("coach", "/calendar/"),
        ("coach", "/preferences/notices/"),
        ("coordinator", "/"),
        ("coordinator", "/follow-ups/"),
        ("coordinator", "/follow-ups/?q=nobody"),
        ("coordinator", "/practitioners/"),
        ("coordinator", f"/follow-ups/{waiting.ref}/"),
        ("coordinator", "/follow-ups/proposal/"),
        ("coordinator", "/follow-ups/proposal/?show=left"),
        ("coordinator", f"/absences/{leave.ref}/handover/"),
        ("coordinator", f"/cases/{world.follow_up.enrolment.case.ref}/handover/"),
        ("coordinator", "/absences/"),
        ("coordinator", "/absences/?show=past"),
        ("coordinator", "/pauses/"),
        ("coordinator", "/pauses/?show=coming"),
        ("coordinator", "/blockers/"),
        ("coordinator", "/blockers/?show=closed"),
        ("coordinator", "/escalations/"),
        ("coordinator", "/planner/"),
        ("manager", "/"),
        ("operator", "/"),
        ("operator", "/planner/"),
        ("operator", "/mails/"),
        ("operator", f"/mails/{mail.ref}/"),
        ("operator", "/preferences/notices/"),
        ("client", "/"),
        *(("manager", address) for address in a_page_of_each(network.TODAY)),
    ]


def user_of(world: network.Network, role: str):
    if not role:
        return None
    return world.coach.user if role == "coach" else getattr(world, role)


@pytest.mark.parametrize("phone", [True, False], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_sticks_out(new_page, world, phone, scheme):
    axe = Axe()
    found = []
    opened = {}
    for role, address in pages_of(world):
        if role not in opened:
            opened[role] = new_page(user=user_of(world, role), phone=phone, language="en", color_scheme=scheme)
        page = opened[role]
        page.goto(address)
        page.wait_for_load_state("networkidle")
        for violation in axe.run(page).response["violations"]:
            nodes = "; ".join(" ".join(map(str, node["target"])) for node in violation["nodes"][:3])
            found.append(f"{role} {address}: {violation['id']}: {nodes}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append(f"{role} {address}: {wide} pixels stick out")
    assert not found, "\n".join(found)


def test_a_coachs_first_load_is_light(new_page, world):
    follow_up = world.follow_up
    for address in ("/", f"/visits/new/{follow_up.practitioner.ref}/"):
        page = new_page(user=world.coach.user, phone=True)
        bodies = []
        page.on("response", lambda response, bodies=bodies: bodies.append(response))
        page.goto(address)
        page.wait_for_load_state("networkidle")
        sizes = {
            one.url: len(one.body()) if one.url.endswith(".woff2") else len(gzip.compress(one.body()))
            for one in bodies
            if one.ok
        }
        assert sum(sizes.values()) < BUDGET, sizes
        assert not any("charts" in url for url in sizes)


def test_nothing_jumps_while_a_page_loads(new_page, world):
    for role, address in (("coach", "/"), ("coordinator", "/follow-ups/"), ("manager", "/")):
        page = new_page(user=user_of(world, role), phone=role == "coach")
        page.add_init_script(
            "window.shifted = 0; new PerformanceObserver(list => { for (const one of list.getEntries())"
            " if (!one.hadRecentInput) window.shifted += one.value }).observe({type: 'layout-shift', buffered: true})"
        )
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(300)
        assert page.evaluate("window.shifted") < 0.1, address
