"""Progress: counts with their bases, from the roll-up for the office and from what a coach sees for a coach."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from adoption.selectors import working_version
from adoption.services import refresh_rollup
from coaching import services
from coaching.errors import UnknownDimension
from coaching.models import FollowUp
from coaching.selectors.progress import BASES, DIMENSIONS, progress
from tests.factories import network
from tests.factories.accounts import UserFactory
from tests.factories.coaching import at

pytestmark = pytest.mark.django_db
TODAY = network.TODAY


@pytest.fixture
def net() -> network.Network:
    return network.build()


def rows(user, by: str, **options) -> dict:
    return {row[by]: row for row in progress(user, by=by, **options)["rows"]}


def test_segments_add_up_to_the_base_and_name_month_and_scheme(net):
    told = progress(net.manager, by="segment")
    assert (told["as_of"], told["scheme"], told["scheme_version"], told["indicator"]) == (
        "2018-06",
        "volume-bands",
        1,
        "sumehr_published",
    )
    assert sum(row["practitioners"]["count"] for row in told["rows"]) == told["all_practitioners"] == 10
    assert {row["practitioners"]["base"] for row in told["rows"]} == {10}


@pytest.mark.parametrize("by", [name for name in DIMENSIONS if name != "month"])
def test_every_count_stands_beside_the_base_that_is_declared(net, by):
    told = progress(net.manager, by=by)
    for row in told["rows"]:
        for measure, base in BASES.items():
            expected = {None: None, "all_practitioners": told["all_practitioners"]}.get(base, "of the row")
            if expected == "of the row":
                expected = row[base]["count"]
            assert row[measure]["base"] == expected, (measure, row)
            assert base is None or row[measure]["count"] <= row[measure]["base"]


def test_work_is_counted_where_the_practitioner_is(net):
    by_segment = rows(net.manager, "segment")
    assert by_segment["late_majority"]["live_cases"]["count"] == 2
    assert by_segment["laggards"]["open"]["count"] == by_segment["laggards"]["due"]["count"] == 2
    by_commune = rows(net.manager, "commune")
    assert by_commune[net.home.pk]["live_cases"]["count"] == by_commune[net.elsewhere.pk]["live_cases"]["count"] == 2
    assert by_commune[net.home.pk]["name_fr"] == net.home.name_fr


def test_overdue_done_and_visits_follow_the_work(net):
    row = net.follow_up
    assert (
        rows(net.manager, "coach")[str(net.coach.ref)]["overdue"]["count"]
        == FollowUp.objects.filter(assignee=net.coach, target_on__lt=TODAY).count()
    )
    services.log_visit(
        practitioner=row.practitioner,
        kind="call",
        outcome="done",
        by=net.coach.user,
        follow_up=row,
        at=at(TODAY, hour=23),
    )
    mine = rows(net.manager, "coach")[str(net.coach.ref)]
    assert (mine["done"]["count"], mine["visits"]["count"], mine["live_cases"]["count"]) == (1, 1, 2)
    assert (mine["practitioners"], mine["name"]) == ({"count": 2, "base": 4}, "Camille Lambert")
    other = rows(net.manager, "coach", since=TODAY - dt.timedelta(days=30), until=TODAY - dt.timedelta(days=1))
    assert (other[str(net.coach.ref)]["done"]["count"], other[str(net.coach.ref)]["visits"]["count"]) == (0, 0)


def test_cases_without_a_coach_have_a_row_of_their_own(net):
    assert rows(net.manager, "coach")[None]["live_cases"]["count"] == 2


def test_months_keep_the_live_cases_of_their_end(net):
    services.close_case(case=net.cases[0], outcome="refused", by=None, at=at(TODAY))
    months = rows(net.manager, "month")
    assert (months["2018-07"]["opened"]["count"], months["2018-07"]["live_cases"]["count"]) == (4, 3)
    assert months["2018-06"]["live_cases"]["count"] == 0
    assert months["2018-06"]["publishers"] == {"count": 8, "base": 10}


def test_a_coach_is_told_of_what_the_coach_sees_and_no_more(net):
    mine = progress(net.coach.user, by="segment")
    assert mine["all_practitioners"] == 5
    assert sum(row["live_cases"]["count"] for row in mine["rows"]) == 2
    assert set(rows(net.coach.user, "coach")) == {str(net.coach.ref)}
    stranger = UserFactory(role=Role.COACH)
    assert progress(stranger, by="segment")["rows"] == []
    assert progress(stranger, by="coach")["rows"] == []


def test_a_month_is_told_as_of_the_last_figures_up_to_it(net):
    refresh_rollup(indicator=working_version().indicator)
    assert progress(net.manager, month=dt.date(2017, 3, 1))["as_of"] == "2017-03"
    assert progress(net.manager, month=dt.date(2010, 1, 1))["as_of"] is None


@pytest.mark.parametrize("by", DIMENSIONS)
def test_it_takes_one_statement(net, by):
    progress(net.manager, by=by)
    with CaptureQueriesContext(connection) as captured:
        progress(net.manager, by=by)
    assert len(captured) == 1


def test_an_empty_installation_has_no_progress_and_no_error():
    manager = UserFactory(role=Role.MANAGER)
    for by in DIMENSIONS:
        assert progress(manager, by=by)["rows"] == []


def test_an_unknown_dimension_names_the_known_ones(net):
    with pytest.raises(UnknownDimension) as caught:
        progress(net.manager, by="weather")
    assert "commune" in caught.value.message and caught.value.code == "unknown_dimension"
