"""Lists: pages, order, filters, search, changes since, and how many statements they take."""

import base64
import datetime as dt
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from adoption.models import Measurement
from coaching.api.filters import FollowUpFilters
from coaching.models import Case, FollowUp, Visit
from coaching.services import open_case
from practitioners.models import Practitioner
from practitioners.selectors.visibility import practitioners_visible_to
from tests.factories import network as networks

from .conftest import RestClient

pytestmark = pytest.mark.django_db
LISTS = [
    "practitioners", "organisations", "communes", "software-products", "indicators", "measures", "segments",
    "segments/versions", "segments/runs", "coaches", "barriers", "topics", "cases", "visits", "follow-ups",
]  # fmt: skip


def pages(client: RestClient, path: str) -> list[list[dict[str, Any]]]:
    """Every page of a list, followed by `next`."""
    found = []
    while path:
        answer = client.get(path)
        assert answer.status_code == 200, answer.content
        found.append(answer.json()["results"])
        path = answer.json()["next"]
    return found


def rows(client: RestClient, path: str) -> list[dict[str, Any]]:
    """Every row of a list."""
    return [row for page in pages(client, path) for row in page]


@pytest.mark.parametrize("name", LISTS)
def test_pages_of_two_are_the_whole_list_once(name: str, office: RestClient) -> None:
    whole = office.get(f"/api/v1/{name}/?limit=1000&count=true").json()
    parts = rows(office, f"/api/v1/{name}/?limit=2")
    assert parts == whole["results"]
    assert whole["count"] == len(parts)
    assert whole["next"] is None


@pytest.mark.parametrize("name", ["practitioners", "cases", "follow-ups", "organisations", "measures", "segments"])
def test_descending_is_ascending_backwards(name: str, office: RestClient) -> None:
    ordering = {"practitioners": "name", "organisations": "name", "measures": "key", "segments": "practitioner"}
    key = ordering.get(name, "created")
    forwards = rows(office, f"/api/v1/{name}/?limit=3&ordering={key}")
    backwards = rows(office, f"/api/v1/{name}/?limit=3&ordering=-{key}")
    assert forwards == backwards[::-1]
    assert len(forwards) > 3 or name == "organisations"


def test_rows_that_come_and_go_between_pages_repeat_and_hide_nothing(office: RestClient) -> None:
    before = [row["ref"] for row in rows(office, "/api/v1/practitioners/")]
    first = office.get("/api/v1/practitioners/?limit=4").json()
    seen = [row["ref"] for row in first["results"]]
    Practitioner.objects.create(family_name="Aaaa", given_name="Before the page")
    Practitioner.objects.create(family_name="Zzzz", given_name="After the page")
    Practitioner.objects.filter(ref=seen[-1]).update(family_name="Zzzzz")  # the cursor's own row moves to the end
    seen += [row["ref"] for row in rows(office, first["next"])]
    assert set(before) <= set(seen)
    assert [ref for ref in seen if seen.count(ref) > 1] == [seen[3], seen[3]]  # it moved, so it is met again
    assert "Zzzz" in {row["family_name"] for row in rows(office, first["next"])}


def test_equal_names_are_told_apart_by_the_cursor(office: RestClient) -> None:
    Practitioner.objects.bulk_create(Practitioner(family_name="Dupont", given_name="Anne") for _ in range(7))
    found = [row["ref"] for row in rows(office, "/api/v1/practitioners/?limit=2")]
    assert len(found) == len(set(found)) == Practitioner.objects.count()


def test_nothing_is_counted_unless_asked(office: RestClient) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = office.get("/api/v1/practitioners/").json()
    assert "count" not in answer
    assert not [
        query for query in queries.captured_queries if "COUNT(" in query["sql"].upper() or "OFFSET" in query["sql"]
    ]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=ten", "limit"), ("limit=", "limit"),
        ("limit=٣", "limit"), ("ordering=nonsense", "ordering"), ("ordering=--name", "ordering"),
        ("cursor=nonsense", "cursor"), ("cursor=W10", "cursor"), ("cursor=", "cursor"), ("count=1", "count"),
        ("cursor=" + "W1" * 3000, "cursor"), ("status=gone", "status"), ("commune=1000", "commune"),
        ("software=1", "software"), ("changed_since=2018-06-30", "changed_since"), ("search=", "search"),
        ("changed_since=2018-06-30T12:00:00", "changed_since"), ("search=" + "x" * 101, "search"),
        ("nonsense=1", "nonsense"), ("status=active&status=inactive", "status"), ("offset=50", "offset"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_read_is_named(query: str, parameter: str, office: RestClient) -> None:
    answer = office.get(f"/api/v1/practitioners/?{query}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["parameter"] for error in answer.json()["errors"]] == [parameter]


@pytest.mark.parametrize(
    "values",
    ['["name","a","b","c"]', '["name","a","b",99999999999999999999]', '["name","a\\u0000","b",1]', '["name",null,"b",1]',
     '["name","a","b"]', '["updated_at","2018",1]', '["name",{"a":1},"b",1]', "[" * 5000, '["name","\\ud800","b",1]'],
)  # fmt: skip
def test_a_cursor_that_somebody_made_up_is_refused(values: str, office: RestClient) -> None:
    cursor = base64.urlsafe_b64encode(values.encode()).decode().rstrip("=")
    answer = office.get(f"/api/v1/practitioners/?cursor={cursor}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "cursor"


def test_nul_in_a_query_is_refused(office: RestClient) -> None:
    assert office.get("/api/v1/practitioners/?search=a%00b").status_code == 400


def test_filters_narrow(network: networks.Network, office: RestClient) -> None:
    of_home = rows(office, f"/api/v1/practitioners/?commune={network.home.nis_code}")
    assert {row["commune"]["nis_code"] for row in of_home} == {network.home.nis_code}
    assert len(of_home) == Practitioner.objects.filter(commune=network.home).count()
    assert rows(office, "/api/v1/practitioners/?status=inactive") == []
    named = rows(office, "/api/v1/practitioners/?search=etienne")
    assert [row["family_name"] for row in named] == ["Étienne"]
    practice = office.get("/api/v1/organisations/?search=parc").json()["results"][0]
    assert rows(office, f"/api/v1/practitioners/?organisation={practice['ref']}")
    identifier = Practitioner.objects.filter(identifiers__isnull=False)[0].identifiers.all()[0]
    one = rows(office, f"/api/v1/practitioners/?system={identifier.system.code}&identifier={quote(identifier.value)}")
    assert [row["ref"] for row in one] == [str(identifier.practitioner.ref)]


@pytest.mark.parametrize("words", ["lefèvre", "LEFEVRE", "Jean-Pierre Lefèvre", "lefê"])
def test_accents_are_forgiven_in_every_search_by_name(
    words: str, network: networks.Network, office: RestClient
) -> None:
    person = Practitioner.objects.get(family_name="Lefèvre")
    case = open_case(practitioner=person, track="technical_support", by=network.coordinator, because="Asked")
    Visit.objects.create(practitioner=person, case=case, coach=network.coach, planned_at=case.opened_at)
    for name in ("cases", "visits", "follow-ups"):
        found = rows(office, f"/api/v1/{name}/?search={quote(words)}")
        assert {row["practitioner"]["family_name"] for row in found} == {"Lefèvre"}, name
        assert rows(office, f"/api/v1/{name}/?search={quote('lefèvre%_')}") == []


def test_a_search_by_name_of_the_work_goes_by_the_index_of_names() -> None:
    found, errors = FollowUpFilters({"search": "lefèvre"}, FollowUp.objects.all(), request=None).narrowed()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        assert not errors and "practitioner_search" in found.explain()


def test_measures_by_indicator_month_and_practitioner(network: networks.Network, office: RestClient) -> None:
    one = network.practitioners[0]
    found = rows(office, f"/api/v1/measures/?indicator=sumehr_published&practitioner={one.ref}&month_from=2018-05")
    assert [row["month"] for row in found] == ["2018-05", "2018-06"]
    assert {row["practitioner"] for row in found} == {str(one.ref)}
    assert rows(office, "/api/v1/measures/?indicator=no_such_indicator") == []


def test_segments_of_the_working_version_by_segment(network: networks.Network, office: RestClient) -> None:
    everyone = rows(office, "/api/v1/segments/")
    assert len(everyone) == len(network.practitioners)
    late = rows(office, "/api/v1/segments/?segment=late_majority")
    assert late and {row["segment"] for row in late} == {"late_majority"}
    assert {row["version"]["scheme"] for row in late} == {"volume-bands"}
    assert rows(office, "/api/v1/segments/?scheme=volume-bands") == everyone
    assert rows(office, "/api/v1/segments/?scheme=rogers") == []


def test_the_shares_of_a_run_add_up_and_its_movements_are_its_base(
    network: networks.Network, office: RestClient
) -> None:
    assert network.run is not None
    told = office.get(f"/api/v1/segments/runs/{network.run.ref}/movements/").json()
    assert told["base"] == len(network.practitioners) == sum(line["count"] for line in told["segments"])
    assert round(sum(line["share"] for line in told["segments"]), 6) == 100
    assert sum(line["count"] for line in told["movements"] if line["after"]) == told["base"]


def test_follow_ups_in_the_order_of_their_days_are_the_open_ones(office: RestClient) -> None:
    found = rows(office, "/api/v1/follow-ups/?open=true&ordering=target_on&limit=2")
    assert [row["target_on"] for row in found] == sorted(row["target_on"] for row in found)
    assert len(found) == FollowUp.objects.filter(state__in=["planned", "due", "deferred"]).count()
    assert office.get("/api/v1/follow-ups/?ordering=target_on").status_code == 400


def test_changed_since_gives_what_changed_in_the_order_of_change(network: networks.Network, office: RestClient) -> None:
    moment = timezone.now()
    Practitioner.objects.update(updated_at=moment - dt.timedelta(days=2))
    second, first = network.practitioners[2], network.practitioners[5]
    Practitioner.objects.filter(pk=first.pk).update(updated_at=moment + dt.timedelta(seconds=1))
    Practitioner.objects.filter(pk=second.pk).update(updated_at=moment + dt.timedelta(seconds=2))
    found = rows(office, f"/api/v1/practitioners/?limit=1&changed_since={quote(moment.isoformat())}")
    assert [row["ref"] for row in found] == [str(first.ref), str(second.ref)]
    later = moment + dt.timedelta(seconds=2)
    unencoded = later.isoformat()  # a plus sign that a client forgot to encode
    assert len(rows(office, f"/api/v1/practitioners/?changed_since={unencoded}")) == 1
    assert rows(office, f"/api/v1/measures/?changed_since={quote(later.isoformat())}") == []
    assert Measurement.objects.exists()


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_the_same_few_statements_whatever_its_length(
    name: str, network: networks.Network, office: RestClient
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get(f"/api/v1/{name}/?limit=1000").status_code == 200
        return len(queries)

    statements()  # The token is remembered from here on.
    few = statements()
    networks.add(network, practitioners=12)
    assert statements() == few <= 2


def test_a_kept_statement_never_shows_one_user_what_is_another_ones(network: networks.Network) -> None:
    coach, colleague = RestClient(network.coach.user), RestClient(network.colleague.user)
    for _ in range(2):
        mine = {row["ref"] for row in rows(coach, "/api/v1/practitioners/?status=active&limit=2")}
        theirs = {row["ref"] for row in rows(colleague, "/api/v1/practitioners/?status=active&limit=2")}
        assert mine and theirs and mine != theirs
    Case.objects.filter(practitioner__ref__in=mine, coach=network.coach).update(coach=None)
    network.coach.communes.clear()
    left = {str(ref) for ref in practitioners_visible_to(network.coach.user).values_list("ref", flat=True)}
    assert {row["ref"] for row in rows(coach, "/api/v1/practitioners/?status=active&limit=2")} == left < mine


def test_progress_tells_counts_with_their_bases(office: RestClient) -> None:
    for by in ("segment", "commune", "coach", "software", "month"):
        told = office.get(f"/api/v1/progress/?by={by}").json()
        assert told["by"] == by and told["as_of"] == "2018-06" and told["scheme"] == "volume-bands"
        assert told["rows"]
        for row in told["rows"]:
            assert row["publishers"]["base"] == row["practitioners"]["count"]
    assert office.get("/api/v1/progress/?by=colour").status_code == 400
    assert office.get("/api/v1/progress/?colour=by").status_code == 400
    assert office.get("/api/v1/progress/?month=2018-13").status_code == 400
