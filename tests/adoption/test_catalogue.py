"""What is shipped is there, and what users edited stays."""

import pytest
from django.core.management import call_command

from adoption.models import Indicator, NetworkMeasurement, PremiumThreshold, SchemeVersion
from adoption.parameters import complete_parameters
from adoption.selectors import figures_of, premium_minimum
from adoption.services import load_catalogue
from tests.factories.adoption import IndicatorFactory, give_figures, make_practitioners

pytestmark = pytest.mark.django_db


def test_every_installation_has_indicators_schemes_and_thresholds() -> None:
    assert dict(Indicator.objects.values_list("code", "kind")) == {
        "sumehr_published": "count",
        "sumehr_coverage": "coverage",
    }
    assert Indicator.objects.get(publishes=True).code == "sumehr_published"
    assert {version.scheme.code: version.parameters for version in SchemeVersion.objects.select_related("scheme")} == {
        code: complete_parameters(code) for code in ("rogers", "valente", "volume-bands")
    }
    coverage = Indicator.objects.get(code="sumehr_coverage")
    assert [premium_minimum(coverage, year) for year in (2018, 2019, 2023, 2024)] == [0.25, None, 0.55, 0.6]
    assert premium_minimum(Indicator.objects.get(code="sumehr_published"), 2018) is None


def test_loading_again_keeps_what_users_edited() -> None:
    PremiumThreshold.objects.filter(year=2018).update(minimum=0.3)
    NetworkMeasurement.objects.filter(code="consents").update(value=651_000)
    Indicator.objects.filter(code="sumehr_published").update(name_fr="SUMEHR")
    load_catalogue()
    call_command("migrate", verbosity=0)
    assert PremiumThreshold.objects.get(year=2018).minimum == 0.3
    assert NetworkMeasurement.objects.get(code="consents").value == 651_000
    assert Indicator.objects.get(code="sumehr_published").name_fr == "SUMEHR"
    assert SchemeVersion.objects.count() == 3


def test_figures_are_told_per_indicator_and_month() -> None:
    person = make_practitioners(1)[0]
    give_figures(IndicatorFactory(code="b"), {person: [1, None, 3]}, "2018-01")
    give_figures(IndicatorFactory(code="a"), {person: [7]}, "2018-02")
    series = figures_of(person)
    assert [(one.indicator.code, [figure.value for figure in one.figures]) for one in series] == [
        ("a", [7]),
        ("b", [1, 3]),
    ]
    only = figures_of(person, indicator=series[1].indicator, since=series[1].figures[1].month)
    assert [figure.value for figure in only[0].figures] == [3]
