"""What people come for, done in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from coaching.enums import FollowUpState, Outcome
from coaching.models import BarrierSighting, FollowUp, Visit
from tests.factories.accounts import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def test_somebody_signs_in_and_out(new_page, world):
    page = new_page(phone=True, language="en")
    page.goto("/follow-ups/mine/")
    page.get_by_role("button", name="English").click()
    page.get_by_label("E-mail address").fill(world.coach.user.email)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/follow-ups/mine/"))
    page.locator(".phone-top summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_nobody_signs_up_by_themselves(new_page, world):
    page = new_page()
    page.goto("/accounts/signup/")
    expect(page.locator("form[action*=signup]")).to_have_count(0)


def test_a_coach_logs_a_visit_on_a_phone_in_six_taps(new_page, world):
    follow_up = world.follow_up
    page = new_page(user=world.coach.user, phone=True, language="en")
    page.goto("/")
    expect(page.get_by_role("heading", name="My day")).to_be_visible()
    task = page.locator(".task", has_text=follow_up.practitioner.name).first
    task.get_by_role("link", name="Log it").tap()
    # The kind, the outcome, the day and the minutes are guessed.
    expect(page.get_by_role("radio", name="Done")).to_be_checked()
    page.get_by_role("button", name="Five minutes more").tap()
    page.get_by_role("checkbox", name="Publishing a first SUMEHR").tap()
    page.locator(".chip-fold summary").first.tap()
    page.locator(".chip-fold input").first.tap()
    page.get_by_role("button", name="Save").tap()

    expect(page.get_by_role("heading", name="What comes next")).to_be_visible()
    expect(page.locator(".task-who").first).to_be_visible()
    visit = Visit.objects.get(practitioner=follow_up.practitioner)
    follow_up.refresh_from_db()
    assert visit.minutes == 10 and visit.outcome == Outcome.DONE and visit.follow_up == follow_up
    assert visit.topics.count() == 1
    assert BarrierSighting.objects.filter(practitioner=follow_up.practitioner).count() == 1
    assert follow_up.state == FollowUpState.DONE
    assert FollowUp.objects.filter(enrolment=follow_up.enrolment).exclude(pk=follow_up.pk).exists(), "no next step"


def test_a_visit_is_logged_without_javascript(new_page, world):
    follow_up = world.follow_up
    page = new_page(user=world.coach.user, phone=True, javascript=False, language="en")
    page.goto(f"/visits/new/{follow_up.practitioner.ref}/?follow_up={follow_up.ref}")
    page.get_by_role("radio", name="Wants to be contacted later").tap()
    page.get_by_role("button", name="Save").tap()
    expect(page.locator(".invalid-feedback")).to_have_text("Say on which day to contact them again.")
    page.get_by_label("Contact again on").fill("2018-08-20")
    page.get_by_label("What did you promise?").fill("The guide to the consent screen")
    page.get_by_role("button", name="Save").tap()
    expect(page.get_by_role("heading", name="What was logged")).to_be_visible()
    assert Visit.objects.get().promised == "The guide to the consent screen"


def test_pages_can_be_read_without_javascript(new_page, world):
    page = new_page(user=world.coordinator, javascript=False, language="en")
    page.goto("/practitioners/?q=dupon")
    page.get_by_role("link", name="Dupont, Anne").click()
    expect(page.get_by_role("heading", name="Anne Dupont")).to_be_visible()
    page.get_by_text("The same as a table").first.click()
    expect(page.get_by_role("cell", name="6", exact=True).first).to_be_visible()
    page.locator(".side summary").click()
    page.locator(".side").get_by_role("button", name="Nederlands").click()
    expect(page.locator("html")).to_have_attribute("lang", "nl")


def test_a_coordinator_assigns_many(new_page, world):
    page = new_page(user=world.coordinator, language="en")
    page.goto("/")
    page.get_by_role("link", name="Without a coach").click()
    rows = page.locator("input[data-row]")
    number = rows.count()
    assert number == FollowUp.objects.filter(assignee=None).count() == 2
    page.get_by_label("Tick all on this page").check()
    expect(page.locator(".bulk-count").first).to_contain_text("2 ticked")
    page.get_by_label("Give to").select_option(label=str(world.colleague))
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("status")).to_contain_text("2 follow-ups given to Tom De Smet")
    # The list is still narrowed to those that nobody has.
    expect(page.get_by_text("No follow-up fits")).to_be_visible()
    assert FollowUp.objects.filter(assignee=world.colleague).count() == 2


def test_a_follow_up_is_postponed_with_a_reason(new_page, world):
    follow_up = world.follow_up
    page = new_page(user=world.coach.user, phone=True, language="en")
    page.goto(f"/follow-ups/{follow_up.ref}/")
    page.locator("summary", has_text="Postpone it").tap()
    page.get_by_label("New day").fill("2018-07-25")
    page.get_by_label("Why", exact=True).fill("On holiday until then")
    page.get_by_role("button", name="Postpone it").tap()
    expect(page.get_by_role("status")).to_contain_text("Postponed")
    expect(page.get_by_text("On holiday until then", exact=True)).to_be_visible()
    follow_up.refresh_from_db()
    assert follow_up.target_on.isoformat() == "2018-07-25"


def test_searching_forgives_accents_and_typos_while_typing(new_page, world):
    page = new_page(user=world.coordinator, language="en")
    page.goto("/practitioners/")
    for typed, found in (
        ("etienne", "Étienne, Hélène"),
        ("ozturk", "Öztürk, Youssef"),
        ("lefevbre", "Lefèvre, Jean-Pierre"),
    ):
        page.get_by_role("searchbox").fill(typed)
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("tbody")).to_contain_text(found)
    expect(page).to_have_url(re.compile("q=lefevbre"))


def test_filters_sorting_and_pages_are_kept_in_the_address(new_page, world):
    page = new_page(user=world.coordinator, language="en")
    page.goto("/practitioners/")
    page.get_by_label("Segment").select_option("laggards")
    expect(page).to_have_url(re.compile("segment=laggards"))
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator("th").get_by_role("link", name="Name").click()
    expect(page).to_have_url(re.compile("segment=laggards.*sort=-name|sort=-name.*segment=laggards"))
    expect(page.locator("tbody tr")).to_have_count(2)


@pytest.mark.parametrize(("language", "words"), [("fr", "Français"), ("nl", "Nederlands"), ("en", "English")])
def test_the_chosen_language_is_remembered_on_the_person(new_page, world, language, words):
    page = new_page(user=world.coach.user, language="fr")
    page.goto("/")
    page.locator(".side summary").click()
    page.locator(".side").get_by_role("button", name=words).click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    world.coach.user.refresh_from_db()
    assert world.coach.user.language == language
    again = new_page(user=world.coach.user, language="en")
    again.goto("/follow-ups/mine/")
    expect(again.locator("html")).to_have_attribute("lang", language)


def test_visitors_are_spoken_to_in_french_first(new_page, world):
    page = new_page(language="en")
    page.goto("/accounts/login/")
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_the_colours_are_remembered(new_page, world):
    page = new_page(user=world.manager, language="en")
    page.goto("/")
    page.locator(".side summary").click()
    page.locator(".side").get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.goto("/practitioners/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_the_keyboard_goes_straight_to_the_content(new_page, world):
    page = new_page(user=world.coordinator, language="en")
    page.goto("/practitioners/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
