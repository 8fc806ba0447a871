"""A move to another version happens once: with two managers at a time, and with a worker that is killed in the middle."""

import os
import subprocess
import sys
import threading

import pytest
from django.db import connection

from coaching.models import Enrolment, FollowUp, FollowUpEvent, PlaybookVersion
from coaching.selectors.audit import broken_rules
from tests.coaching.test_playbook_moving import enrolled, moved, slower
from tests.factories.playbooks import activated, active_version


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_move_at_once_move_everybody_once(settings):
    settings.PLANNER_BATCH_SIZE = 3
    enrolled(20)
    old, new = active_version(), activated(slower)
    barrier, results = threading.Barrier(2), []

    def act() -> None:
        try:
            barrier.wait()
            results.append(moved(old, new))
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(result.moved for result in results) == 20
    everybody_once(20, new)


def everybody_once(count: int, new: PlaybookVersion) -> None:
    for enrolment in Enrolment.objects.all():
        assert enrolment.version == new and len(enrolment.evidence["migrated"]) == 1
    assert FollowUp.objects.filter(state="cancelled").count() == count
    assert FollowUp.objects.filter(state__in=["planned", "due", "deferred"], step__version=new).count() == count
    assert FollowUpEvent.objects.filter(to_state="cancelled").count() == count
    assert not broken_rules()


DYING = """
import os, signal, django
django.setup()
from coaching.models import PlaybookVersion
from coaching.services.playbooks import migrate_enrolments
versions = {version.number: version for version in PlaybookVersion.objects.filter(playbook__code="coaching_late_majority")}
from coaching.services.playbooks import moving
advance, batches = moving.advance, []
def die_in_the_third_batch(ids, **more):
    batches.append(ids)
    tally = advance(ids, **more)
    if len(batches) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return tally
moving.advance = die_in_the_third_batch
migrate_enrolments(from_version=versions[1], to_version=versions[2], by=None)
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_of_a_move_is_resumed(settings):
    settings.PLANNER_BATCH_SIZE = 4
    enrolled(18)
    old, new = active_version(), activated(slower)
    environment = os.environ | {"PLANNER_BATCH_SIZE": "4"}
    died = subprocess.run(
        [sys.executable, "-c", DYING],
        check=False,
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert died.returncode == -9, died.stderr
    assert Enrolment.objects.filter(version=new).count() == 8, "two batches were in; the third was given back whole"
    assert not broken_rules()
    seen = []
    assert moved(old, new, progress=seen.append).moved == 10
    assert seen == [4, 8, 10]
    everybody_once(18, new)
