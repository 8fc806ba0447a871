"""One message per person and occasion, whatever is killed, doubled or emptied: with real processes."""

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from kombu import Connection
from post_office.models import STATUS, Email

from coaching.services.notices import morning_digests, put_escalations
from core import outbox
from core.models import Mail, Occasion
from core.tasks import send_mails
from tests.factories.coaching import MONDAY, at, make_coach
from tests.factories.notices import DAY, missed, owed, person
from tests.helpers.mail import journal
from tests.helpers.servers import OwnValkey
from tests.helpers.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

BASE_DIR = Path(settings.BASE_DIR)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
def sender(celery_worker_process, folder: Path) -> Callable:
    """Start a worker that sends into the folder: `sender(seconds=60)` takes so long for each mail."""

    def start(*, seconds: float = 0, seconds_after: float = 0, wait: bool = True, **environment: str):
        return celery_worker_process(
            wait=wait,
            environment={
                "MAIL_BACKEND": "tests.helpers.mail.CountingBackend",
                "MAIL_FOLDER": str(folder),
                # Shorter than a mail takes: what keeps the second worker off is the lock and not the clock.
                "MAIL_RETRY_SECONDS": "1",
                "TEST_MAIL_SECONDS": str(seconds),
                "TEST_MAIL_SECONDS_AFTER": str(seconds_after),
                **environment,
            },
        )

    return start


def put(number: int) -> None:
    for n in range(number):
        outbox.put(
            occasion=f"greeting:{n}",
            to=f"person{n}@example.org",
            subject=f"Hello {n}",
            text="Good day.",
            language="en",
            at=timezone.now() - dt.timedelta(minutes=1),
        )


def begun(folder: Path) -> list[str]:
    return [message_id for what, message_id, _pid in journal(folder) if what == "begins"]


def ended(folder: Path) -> list[str]:
    return [message_id for what, message_id, _pid in journal(folder) if what == "ends"]


def sent() -> int:
    return Email.objects.filter(status=STATUS.sent).count()


def arrived(folder: Path) -> Counter:
    """How many messages each person has of each subject."""
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml")]
    return Counter((mail["To"], mail["Subject"]) for mail in mails)


def until_sent(number: int, *, send: Callable[[], object] = send_mails.delay) -> None:
    """Trigger the sender as beat does, only more often, until so many are sent."""

    def all_sent() -> bool:
        if sent() < number:
            send()
        return sent() == number

    wait_for(all_sent, seconds=60, what=f"{number} mails to be sent")


def each_has_one(folder: Path, number: int) -> None:
    assert arrived(folder) == {(f"person{n}@example.org", f"Hello {n}"): 1 for n in range(number)}
    assert not Mail.objects.filter(next_try_at__isnull=False).exists()
    assert not list(folder.glob(".*"))


# --- Killed between writing and sending -----------------------------------------------------------------

WRITING = """
import sys, datetime as dt
import django
django.setup()
from django.db import transaction
from coaching.services.notices import morning_digests, put_escalations
from coaching.models import Escalation
from django.utils import timezone
on = dt.date.fromisoformat(sys.argv[1])
ids = list(Escalation.objects.values_list("pk", flat=True))
with transaction.atomic():
    print(morning_digests(on=on), put_escalations(ids, at=timezone.now()), flush=True)
    if sys.argv[2] == "before":
        sys.stdin.readline()
print("committed", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("killed", ["before", "after"])
def test_killed_between_writing_and_sending(sender, folder, killed):
    coaches = [make_coach(language="en") for _n in range(3)]
    for coach in coaches:
        owed(person(), coach, MONDAY)
        missed(person(), coach, MONDAY - DAY)
    process = subprocess.Popen(
        [sys.executable, "-c", WRITING, MONDAY.isoformat(), killed],
        cwd=BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "3 3\n"
    if killed == "after":
        assert process.stdout.readline() == "committed\n"
    process.kill()
    process.communicate()
    if killed == "before":
        wait_for(lambda: not Occasion.objects.exists(), what="the server to roll back")
        assert not Email.objects.exists()
    # Whoever does it again, after either, writes what is missing and nothing twice.
    written = morning_digests(on=MONDAY)
    ids = [row.pk for coach in coaches for follow_up in coach.follow_ups.all() for row in follow_up.escalations.all()]
    told = put_escalations(ids, at=at(MONDAY))
    assert (written, told) == ((3, 3) if killed == "before" else (0, 0))
    sender()
    until_sent(6)
    assert arrived(folder) == {
        (coach.user.email, subject): 1
        for coach in coaches
        for subject in ("Your day: Monday 2 July", "A contact was not made in time")
    }


# --- Killed while sending ---------------------------------------------------------------------------------


def test_killed_while_a_mail_is_on_its_way(sender, folder):
    put(4)
    dying = sender(seconds=300)
    send_mails.delay()
    wait_for(lambda: begun(folder), what="the first mail to be on its way")
    dying.kill()
    assert sent() == 0 and not arrived(folder)
    sender()
    until_sent(4)
    each_has_one(folder, 4)
    assert Counter(ended(folder)).most_common(1)[0][1] == 1
    assert sorted(Mail.objects.values_list("tries", flat=True)) == [1, 1, 1, 2]


def test_killed_after_a_mail_arrived_and_before_that_was_noted(sender, folder):
    """What SMTP can't tell apart: the mail is sent again with the same Message-ID, and in the folder it is one."""
    put(3)
    dying = sender(seconds_after=300)
    send_mails.delay()
    wait_for(lambda: ended(folder), what="the first mail to arrive")
    dying.kill()
    (twice,) = ended(folder)
    assert sent() == 0
    sender()
    until_sent(3)
    each_has_one(folder, 3)
    assert Counter(ended(folder)) == {outbox.message_id(f"greeting:{n}"): 1 for n in range(3)} | {twice: 2}


def test_a_mail_that_kills_each_of_its_workers_is_given_up(sender, folder):
    put(1)
    for _n in range(2):
        before = len(begun(folder))
        dying = sender(seconds=300, MAIL_TRIES="2")

        def on_its_way(before: int = before) -> bool:
            send_mails.delay()
            return len(begun(folder)) > before

        wait_for(on_its_way, what="the mail to be on its way")
        dying.kill()
    sender(MAIL_TRIES="2")

    def given_up() -> bool:
        send_mails.delay()
        return Email.objects.get().status == STATUS.failed

    wait_for(given_up, what="the mail to be given up")
    assert len(begun(folder)) == 2
    assert "worker ended" in Mail.objects.get().error


# --- Two at once ---------------------------------------------------------------------------------------------


def test_two_workers_sending_at_once(sender, folder):
    put(30)
    workers = [sender(seconds=0.1, wait=False) for _n in range(2)]
    for worker in workers:
        worker.wait_until_ready()
    for _n in range(6):
        send_mails.delay()
    wait_for(lambda: sent() == 30, seconds=60, what="all mails to be sent")
    each_has_one(folder, 30)
    assert sorted(begun(folder)) == sorted(outbox.message_id(f"greeting:{n}") for n in range(30))
    assert len({pid for _what, _id, pid in journal(folder)}) == 2, "one of them sent nothing"


def test_a_slow_sender_is_not_overtaken_after_its_time(sender, folder):
    """The second worker comes by while the first one is over its time and still at it: the lock keeps it off."""
    put(1)
    sender(seconds=6)
    send_mails.delay()
    wait_for(lambda: begun(folder), what="the mail to be on its way")
    sender()
    wait_for(
        lambda: Mail.objects.get().next_try_at is None or Mail.objects.get().next_try_at < timezone.now(),
        what="its time to be over",
    )
    for _n in range(5):
        send_mails.delay()
    wait_for(lambda: sent() == 1, what="the mail to be sent")
    assert len(begun(folder)) == 1
    each_has_one(folder, 1)


# --- Redis emptied ------------------------------------------------------------------------------------------


def test_an_emptied_redis_loses_and_doubles_nothing(sender, folder, tmp_path):
    server = OwnValkey(tmp_path / "valkey")
    try:

        def send() -> None:
            with Connection(server.url) as connection:
                send_mails.apply_async(connection=connection)

        put(5)
        sender(seconds=1, REDIS_URL=server.url)
        for _n in range(4):
            send()
        wait_for(lambda: begun(folder), what="the first mail to be on its way")
        server.flush()
        until_sent(5, send=send)
        each_has_one(folder, 5)
        assert Counter(begun(folder)).most_common(1)[0][1] == 1
    finally:
        server.stop()
