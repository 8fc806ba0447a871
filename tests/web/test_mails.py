"""The operator's look at the mails: whose page it is, how HTML is shown, what may be sent anew."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from post_office.models import STATUS, Email

from accounts.enums import Role
from accounts.services import deactivate_user
from core import outbox, sending
from core.models import Mail
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
HOSTILE = "<p>Hi</p><script>alert(1)</script><img src=https://evil.example/x.png>"


@pytest.fixture(autouse=True)
def _folder(tmp_path, settings):
    settings.EMAIL_FILE_PATH = tmp_path / "mail"


@pytest.fixture
def operator() -> Client:
    return signed_in(UserFactory(role=Role.OPERATOR, language="en"))


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def put(number: int = 1, **changes) -> Mail:
    message = {"to": f"person{number}@example.org", "subject": f"Hello {number}", "text": "Good day.", "language": "en"}
    file = outbox.Attachment(name='évén"ement.ics', content=b"BEGIN:VCALENDAR", mimetype="text/calendar")
    assert outbox.put(
        occasion=f"greeting:{number}", at=timezone.now(), html=HOSTILE, attachments=[file], **message | changes
    )
    return Mail.objects.get(occasions__key=f"greeting:{number}")


def failed(number: int = 1) -> Mail:
    mail = put(number)
    Mail.objects.filter(pk=mail.pk).update(next_try_at=None, tries=10, error="SMTPDataError: <b>no</b>")
    Email.objects.filter(pk=mail.email_id).update(status=STATUS.failed)
    return mail


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OPERATOR])
def test_mails_are_for_operators(role):
    mail = put()
    client = signed_in(UserFactory(role=role))
    for address in ("/mails/", f"/mails/{mail.ref}/", f"/mails/{mail.ref}/body/", f"/mails/{mail.ref}/files/0/"):
        assert client.get(address).status_code == 403, address
        assert Client().get(address).status_code == 302, address
    assert client.post("/mails/resend/", {"mail": "all"}).status_code == 403


def test_the_list_says_what_waits_was_sent_and_failed(operator):
    put(1)
    sending.send_due()
    put(2)
    failed(3)
    page = operator.get("/mails/").content.decode()
    for words in ("Hello 1", "Hello 2", "Hello 3", "person3@example.org", "greeting:2", "SMTPDataError: &lt;b&gt;no"):
        assert words in page, words
    assert "Hello 2" in operator.get("/mails/?state=waiting").content.decode()
    assert "Hello 2" not in operator.get("/mails/?state=failed").content.decode()
    assert "Hello 3" not in operator.get("/mails/?q=person2").content.decode()
    assert "Hello 2" in operator.get("/mails/?q=greeting:2").content.decode()
    assert "No mail fits" in operator.get("/mails/?q=nothing").content.decode()


def test_the_list_is_cut_into_pages(operator):
    for number in range(60):
        put(number)
    assert "Hello 59" in operator.get("/mails/").content.decode()
    second = operator.get("/mails/?page=2").content.decode()
    assert "Hello 0" in second and "Hello 59" not in second


def test_the_list_asks_as_often_for_many_mails_as_for_few(operator):
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            operator.get("/mails/")
        return len(captured)

    put(1)
    count()
    few = count()
    for number in range(2, 20):
        put(number)
    assert count() == few


def test_a_mails_html_is_shut_in(operator):
    mail = put()
    page = operator.get(f"/mails/{mail.ref}/").content.decode()
    assert f'<iframe class="mail-frame" sandbox src="/mails/{mail.ref}/body/"' in page
    assert "alert(1)" not in page
    body = operator.get(f"/mails/{mail.ref}/body/")
    assert body.content.decode() == HOSTILE
    policy = body["Content-Security-Policy"]
    assert policy.startswith("sandbox;") and "default-src 'none'" in policy and "allow-scripts" not in policy
    assert body["X-Frame-Options"] == "SAMEORIGIN"
    assert "script-src 'self'" in operator.get(f"/mails/{mail.ref}/")["Content-Security-Policy"]


def test_a_file_is_saved_and_not_opened(operator):
    mail = put()
    response = operator.get(f"/mails/{mail.ref}/files/0/")
    assert response.content == b"BEGIN:VCALENDAR"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["Content-Type"] == "application/octet-stream"
    assert operator.get(f"/mails/{mail.ref}/files/1/").status_code == 404


def test_a_link_for_a_new_password_is_its_receivers_alone(operator, settings):
    mail = put()
    Mail.objects.update(is_private=True)
    assert "Good day." in operator.get(f"/mails/{mail.ref}/").content.decode(), "while developing it is to be read"
    settings.PRODUCTION = True
    page = operator.get(f"/mails/{mail.ref}/").content.decode()
    assert "Good day." not in page and "iframe" not in page
    assert operator.get(f"/mails/{mail.ref}/body/").status_code == 404
    assert operator.get(f"/mails/{mail.ref}/files/0/").status_code == 404


def test_what_failed_is_sent_anew_and_nothing_else(operator):
    put(1)
    sending.send_due()
    one, other = failed(2), failed(3)
    operator.post("/mails/resend/", {"mail": str(one.ref)})
    assert sending.send_due().sent == 1
    assert Email.objects.get(pk=other.email_id).status == STATUS.failed
    operator.post("/mails/resend/", {"mail": "all"})
    assert sending.send_due().sent == 1
    sent = Mail.objects.get(occasions__key="greeting:1")
    operator.post("/mails/resend/", {"mail": str(sent.ref)})
    assert sending.send_due().sent == 0
    assert operator.post("/mails/resend/", {"mail": "nonsense"}).status_code == 404
    assert operator.get("/mails/resend/").status_code == 405


# --- Choices -----------------------------------------------------------------------------------------------


def test_choices_are_kept_without_scripts():
    coach = UserFactory(role=Role.COACH, language="en")
    client = signed_in(coach)
    page = client.get("/preferences/notices/").content.decode()
    assert page.count('name="wanted"') == 4 and page.count(" checked") == 3
    client.post("/preferences/notices/", {"wanted": ["opening_reminder", "handover"]})
    page = client.get("/preferences/notices/").content.decode()
    assert page.count(" checked") == 2
    client.post("/preferences/notices/", {"wanted": ["weekly_digest"]})
    assert client.get("/preferences/notices/").content.decode().count(" checked") == 2


def test_who_gets_no_notices_is_told_so():
    page = signed_in(UserFactory(role=Role.OPERATOR, language="en")).get("/preferences/notices/").content.decode()
    assert "No notices for your role" in page
    assert Client().get("/preferences/notices/").status_code == 302


# --- Accounts ------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_link_for_a_new_password_leaves_through_the_outbox(settings):
    settings.EMAIL_BACKEND = "core.mail.OutboxBackend"
    user = UserFactory(role=Role.COACH)
    Client().post("/accounts/password/reset/", {"email": user.email})
    mail = Mail.objects.select_related("email").get()
    assert mail.is_private and mail.email.to == [user.email]
    assert "/accounts/password/reset/key/" in mail.email.message
    assert sending.send_due().sent == 1


def test_who_left_gets_nothing_that_still_waits():
    user, other = UserFactory(role=Role.COACH), UserFactory(role=Role.COACH)
    put(1, to=user.email)
    sending.send_due()
    put(2, to=user.email)
    put(3, to=other.email)
    deactivate_user(user=user)
    assert sending.send_due().sent == 1
    assert Mail.objects.get(occasions__key="greeting:2").error.startswith("The account was closed")
    assert Email.objects.filter(to=user.email, status=STATUS.sent).count() == 1


def test_the_administration_sends_no_mail_past_the_outbox():
    assert not [model for model in admin.site._registry if model._meta.app_label == "post_office"]
    client = signed_in(UserFactory(role=Role.OPERATOR, is_staff=True, is_superuser=True))
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/post_office/email/").status_code == 404
