"""Each page is accessible, fits its screen and is light enough for a telephone."""

import gzip

import pytest
from axe_playwright_python.sync_playwright import Axe

from coaching.models import FollowUp, Visit
from tests.factories import network

pytestmark = pytest.mark.django_db(transaction=True)

BUDGET = 250_000
"""Bytes, compressed, of a coach's first load."""


def pages_of(world: network.Network) -> list[tuple[str, str]]:
    """Who opens which address."""
    practitioner = world.practitioners[0]
    network.visited(world, practitioner)
    visit = Visit.objects.get()
    waiting = FollowUp.objects.filter(assignee=None)[0]
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
        ("coordinator", "/"),
        ("coordinator", "/follow-ups/"),
        ("coordinator", "/follow-ups/?q=nobody"),
        ("coordinator", "/practitioners/"),
        ("coordinator", f"/follow-ups/{waiting.ref}/"),
        ("manager", "/"),
        ("operator", "/"),
        ("client", "/"),
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
