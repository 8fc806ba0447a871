"""Who opened a case, as the practitioner's card tells it."""

import pytest
from django.utils.translation import override

from coaching.models import Case
from web.selectors.timeline import timeline_of


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


def opening(case):
    (event,) = [one for one in timeline_of(case.practitioner, version=None) if one.title.startswith("Case opened")]
    return event.who, event.text


def test_who_opened_a_case_is_named_whoever_has_it_now(world):
    case = Case.objects.exclude(coach=None).first()
    Case.objects.filter(pk=case.pk).update(opened_by=world.coordinator, opened_because="Asked for help")
    assert opening(case) == (str(world.coordinator), "Asked for help")
    assert opening(case)[0] != str(case.coach)


@pytest.mark.parametrize("reason", ["", "late_majority"])
def test_a_case_opened_by_hand_says_so_and_credits_no_segment(world, reason):
    case = Case.objects.first()
    Case.objects.filter(pk=case.pk).update(opened_by=world.coordinator, opened_because=reason)
    assert opening(case) == (str(world.coordinator), "Opened by hand.")


def test_what_the_planner_opened_is_credited_to_the_planner(world):
    case = Case.objects.exclude(coach=None).first()
    Case.objects.filter(pk=case.pk).update(opened_by=None, opened_because="late_majority")
    assert opening(case) == ("the planner", "Entered the segment “Late majority”.")
