"""The main job, end to end, on a real network: files go in, dated follow-ups and progress come out."""

import csv
import io
import json
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.enums import Role, TokenScope
from accounts.models import ApiToken, User
from adoption.models import SegmentAssignment
from coaching.models import Case, Enrolment, FollowUp

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not DATA.is_dir(), reason="the reference data stands beside the project only where it is developed"
    ),
]


def run(*words: object) -> str:
    """What a management command printed."""
    out = io.StringIO()
    call_command(*(str(word) for word in words), stdout=out, stderr=io.StringIO())
    return out.getvalue()


def london(left_censored: str = "include") -> dict[str, int]:
    """The London practices sorted by the commands of the README; the counts per segment that were printed."""
    run("import_practitioners", DATA / "nhs_london_practices.csv", "--system", "ods", "--map", "identifier=practice")
    run(
        "import_measures", DATA / "nhs_london_monthly_share.csv", "--indicator", "desogestrel_share",
        "--create", "score", "--system", "ods", "--map", "identifier=practice", "--map", "value=share",
    )  # fmt: skip
    printed = run(
        "segment", "--scheme", "valente", "--indicator", "desogestrel_share", "--param", "threshold=0.5",
        "--param", "window=3", "--param", "min_values=2", "--param", f"left_censored={left_censored}",
        "--as-of", "2015-12", "--working", "--json",
    )  # fmt: skip
    return {row["segment"]: row["count"] for row in json.loads(printed)["segments"] if row["count"]}


def test_london_practices_become_followed_up_practitioners():
    counts = london()
    assert counts == {"early_majority": 715, "late_majority": 251, "laggards": 312, "non_adopters": 91}

    run("plan_follow_ups", "--on", "2016-01-04")
    followed = Counter(Enrolment.objects.values_list("segment", flat=True))
    assert followed == {"late_majority": 251, "laggards": 312, "non_adopters": 91}
    assert Case.objects.count() == FollowUp.objects.count() == 251 + 312 + 91
    assert Counter(Case.objects.values_list("track", flat=True)) == {"coaching": 251, "technical_support": 403}

    run("plan_follow_ups", "--on", "2016-01-04")
    assert FollowUp.objects.count() == 654, "the same day planned again made other follow-ups"

    client = User.objects.create_user("bi@example.org", role=Role.CLIENT)
    _, token = ApiToken.objects.create(user=client, name="BI", scope=TokenScope.READ)
    browser = Client(headers={"Authorization": f"Bearer {token}"})
    progress = browser.get("/api/v1/progress/", {"by": "segment"})
    assert progress.status_code == 200, progress.content
    by_segment = {row["segment"]: row for row in progress.json()["rows"]}
    assert by_segment["late_majority"]["practitioners"]["count"] == 251
    assert by_segment["laggards"]["practitioners"]["count"] == 312
    assert browser.get("/api/v1/follow-ups/", {"count": "true"}).json()["count"] == 654

    coordinator = User.objects.create_user("c@example.org", role=Role.COORDINATOR, language="en")
    pages = Client()
    pages.force_login(coordinator)
    page = pages.get("/follow-ups/")
    assert page.status_code == 200
    assert b"654" in page.content


@pytest.mark.parametrize("left_censored", ["include", "separate"])
def test_london_classes_equal_the_independent_reference(left_censored):
    london(left_censored)
    with (DATA / "nhs_london_reference_classes.csv").open(newline="") as file:
        reference = {row["practice"]: row for row in csv.DictReader(file)}
    assigned = {
        value: (segment, evidence)
        for value, segment, evidence in SegmentAssignment.objects.filter(ended_by=None).values_list(
            "practitioner__identifiers__value", "segment", "evidence"
        )
    }
    assert assigned.keys() == reference.keys()
    if left_censored == "separate":
        assert sum(segment == "left_censored" for segment, _ in assigned.values()) == 430
        return
    wrong = {
        practice: (segment, reference[practice]["class4"])
        for practice, (segment, _) in assigned.items()
        if segment != reference[practice]["class4"].lower().replace(" ", "_").replace("-", "_")
    }
    assert not wrong
