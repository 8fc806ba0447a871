"""The segment command, and what follows a run."""

import datetime as dt
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from adoption.models import Indicator, SegmentationRun
from adoption.services import refresh_rollup, run_segmentation
from adoption.tasks import run_working_segmentation
from tests.factories.adoption import give_figures, make_practitioners
from tests.helpers import broker

pytestmark = pytest.mark.django_db

FOLLOWER = "coaching.tasks.plan_follow_ups"


@pytest.fixture(autouse=True)
def figures() -> None:
    people = make_practitioners(3)
    indicator = Indicator.objects.get(code="sumehr_published")
    give_figures(indicator, {people[0]: [0, 0, 0, 500], people[1]: [0, 0, 9, 0], people[2]: [0, 0, 0, 0]}, "2018-03")
    refresh_rollup(indicator=indicator)


def segment(*words: str) -> str:
    out = io.StringIO()
    call_command("segment", *words, stdout=out)
    return out.getvalue()


def test_the_command_prints_counts_with_their_base() -> None:
    answer: dict[str, Any] = json.loads(
        segment("--scheme", "volume-bands", "--as-of", "2018-06", "--param", "min_values=1", "--json")
    )
    assert (answer["as_of"], answer["version"], answer["is_working"]) == ("2018-06", 2, False)
    assert sum(line["share"] for line in answer["segments"]) == pytest.approx(100)
    assert {line["segment"]: line["count"] for line in answer["segments"] if line["count"]} == {
        "early_adopters": 1, "late_majority": 1, "laggards": 1,
    }  # fmt: skip
    assert {line["base"]["number"] for line in answer["segments"]} == {3} == {answer["base"]["number"]}
    assert answer["base"]["name"]
    told = segment("--scheme", "volume-bands", "--as-of", "2018-06", "--param", "min_values=1")
    assert "33.4 % / 3 " in told


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--as-of", "June"], "--as-of"),
        (["--as-of", "2018-13"], "--as-of"),
        (["--as-of", "2018-06", "--param", "window"], "--param"),
        (["--as-of", "2018-06", "--param", "window=3", "--param", "window=4"], "twice"),
        (["--as-of", "2018-06", "--param", "widow=3"], "widow"),
        (["--as-of", "2018-06", "--indicator", "x"], "x"),
        (["--as-of", "2018-07"], "2018"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_reason(words: list[str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        segment("--scheme", "volume-bands", *words)
    assert not SegmentationRun.objects.exists()


def waiting() -> int:
    return broker.queue_length()


def test_only_a_run_of_the_working_version_has_followers(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        segment("--scheme", "volume-bands", "--as-of", "2018-06")
    assert waiting() == 0
    with django_capture_on_commit_callbacks(execute=True):
        segment("--scheme", "volume-bands", "--as-of", "2018-06", "--working")
    assert waiting() == 1


def test_the_task_runs_the_working_version_up_to_the_last_figures(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        run_working_segmentation()
    assert (SegmentationRun.objects.count(), waiting()) == (0, 0)
    first = run_segmentation(scheme_code="volume-bands", as_of=dt.date(2018, 5, 1), working=True)
    with django_capture_on_commit_callbacks(execute=True):
        run_working_segmentation()
    last = SegmentationRun.objects.latest("pk")
    assert (last.as_of, last.version, waiting()) == (dt.date(2018, 6, 1), first.version, 1)
    # A month that hasn't come or has been passed is logged, not retried for ever.
    run_working_segmentation("2018-05-01")
    run_working_segmentation("2999-01-01")
    assert SegmentationRun.objects.count() == 2


def test_an_import_of_the_working_indicator_has_the_scheme_run(
    tmp_path: Any, django_capture_on_commit_callbacks: Any
) -> None:
    from tests.factories.practitioners import PractitionerFactory, nihdi

    PractitionerFactory(identifier=nihdi(1))
    path = tmp_path / "figures.csv"
    path.write_text(f"INAMI;mois;nombre\n{nihdi(1)};2018-06;4\n")
    words = ["import_measures", str(path), "--indicator", "sumehr_published", "--system", "nihdi"]
    run_segmentation(scheme_code="volume-bands", as_of=dt.date(2018, 6, 1), working=True)
    for expected in (1, 1):  # the second import changes nothing
        with django_capture_on_commit_callbacks(execute=True):
            call_command(*words, stdout=io.StringIO(), stderr=io.StringIO())
        assert waiting() == expected
