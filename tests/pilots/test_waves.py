"""The pilot projects' page and the rules of participation."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from coaching.models import Coach
from pilots.models import Participation, Pilot, Wave
from practitioners.models import Organisation, Practitioner

pytestmark = pytest.mark.django_db


def make_wave(code: str, *, pilots: int = 1, coach: Coach | None = None) -> Wave:
    """A wave of 2018 with this many pilots of one hospital."""
    wave = Wave.objects.create(
        code=code,
        name_en=code,
        name_fr=code,
        name_nl=code,
        starts_on=dt.date(2018, 1, 8),
        ends_on=dt.date(2018, 12, 21),
    )
    hospital, _ = Organisation.objects.get_or_create(name="Hospital", kind="hospital")
    for number in range(pilots):
        Pilot.objects.create(wave=wave, name=f"{code} {number}", lead_organisation=hospital, coach=coach)
    return wave


def signed_in(role: Role) -> tuple[Client, User]:
    user = User.objects.create_user(f"{role}@example.org", role=role, language="en")
    client = Client()
    client.force_login(user)
    return client, user


def test_a_manager_sees_every_wave_with_who_takes_part_today():
    wave = make_wave("one")
    pilot = wave.pilots.get()
    for name, until in [("Present", None), ("Gone", dt.date(2018, 2, 1))]:
        practitioner = Practitioner.objects.create(family_name=name)
        Participation.objects.create(pilot=pilot, practitioner=practitioner, since=dt.date(2018, 1, 8), until=until)
    client, _ = signed_in(Role.MANAGER)
    page = client.get("/pilots/")
    assert page.status_code == 200
    (seen,) = page.context["waves"]
    assert [shown.taking_part for shown in seen.seen_pilots] == [1]


def test_a_coach_sees_only_the_pilots_they_accompany():
    client, user = signed_in(Role.COACH)
    coach = Coach.objects.create(user=user)
    make_wave("theirs", coach=coach)
    make_wave("other")
    waves = client.get("/pilots/").context["waves"]
    assert [wave.code for wave in waves] == ["theirs"]


def test_the_number_of_queries_does_not_grow_with_the_pilots(django_assert_max_num_queries):
    client, _ = signed_in(Role.MANAGER)
    make_wave("small", pilots=1)
    client.get("/pilots/")
    for number in range(4):
        make_wave(f"large-{number}", pilots=5)
    with django_assert_max_num_queries(8):
        client.get("/pilots/")


def test_nobody_takes_part_in_two_pilots_at_a_time():
    first, second = make_wave("one").pilots.get(), make_wave("two").pilots.get()
    practitioner = Practitioner.objects.create(family_name="Busy")
    Participation.objects.create(pilot=first, practitioner=practitioner, since=dt.date(2018, 1, 8))
    with pytest.raises(IntegrityError, match="participation_one_pilot_at_a_time"), transaction.atomic():
        Participation.objects.create(pilot=second, practitioner=practitioner, since=dt.date(2018, 3, 1))


def test_who_is_not_signed_in_is_asked_to(client):
    assert client.get("/pilots/").status_code == 302
