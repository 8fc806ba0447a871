"""What the work ships as data is there, in three languages, and stays as users leave it."""

import pytest

from coaching import catalogue
from coaching.enums import BarrierFactor, CfirDomain
from coaching.models import Barrier, BarrierTheme, ContactBudget, Playbook, PlaybookStep, PlaybookVersion, Topic
from coaching.services import load_catalogue
from tests.factories.coaching import as_if_never_used

pytestmark = pytest.mark.django_db


def test_everything_is_there_after_the_migrations():
    assert Barrier.objects.count() == len(catalogue.BARRIERS)
    assert BarrierTheme.objects.count() == len(catalogue.THEMES) and Topic.objects.count() == len(catalogue.TOPICS)
    assert set(Playbook.objects.values_list("code", flat=True)) == {
        "coaching_late_majority",
        "technical_support_laggards",
        "discontinuance_watch",
    }
    assert ContactBudget.objects.count() == 1


@pytest.mark.parametrize("model", [Barrier, BarrierTheme, Topic, Playbook, PlaybookStep])
def test_every_entry_has_its_name_in_three_languages(model):
    for entry in model.objects.all():
        assert entry.name_en and entry.name_fr and entry.name_nl, entry.code


def test_the_decks_barriers_are_coded():
    assert set(Barrier.objects.values_list("cfir_domain", flat=True)) == set(CfirDomain.values)
    assert set(BarrierTheme.objects.values_list("factor", flat=True)) == set(BarrierFactor.values)
    assert {"time", "change", "collaboration"} <= set(
        BarrierTheme.objects.filter(factor="exogenous").values_list("code", flat=True)
    )


def test_the_playbooks_serve_and_continue_as_they_should():
    coaching, watch, technical = Playbook.objects.order_by("code")
    assert (coaching.segments, coaching.time_based_segments) == (["late_majority"], [])
    assert (technical.segments, technical.time_based_segments) == (["laggards"], ["non_adopters"])
    assert technical.continues_in == coaching
    version = PlaybookVersion.objects.get(playbook=coaching)
    assert (version.goal_indicator.code, version.goal_value, version.goal_months) == ("sumehr_coverage", 0.25, 3)
    for usage in PlaybookStep.objects.filter(code__in=["first_sumehr", "confirmation"]):
        assert (usage.completion, usage.usage_indicator.code, usage.usage_minimum) == ("usage", "sumehr_published", 1)
    assert PlaybookStep.objects.filter(completion="usage").count() == 2
    assert (watch.trigger, watch.segments, watch.track, watch.continues_in) == ("lapse", [], "coaching", None)
    assert PlaybookStep.objects.get(version__playbook=watch).channel == "call"


def test_words_for_staff_do_not_reach_what_a_practitioner_could_be_told():
    for step in PlaybookStep.objects.all():
        for language in ("en", "fr", "nl"):
            text = f"{getattr(step, f'name_{language}')} {getattr(step, f'purpose_{language}')}".lower()
            assert not any(
                word in text for word in ("laggard", "retardataire", "achterblijver", "majorit", "meerderheid")
            )


def test_loading_again_keeps_what_users_edited():
    Barrier.objects.filter(code="burn_out").update(name_en="Tired", is_active=False)
    Playbook.objects.filter(code="coaching_late_majority").update(cooldown_days=30)
    with as_if_never_used():
        PlaybookStep.objects.filter(code="second_visit").delete()
    Topic.objects.filter(code="team").delete()
    before = PlaybookStep.objects.count()
    load_catalogue()
    load_catalogue()
    assert Barrier.objects.get(code="burn_out").name_en == "Tired"
    assert Playbook.objects.get(code="coaching_late_majority").cooldown_days == 30
    assert PlaybookStep.objects.count() == before and Topic.objects.filter(code="team").exists()
