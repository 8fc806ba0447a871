"""The sums from which progress is read agree with the figures and the segments."""

import datetime as dt

import pytest
from django.db.models import Sum

from adoption.enums import Segment
from adoption.models import AdoptionRollup, Indicator
from adoption.selectors import network_picture
from adoption.services import refresh_rollup, run_segmentation
from practitioners.models import Practitioner
from tests.factories.adoption import give_figures, make_practitioners
from tests.factories.practitioners import SoftwareProductFactory

pytestmark = pytest.mark.django_db

MAY, JUNE = dt.date(2018, 5, 1), dt.date(2018, 6, 1)
BANDS = {"window": 2, "min_values": 1}


def lines(month: dt.date) -> dict[tuple[str | None, int | None, str], tuple[int, int, int, float]]:
    rows = AdoptionRollup.objects.filter(month=month)
    return {
        (row.commune_id, row.software_id, row.segment): (
            row.practitioners,
            row.reporting,
            row.publishers,
            row.value_sum,
        )
        for row in rows
    }


@pytest.fixture
def indicator() -> Indicator:
    return Indicator.objects.get(code="sumehr_published")


def test_the_sums_are_by_commune_software_and_segment_of_the_active(indicator: Indicator) -> None:
    software = SoftwareProductFactory()
    north = make_practitioners(2, commune_id="21004", software=software)
    south = make_practitioners(2, commune_id="21016")
    nowhere = make_practitioners(1)
    left = make_practitioners(1, commune_id="21004", status="inactive", inactive_reason="moved", inactive_since=MAY)
    figures = {north[0]: [5, 6], north[1]: [0, None], south[0]: [7, 8], nowhere[0]: [None, 1], left[0]: [100, 100]}
    give_figures(indicator, figures, "2018-05")
    refresh_rollup(indicator=indicator)

    unassigned = Segment.UNASSIGNED.value
    assert lines(MAY) == {
        ("21004", software.pk, unassigned): (2, 2, 1, 5),
        ("21016", None, unassigned): (2, 1, 1, 7),
        (None, None, unassigned): (1, 0, 0, 0),
    }
    assert lines(JUNE)[("21004", software.pk, unassigned)] == (2, 1, 1, 6)
    assert AdoptionRollup.objects.filter(month=JUNE).aggregate(all=Sum("practitioners"))["all"] == 5


def test_a_working_run_moves_the_sums_of_its_month_and_earlier_months_keep_theirs(indicator: Indicator) -> None:
    people = make_practitioners(2)
    give_figures(indicator, {people[0]: [5, 5000], people[1]: [0, 0]}, "2018-05")
    refresh_rollup(indicator=indicator)
    run_segmentation(scheme_code="volume-bands", as_of=MAY, parameters=BANDS)
    assert set(lines(MAY)) == {(None, None, Segment.UNASSIGNED.value)}, "only the working version is told"

    run_segmentation(scheme_code="volume-bands", as_of=MAY, parameters=BANDS, working=True)
    assert lines(MAY) == {
        (None, None, Segment.LATE_MAJORITY.value): (1, 1, 1, 5),
        (None, None, Segment.LAGGARDS.value): (1, 1, 0, 0),
    }
    may = lines(MAY)
    run_segmentation(scheme_code="volume-bands", as_of=JUNE, parameters=BANDS)
    assert (None, None, Segment.INNOVATORS.value) in lines(JUNE)
    assert lines(MAY) == may
    # A late correction of May is told by the segments of May.
    refresh_rollup(indicator=indicator, months=[MAY])
    assert lines(MAY) == may

    run_segmentation(scheme_code="volume-bands", as_of=JUNE, parameters={**BANDS, "window": 1}, working=True)
    assert set(lines(MAY)) == {(None, None, Segment.UNASSIGNED.value)}, "no segments of another version"


def test_only_the_named_months_are_computed(indicator: Indicator) -> None:
    person = make_practitioners(1)[0]
    give_figures(indicator, {person: [5, 6]}, "2018-05")
    refresh_rollup(indicator=indicator)
    before = dict(AdoptionRollup.objects.values_list("month", "pk"))
    Practitioner.objects.filter(pk=person.pk).update(commune_id="21004")
    refresh_rollup(indicator=indicator, months=[JUNE])
    after = dict(AdoptionRollup.objects.values_list("month", "pk"))
    assert after[MAY] == before[MAY] and after[JUNE] != before[JUNE]
    assert list(lines(JUNE)) == [("21004", None, Segment.UNASSIGNED.value)]


# --- The network's picture ---------------------------------------------------------------------------


def test_the_picture_of_june_2018_names_every_base_and_adds_up_to_a_hundred() -> None:
    picture = network_picture(JUNE)
    panels = {panel.code: panel for panel in picture.panels}
    assert set(panels) == {"publishing", "bands_of_publishers", "bands_of_active", "consultations"}
    for panel in picture.panels:
        assert sum(part.share for part in panel.parts) == 100
        assert sum(part.count for part in panel.parts) == panel.base
        assert panel.base_name and panel.title
    shares = {part.code: str(part.share) for part in panels["bands_of_publishers"].parts}
    assert shares == {
        "innovators": "1.1", "early_adopters": "10.0", "early_majority": "34.0", "late_majority": "53.0",
        "not_enough_data": "1.9",
    }  # fmt: skip
    assert (panels["bands_of_publishers"].base, panels["bands_of_active"].base) == (1052, 1447)
    assert {part.code: part.count for part in panels["publishing"].parts} == {
        "publishing_gps": 1052, "non_publishing_gps": 395,
    }  # fmt: skip
    assert panels["consultations"].base == 33786 + 41980 == 75766
    assert (picture.caseload["count"], str(picture.caseload["share"]), picture.caseload["base"]) == (953, "65.9", 1447)
    assert "125" in picture.note
    figures = {figure.code: figure for figure in picture.figures}
    assert (figures["portal_patients"].value, figures["portal_patients"].usual) == (119, 20)
    assert (figures["portal_connections"].value, figures["portal_connections"].usual) == (3887, 280)
    assert figures["portal_patients"].month == MAY
    assert (figures["consents"].value, figures["consents"].is_approximate) == (650_000, True)


def test_another_month_shows_what_is_measured_and_never_the_old_shares(indicator: Indicator) -> None:
    people = make_practitioners(3)
    give_figures(indicator, {people[0]: [0, 0, 5], people[1]: [0, 0, 0]}, "2018-05")
    refresh_rollup(indicator=indicator)
    july = dt.date(2018, 7, 1)
    run = run_segmentation(scheme_code="volume-bands", as_of=july, parameters=BANDS, working=True)
    picture = network_picture()
    assert (picture.as_of, picture.run, picture.note) == (july, run, "")
    assert {panel.code: panel.base for panel in picture.panels} == {"segments": 3, "publishing_measured": 3}
    for panel in picture.panels:
        assert (sum(part.share for part in panel.parts), panel.source) == (100, "measured")
    assert picture.caseload["count"] == 3
    before = network_picture(dt.date(2016, 1, 1))
    assert (before.panels, before.figures, before.run) == ([], [], None)
