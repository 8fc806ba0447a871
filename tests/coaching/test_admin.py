"""The operator's pages on the work: every list opens, and what the engine owns can't be changed there."""

import pytest
from django.contrib import admin
from django.test import Client

from accounts.enums import Role
from coaching import models
from coaching.admin import LookOnly
from tests.factories import network
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db

OWNED = [
    models.Absence, models.AnchorDay, models.Case, models.CoachDay, models.Enrolment, models.Escalation, models.FollowUp,
    models.Handover, models.Hold, models.OutsideContact, models.Pause, models.PlannerRun, models.PracticeClosure,
    models.SoftwareBlocker, models.TeamDay, models.VisitingHours, models.Visit,
]  # fmt: skip


@pytest.mark.parametrize("model", OWNED)
def test_what_the_engine_owns_is_only_looked_at(model):
    assert isinstance(admin.site._registry[model], LookOnly)


def test_every_list_opens():
    world = network.build()
    models.TeamDay.objects.create(day=network.TODAY, reason="Away day")
    models.Absence.objects.create(coach=world.coach, first_day=network.TODAY, last_day=network.TODAY)
    client = Client()
    client.force_login(UserFactory(role=Role.OPERATOR, is_staff=True, is_superuser=True))
    for model in OWNED:
        name = model._meta.model_name
        assert client.get(f"/admin/coaching/{name}/").status_code == 200, name
        assert client.get(f"/admin/coaching/{name}/add/").status_code == 403, name
