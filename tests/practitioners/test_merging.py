"""Two records of one person become one, and nothing is lost on the way."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections

from adoption.models import Measurement
from coaching.enums import CaseState
from coaching.models import Visit
from coaching.selectors.audit import broken_rules
from coaching.services import complete_follow_up, log_visit, open_case
from practitioners.errors import HasMergedRecords, NotActive, RecordMerged, SameRecord
from practitioners.models import Affiliation, Identifier, Practitioner
from practitioners.selectors.history import history_of
from practitioners.services import deactivate_practitioner, merge_practitioners, restrict_contact, update_practitioner
from tests.factories.accounts import UserFactory
from tests.factories.adoption import make_practitioners
from tests.factories.coaching import MONDAY, at, figure, make_coach, plan, sort, the_open
from tests.factories.practitioners import OrganisationFactory, PractitionerFactory, SoftwareProductFactory, nihdi

DAY = dt.timedelta(days=1)


@pytest.fixture
def me():
    return UserFactory()


@pytest.fixture
def two():
    kept = PractitionerFactory(identifier=nihdi(1), email="kept@example.org", phone="")
    return kept, PractitionerFactory(identifier=nihdi(2), email="other@example.org", phone="+3225551234")


# --- What moves --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_kept_record_has_both_numbers_and_what_it_lacked(me, two):
    kept, merged = two
    software = SoftwareProductFactory()
    Practitioner.objects.filter(pk=merged.pk).update(
        software=software, software_since=MONDAY, connected_since=MONDAY, attributes={"room": "4", "floor": "2"}
    )
    Practitioner.objects.filter(pk=kept.pk).update(attributes={"floor": "1"})
    merge_practitioners(kept=kept, merged=merged, by=me, at=at(MONDAY))
    kept.refresh_from_db()
    merged.refresh_from_db()
    assert set(kept.identifiers.values_list("value", flat=True)) == {nihdi(1)[:8], nihdi(2)[:8]}
    assert not merged.identifiers.exists()
    assert (kept.email, kept.phone) == ("kept@example.org", "+3225551234")
    assert (kept.software, kept.software_since, kept.connected_since) == (software, MONDAY, MONDAY)
    assert kept.attributes == {"room": "4", "floor": "1"}
    assert (merged.merged_into, merged.status, merged.inactive_reason, merged.inactive_since) == (
        kept, "inactive", "merged", MONDAY,
    )  # fmt: skip
    assert kept.is_active


@pytest.mark.django_db
def test_the_kept_record_keeps_its_software_with_its_own_date(me, two):
    kept, merged = two
    own, other = SoftwareProductFactory(), SoftwareProductFactory()
    Practitioner.objects.filter(pk=kept.pk).update(software=own)
    Practitioner.objects.filter(pk=merged.pk).update(software=other, software_since=MONDAY)
    kept = merge_practitioners(kept=kept, merged=merged, by=me)
    kept.refresh_from_db()
    assert (kept.software_id, kept.software_since) == (own.pk, None)


@pytest.mark.django_db
def test_either_number_can_be_written_anew_after_a_merge(me, two):
    kept, merged = two
    merge_practitioners(kept=kept, merged=merged, by=me)
    for number in (nihdi(1), nihdi(2)):
        update_practitioner(practitioner=kept, identifiers={"nihdi": number}, by=me)
    assert Identifier.objects.filter(practitioner=kept).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("own", "theirs", "same_practice", "both_main", "moves"),
    [
        ((None, None), (None, None), False, True, False),
        ((None, None), (None, None), False, False, True),
        ((None, None), (None, None), True, False, False),
        ((MONDAY, None), (None, MONDAY - DAY), False, True, True),
        ((MONDAY, None), (None, MONDAY), False, True, False),
        ((None, MONDAY), (MONDAY + DAY, None), True, True, True),
        ((None, MONDAY), (MONDAY, None), True, True, False),
    ],
)
def test_an_affiliation_moves_unless_it_overlaps_one_of_the_kept_record(
    me, two, own, theirs, same_practice, both_main, moves
):
    kept, merged = two
    practice = OrganisationFactory()
    Affiliation.objects.create(practitioner=kept, organisation=practice, since=own[0], until=own[1])
    other = Affiliation.objects.create(
        practitioner=merged,
        organisation=practice if same_practice else OrganisationFactory(),
        is_primary=both_main,
        since=theirs[0],
        until=theirs[1],
    )
    merge_practitioners(kept=kept, merged=merged, by=me)
    other.refresh_from_db()
    assert other.practitioner == (kept if moves else merged)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("own", "theirs", "expected"),
    [
        (None, MONDAY, MONDAY),
        (MONDAY, None, MONDAY),
        (MONDAY, MONDAY + DAY, MONDAY + DAY),
        (MONDAY + DAY, MONDAY, MONDAY + DAY),
        ("open", MONDAY, "open"),
        (MONDAY, "open", "open"),
        (None, None, None),
    ],
)
def test_the_longer_wish_not_to_be_contacted_holds(me, two, own, theirs, expected):
    kept, merged = two
    for person, until in ((kept, own), (merged, theirs)):
        if until is not None:
            last = None if until == "open" else until
            restrict_contact(practitioner=person, reason="asked", until=last, by=me, at=at(MONDAY))
    merge_practitioners(kept=kept, merged=merged, by=me, at=at(MONDAY))
    kept.refresh_from_db()
    assert kept.restriction == ("none" if expected is None else "do_not_contact")
    assert kept.restriction_until == (expected if isinstance(expected, dt.date) else None)


@pytest.mark.django_db
def test_a_wish_that_is_over_is_not_taken_along(me, two):
    kept, merged = two
    restrict_contact(practitioner=merged, reason="asked", until=MONDAY, by=me, at=at(MONDAY))
    merge_practitioners(kept=kept, merged=merged, by=me, at=at(MONDAY + DAY))
    kept.refresh_from_db()
    assert kept.restriction == "none"


@pytest.mark.django_db
def test_the_history_of_both_says_who_merged_them(me, two):
    kept, merged = two
    merge_practitioners(kept=kept, merged=merged, by=me)
    for person in two:
        assert any(entry.by == me and not entry.is_new for entry in history_of(person))


# --- What is refused -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_makes_no_sense_is_refused_and_changes_nothing(me, two):
    kept, merged = two
    third = PractitionerFactory(identifier=nihdi(3))
    with pytest.raises(SameRecord):
        merge_practitioners(kept=kept, merged=Practitioner.objects.get(pk=kept.pk), by=me)
    merge_practitioners(kept=kept, merged=merged, by=me)
    with pytest.raises(RecordMerged):
        merge_practitioners(kept=third, merged=merged, by=me)
    with pytest.raises(RecordMerged):
        merge_practitioners(kept=merged, merged=third, by=me)
    with pytest.raises(HasMergedRecords):
        merge_practitioners(kept=third, merged=kept, by=me)
    third.refresh_from_db()
    assert third.is_active and third.identifiers.count() == 1
    assert Practitioner.objects.get(pk=kept.pk).merged_into is None
    merge_practitioners(kept=kept, merged=third, by=me)
    assert Identifier.objects.filter(practitioner=kept).count() == 3


@pytest.mark.django_db
def test_who_practises_is_not_merged_into_a_record_that_does_not(me, two):
    kept, merged = two
    deactivate_practitioner(practitioner=kept, reason="retired", by=me)
    with pytest.raises(NotActive):
        merge_practitioners(kept=kept, merged=merged, by=me)
    deactivate_practitioner(practitioner=merged, reason="retired", since=MONDAY, by=me)
    merge_practitioners(kept=kept, merged=merged, by=me)
    merged.refresh_from_db()
    assert (merged.inactive_reason, merged.inactive_since) == ("merged", MONDAY)


# --- What happened stays -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_figures_and_visits_stay_and_the_enrolment_ends_as_merged(me):
    kept, merged = make_practitioners(2)
    coach = make_coach()
    sort({merged: "late_majority"})
    plan(MONDAY)
    figure(kept, "sumehr_published", dt.date(2018, 6, 1), 5)
    figure(merged, "sumehr_published", dt.date(2018, 6, 1), 7)
    log_visit(
        practitioner=merged, kind="email", outcome="done", coach=coach,
        by=UserFactory(role="coordinator"), at=at(MONDAY),
    )  # fmt: skip
    merge_practitioners(kept=kept, merged=merged, by=me, at=at(MONDAY))
    plan(MONDAY + DAY)
    assert set(Measurement.objects.values_list("practitioner", "value")) == {(kept.pk, 5), (merged.pk, 7)}
    assert Visit.objects.get().practitioner == merged
    (enrolment,) = merged.enrolments.all()
    assert (enrolment.state, enrolment.exit_reason, enrolment.ended_on) == ("exited", "merged", MONDAY + DAY)
    assert enrolment.case.state == CaseState.CLOSED
    assert [row.state for row in merged.follow_ups.all()] == ["cancelled"]
    assert not kept.enrolments.exists()
    assert not broken_rules()


@pytest.mark.django_db
def test_a_contact_with_the_merged_record_can_be_told_and_leads_no_further(me):
    kept, merged = make_practitioners(2)
    sort({merged: "late_majority"})
    plan(MONDAY)
    row = the_open(merged)
    merge_practitioners(kept=kept, merged=merged, by=me, at=at(MONDAY))
    complete_follow_up(follow_up=row, outcome="done", by=None, at=at(MONDAY))
    assert [one.state for one in merged.follow_ups.all()] == ["done"]
    assert merged.enrolments.get().exit_reason == "merged"
    assert not broken_rules()


@pytest.mark.django_db
def test_the_kept_record_goes_on_with_its_own_case(me):
    kept, merged = make_practitioners(2)
    coordinator = UserFactory(role="coordinator")
    case = open_case(practitioner=kept, track="coaching", by=coordinator, at=at(MONDAY))
    merge_practitioners(kept=kept, merged=merged, by=me, at=at(MONDAY))
    plan(MONDAY + DAY)
    case.refresh_from_db()
    assert case.is_live and the_open(kept).enrolment.case == case
    assert not broken_rules()


# --- At once -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_each_merged_into_the_other_at_once_leaves_one_of_them():
    people = make_practitioners(2)
    barrier, errors = threading.Barrier(2, timeout=20), []

    def merge(kept: Practitioner, merged: Practitioner) -> None:
        try:
            with connections["default"].cursor() as cursor:
                cursor.execute("SET lock_timeout = '20s'")
            barrier.wait()
            merge_practitioners(kept=kept, merged=merged, by=None)
        except RecordMerged as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=merge, args=pair) for pair in (people, people[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 1
    assert Practitioner.objects.filter(merged_into__isnull=False).count() == 1
