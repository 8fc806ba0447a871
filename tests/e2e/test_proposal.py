"""A coordinator hands out the pool in the browser, with and without scripts."""

import pytest

from coaching.models import FollowUp

pytestmark = pytest.mark.django_db(transaction=True)


def waiting():
    return FollowUp.objects.filter(assignee=None, state__in=["planned", "due"]).order_by("pk")


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_one_line_is_overridden_and_given_and_the_others_wait(new_page, world, javascript):
    first, *others = waiting()
    assert others
    page = new_page(user=world.coordinator, language="en", javascript=javascript)
    page.goto("/follow-ups/proposal/")
    if javascript:
        assert page.locator(".bulk-count span").first.inner_text() == str(len(others) + 1)
        page.get_by_label("Tick all on this page").uncheck()
    else:
        for row in others:
            page.get_by_label(f"Tick {row.practitioner.name}", exact=True).uncheck()
    page.get_by_label(f"Tick {first.practitioner.name}", exact=True).check()
    page.get_by_label(f"Coach for {first.practitioner.name}", exact=True).select_option(label="Camille Lambert")
    page.get_by_role("button", name="Confirm the ticked").click()
    page.get_by_text("1 follow-up given.").wait_for()
    assert FollowUp.objects.get(pk=first.pk).assignee == world.coach
    assert waiting().count() == len(others)


def test_the_whole_list_is_confirmed_as_proposed(new_page, world):
    number = waiting().count()
    page = new_page(user=world.coordinator, language="en", javascript=False)
    page.goto("/follow-ups/proposal/")
    page.get_by_role("button", name=f"Confirm all {number} as proposed").click()
    page.get_by_text(f"{number} follow-ups given.").wait_for()
    assert not waiting().exists()
    page.get_by_text("Every follow-up has somebody").wait_for()
