"""The proposal for 1,000 follow-ups and 40 coaches, reading included, and held against a bound of the optimum."""

import datetime as dt
import random
import time

from django.db import connection

from accounts.models import User
from coaching.enums import Track
from coaching.models import Coach
from coaching.selectors.proposal import Problem, Solution, propose
from coaching.selectors.proposal import proposing as module
from practitioners.models import Commune
from tests.bench.measure import stopwatch
from tests.bench.report import Report
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY
from tests.factories.pool import wait

FOLLOW_UPS, COACHES, WEEKS = 1000, 40, 4
ROUNDS = 3


def run(report: Report) -> None:
    """The best of three, the seconds of the solver alone, and the optimum of the stated model from another solver."""
    _network()
    kept: list[tuple[Problem, Solution, float]] = []
    solve = module.solve

    def noting(problem: Problem) -> Solution:
        started = time.monotonic()
        solution = solve(problem)
        kept.append((problem, solution, time.monotonic() - started))
        return solution

    seconds, processor = [], []
    module.solve = noting
    try:
        for _round in range(ROUNDS):
            with stopwatch() as taken:
                proposal = propose(on=MONDAY)
            seconds.append(taken.seconds)
            processor.append(taken.cpu)
    finally:
        module.solve = solve
    problem, solution, _seconds = kept[-1]
    assert len(proposal.lines) + len(proposal.left_over) == FOLLOW_UPS == len(problem.travel)
    assert len(proposal.loads) == COACHES
    report.number(f"propose for {FOLLOW_UPS:,} follow-ups and {COACHES} coaches", min(seconds), "s", limit=2)
    report.number("... processor time of this process", min(processor), "s")
    report.number("... of which solving", min(seconds for _problem, _solution, seconds in kept), "s")
    report.number("... given to somebody", len(proposal.lines), "follow-ups")
    # A relaxation of the model as it is stated: no way to give as many can cost less.
    from tests.coaching.test_proposal_model import Stated

    bound = Stated(problem).best(FOLLOW_UPS - solution.given, whole=False)
    worse = 100 * (solution.cost - bound) / bound
    report.number("... dearer than the optimum of the stated model", round(max(worse, 0.0), 6), "%", limit=5)


def _network() -> None:
    """Follow-ups over four weeks in every commune, of both languages and tracks; coaches with some work already."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE practitioners_practitioner, adoption_segmentationrun, coaching_coach CASCADE")
    chance = random.Random(1)
    communes = list(Commune.objects.order_by("pk").values_list("pk", flat=True))
    team = []
    for n in range(COACHES):
        user = User.objects.create(email=f"proposal{n}@example.org", first_name="Coach", last_name=str(n), role="coach")
        languages = (["fr"], ["nl"], ["fr", "nl"])[n % 3]
        tracks = (["coaching"], [*Track.values])[n % 2]
        coach = Coach.objects.create(user=user, languages=languages, tracks=tracks)
        coach.communes.set(chance.sample(communes, 3))
        team.append(coach)
    for coach in team:
        _wait(chance, communes, 12, assignee=coach)
    _wait(chance, communes, FOLLOW_UPS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _wait(chance: random.Random, communes: list[str], number: int, **options: object) -> None:
    by_kind: dict[tuple[int, str, str], int] = {}
    for _n in range(number):
        kind = chance.randrange(WEEKS * 5), chance.choice(Track.values), chance.choice(["visit", "call"])
        by_kind[kind] = by_kind.get(kind, 0) + 1
    for (day, track, channel), count in by_kind.items():
        target = MONDAY + dt.timedelta(days=7 * (day // 5) + day % 5)
        people = [
            person
            for language, share in (("fr", count - count // 4), ("nl", count // 4))
            for person in make_practitioners(share, language=language, commune_id=chance.choice(communes))
        ]
        wait(people, target=target, before=5, after=8, track=track, channel=channel, **options)
