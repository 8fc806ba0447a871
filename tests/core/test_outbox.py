"""The outbox: once per occasion for ever, in the caller's transaction, with headers that nobody can forge."""

import datetime as dt
import threading
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import connection, transaction
from django.utils import timezone
from post_office.models import STATUS, Email

from core import outbox, sending
from core.models import Mail, Occasion

NOW = timezone.now() - dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def folder(tmp_path, settings) -> Path:
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return settings.EMAIL_FILE_PATH


def put(occasion: str = "greeting:1", **changes) -> bool:
    message = {"to": "ann@example.org", "subject": "Hello", "text": "Good day.", "language": "en", "at": NOW}
    return outbox.put(occasion=occasion, **message | changes)


def mails_in(folder: Path) -> list:
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml"))]


@pytest.mark.django_db
def test_an_occasion_has_one_mail_for_ever(folder):
    assert put() is True
    assert put(subject="Hello again") is False
    assert sending.send_due().sent == 1
    assert put() is False
    assert sending.send_due().sent == 0
    assert [mail["Subject"] for mail in mails_in(folder)] == ["Hello"]


@pytest.mark.django_db
def test_what_was_forgotten_is_not_told_again(settings):
    put()
    sending.send_due()
    Mail.objects.update(created_at=timezone.now() - dt.timedelta(days=settings.MAIL_KEEP_DAYS + 1))
    put("greeting:2")
    assert sending.forget_old() == 1
    assert Email.objects.count() == 1
    assert Occasion.objects.get(key="greeting:1").mail is None
    assert put() is False


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_told_and_can_be_told_later():
    with transaction.atomic():
        assert put()
        transaction.set_rollback(True)
    assert not Email.objects.exists()
    assert put() is True


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first_commits", [True, False])
def test_two_at_once_write_one_mail(first_commits):
    """The second waits for the first one's end, and writes only when that one was rolled back."""
    answers: list[bool] = []

    def second() -> None:
        try:
            answers.append(put(subject="second"))
        finally:
            connection.close()

    other = threading.Thread(target=second)
    with transaction.atomic():
        assert put(subject="first")
        other.start()
        other.join(0.5)
        assert other.is_alive(), "the second one didn't wait"
        transaction.set_rollback(not first_commits)
    other.join(30)
    assert answers == [not first_commits]
    assert Email.objects.get().subject == ("first" if first_commits else "second")


@pytest.mark.django_db(transaction=True)
def test_many_occasions_are_claimed_in_one_order_so_nobody_waits_in_a_circle():
    keys = [f"round:{n}" for n in range(300)]
    taken: list[set[str]] = []
    errors: list[Exception] = []

    def run(order) -> None:
        try:
            with transaction.atomic():
                taken.append(outbox.claim(order))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(order,)) for order in (keys, keys[::-1], keys[150:] + keys[:150])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not errors
    assert sorted(map(len, taken)) == [0, 0, 300]


@pytest.mark.django_db(transaction=True)
def test_an_occasion_is_claimed_in_a_transaction_only():
    with pytest.raises(RuntimeError):
        outbox.claim(["alone"])
    with pytest.raises(RuntimeError):
        outbox.write([], at=NOW)
    with pytest.raises(ValueError), transaction.atomic():
        outbox.claim(["x" * 201])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "subject",
    [
        "Hello\r\nBcc: everybody@example.org",
        "Hello\nX: y",
        "Hello\u2028Bcc: a@b.be",
        "{{ 7|add:1 }} {% now 'Y' %}",
        "\x00Hi",
    ],
)
def test_a_subject_forges_no_header_and_runs_no_template(folder, subject):
    put(subject=subject, text="{{ secret }} {% include 'x' %}")
    assert sending.send_due().sent == 1
    (mail,) = mails_in(folder)
    assert mail["Bcc"] is None and mail["X"] is None
    assert mail["To"] == "ann@example.org"
    assert mail["Subject"] == outbox.one_line(subject)
    assert mail.get_content().strip() == "{{ secret }} {% include 'x' %}"


@pytest.mark.django_db
@pytest.mark.parametrize("to", ["", "nobody", "a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org"])
def test_an_address_that_is_none_is_refused_and_the_occasion_stays_free(to):
    with pytest.raises(ValidationError), transaction.atomic():
        put(to=to)
    assert put() is True


@pytest.mark.django_db
def test_files_arrive_as_they_were(folder):
    content = "BEGIN:VCALENDAR\r\nSUMMARY:Élise\r\nEND:VCALENDAR\r\n".encode()
    files = [
        outbox.Attachment(name="a\r\nX: y.ics", content=content, mimetype="text/calendar"),
        outbox.Attachment(name="b.bin", content=bytes(range(256)), mimetype="application/octet-stream"),
    ]
    put(attachments=files, html="<p>Good day.</p>")
    sending.send_due()
    (mail,) = mails_in(folder)
    calendar, binary = mail.iter_attachments()
    assert calendar.get_filename() == "a X: y.ics"
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_content().replace("\r\n", "\n") == content.decode().replace("\r\n", "\n")
    assert binary.get_content() == bytes(range(256))
    assert mail.get_body(("html",)).get_content().strip() == "<p>Good day.</p>"


@pytest.mark.django_db
def test_the_message_id_comes_from_the_occasion_and_tells_nothing_of_it(folder):
    put("handover:secret")
    sending.send_due()
    (mail,) = mails_in(folder)
    assert mail["Message-ID"] == outbox.message_id("handover:secret") != outbox.message_id("handover:other")
    assert "handover" not in mail["Message-ID"]


@pytest.mark.django_db
def test_a_mail_that_is_out_of_date_is_not_sent(folder):
    put(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert sending.send_due() == sending.Tally(failed=1)
    assert Mail.objects.get().error == sending.OUT_OF_DATE
    assert not folder.exists()


@pytest.mark.django_db
def test_a_mail_waits_for_its_moment():
    put(at=timezone.now() + dt.timedelta(minutes=5))
    assert sending.send_due().sent == 0


@pytest.mark.django_db
def test_failures_are_tried_again_a_bounded_number_of_times_and_shown(settings):
    settings.MAIL_BACKEND = "tests.helpers.mail.RefusingBackend"
    settings.MAIL_TRIES = 3
    put()
    put("greeting:2", to="bob@example.org")
    pauses = []
    for tries in (1, 2):
        assert sending.send_due() == sending.Tally(again=2)
        mail = Mail.objects.order_by("pk").first()
        assert (mail.tries, mail.email.status) == (tries, STATUS.requeued)
        assert "refused on purpose" in mail.error
        pauses.append(mail.next_try_at - timezone.now())
        assert sending.send_due() == sending.Tally(), "tried again before its time"
        Mail.objects.update(next_try_at=timezone.now())
    assert pauses[1] > pauses[0] * 1.5
    assert sending.send_due() == sending.Tally(failed=2)
    Mail.objects.filter(next_try_at__isnull=False).update(next_try_at=timezone.now())
    assert sending.send_due() == sending.Tally()
    assert set(Email.objects.values_list("status", flat=True)) == {STATUS.failed}
    assert Mail.objects.filter(next_try_at__isnull=False).count() == 0


@pytest.mark.django_db
def test_a_server_out_of_reach_costs_one_mail_one_try(settings):
    settings.MAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    for n in range(3):
        put(f"greeting:{n}")
    assert sending.send_due() == sending.Tally(again=1)
    assert sorted(Mail.objects.values_list("tries", flat=True)) == [0, 0, 1]


@pytest.mark.django_db
def test_a_failed_mail_is_sent_anew_with_the_same_message_id(settings, folder):
    settings.MAIL_BACKEND, backend = "tests.helpers.mail.RefusingBackend", settings.MAIL_BACKEND
    settings.MAIL_TRIES = 1
    put()
    assert sending.send_due().failed == 1
    settings.MAIL_BACKEND = backend
    mail = Mail.objects.get()
    assert sending.resend(mails=[mail]) == 1
    assert sending.send_due().sent == 1
    assert sending.resend(mails=[mail]) == 0, "a mail that was sent isn't sent anew"
    assert [sent["Message-ID"] for sent in mails_in(folder)] == [mail.message_id]


@pytest.mark.django_db(transaction=True)
def test_djangos_own_mails_go_through_the_outbox_too(settings, folder):
    settings.EMAIL_BACKEND = "core.mail.OutboxBackend"
    send_mail("A new password", "https://example.org/link", None, ["ann@example.org", "bob@example.org"])
    assert not folder.exists()
    assert set(Mail.objects.values_list("is_private", flat=True)) == {True}
    assert sending.send_due().sent == 2
    assert sorted(mail["To"] for mail in mails_in(folder)) == ["ann@example.org", "bob@example.org"]
