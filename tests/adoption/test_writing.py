"""Writing figures many at a time, as the REST interface does."""

import datetime as dt
import uuid
from typing import Any

import pytest

from adoption.models import AdoptionRollup, Indicator, Measurement, MeasurementCorrection
from adoption.services import Written, write_measures
from practitioners.errors import UnknownSystem
from practitioners.models import Practitioner
from tests.factories.accounts import UserFactory
from tests.factories.practitioners import PractitionerFactory, nihdi

pytestmark = pytest.mark.django_db


def write(rows: list[dict[str, Any]], indicator: str = "sumehr_published", **options: Any) -> Written:
    return write_measures(
        indicator=Indicator.objects.get(code=indicator), rows=rows, by=UserFactory(), on=dt.date(2018, 7, 2), **options
    )


def test_figures_are_added_corrected_or_left_alone() -> None:
    person = PractitionerFactory(identifier=nihdi(1))
    row = {"practitioner": str(person.ref), "month": "2018-05", "value": 12}
    other = {"identifier": nihdi(1), "month": "2018-06", "value": 3.0}
    first = write([row, other])
    assert (first.created, first.updated, first.unchanged, first.errors) == (2, 0, 0, [])
    again = write([row, {**other, "value": 4}])
    assert (again.created, again.updated, again.unchanged) == (0, 1, 1)
    correction = MeasurementCorrection.objects.get()
    assert (correction.old_value, correction.new_value, correction.import_run) == (3, 4, None)
    assert AdoptionRollup.objects.get(month="2018-06-01").value_sum == 4
    assert write([]).created == 0


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"practitioner": str(uuid.uuid4())}, "practitioner", "unknown_practitioner"),
        ({"practitioner": "me"}, "practitioner", "invalid_ref"),
        ({"practitioner": None}, "identifier", "missing_practitioner"),
        ({"identifier": nihdi(1)}, "practitioner", "missing_practitioner"),
        ({"practitioner": None, "identifier": "12"}, "identifier", "invalid_nihdi"),
        ({"practitioner": None, "identifier": nihdi(7)}, "identifier", "unknown_practitioner"),
        ({"month": "2018-13"}, "month", "invalid_month"),
        ({"month": None}, "month", "missing_month"),
        ({"month": ["2018-05"]}, "month", "invalid_month"),
        ({"month": "2018-08"}, "month", "future_month"),
        ({"value": -1}, "value", "negative"),
        ({"value": float("nan")}, "value", "not_finite"),
        ({"value": 10**400}, "value", "too_large"),
        ({"value": True}, "value", "not_a_number"),
        ({"value": {"a": 1}}, "value", "not_a_number"),
        ({"value": 1.5}, "value", "not_whole"),
        ({"value": None}, "value", "missing_value"),
        ({"denominator": 10}, "denominator", "unexpected_denominator"),
    ],
)
def test_a_row_that_cannot_be_is_returned_and_the_others_are_written(
    change: dict[str, Any], field: str, code: str
) -> None:
    person = PractitionerFactory(identifier=nihdi(1))
    good = {"practitioner": str(person.ref), "month": "2018-05", "value": 12}
    written = write([{**good, "month": "2018-04", **change}, good])
    assert [(error.row, error.field, error.code) for error in written.errors] == [(0, field, code)]
    assert written.errors[0].remedy
    assert written.created == Measurement.objects.count() == 1


def test_a_coverage_is_checked_against_its_denominator_and_rows_against_each_other() -> None:
    ref = str(PractitionerFactory(identifier="").ref)
    rows = [
        {"practitioner": ref, "month": "2018-04", "value": 11, "denominator": 10},
        {"practitioner": ref, "month": "2018-05", "value": 5},
        {"practitioner": ref, "month": "2018-06", "value": 5, "denominator": 10},
        {"practitioner": ref, "month": "2018-06", "value": 6, "denominator": 10},
    ]
    written = write(rows, "sumehr_coverage")
    assert [(error.row, error.code) for error in written.errors] == [
        (0, "coverage_above_100"), (1, "missing_value"), (2, "conflicting_rows"), (3, "conflicting_rows"),
    ]  # fmt: skip
    assert not Measurement.objects.exists()


def test_who_does_not_exist_for_the_writer_is_unknown_to_them() -> None:
    person = PractitionerFactory(identifier=nihdi(1))
    row = {"practitioner": str(person.ref), "month": "2018-05", "value": 12}
    nobody = Practitioner.objects.none()
    for one in (row, {"identifier": nihdi(1), "month": "2018-05", "value": 1}):
        assert write([one], among=nobody).errors[0].code == "unknown_practitioner"
    with pytest.raises(UnknownSystem):
        write([row], system="zorg")
