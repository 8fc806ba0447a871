"""Practitioners as pages list them: with their segment, practice, software, coach and next contact."""

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet, Subquery

from accounts.models import User
from adoption.models import SchemeVersion
from adoption.selectors.boards import in_segment, segment_subquery
from coaching.enums import OPEN_FOLLOW_UPS, CaseState
from coaching.models import Case, Coach, FollowUp
from practitioners.models import Affiliation, Organisation, Practitioner, SoftwareProduct
from practitioners.selectors.search import search_practitioners
from practitioners.selectors.visibility import practitioners_visible_to

NAME = ("family_name", "given_name", "id")
SORTS = {
    "name": NAME,
    "-name": tuple(f"-{column}" for column in NAME),
    "commune": ("commune", *NAME),
    "-commune": ("-commune", *NAME),
    "software": ("software__name", *NAME),
    "-software": ("-software__name", *NAME),
    "next": (F("next_contact").asc(nulls_last=True), *NAME),
    "-next": (F("next_contact").desc(nulls_last=True), *NAME),
}


def people(
    *,
    user: User,
    version: SchemeVersion | None,
    search: str = "",
    segment: str = "",
    commune: str = "",
    software: SoftwareProduct | None = None,
    status: str = "",
    coach: Coach | None = None,
    without_case: bool = False,
    practice: Organisation | None = None,
) -> QuerySet[Practitioner]:
    """The practitioners that a user sees, narrowed and searched; records merged into others are left out."""
    rows = practitioners_visible_to(user).filter(merged_into__isnull=True)
    if segment:
        rows = rows.filter(in_segment(version, segment, "pk"))
    if commune:
        rows = rows.filter(commune=commune)
    if software is not None:
        rows = rows.filter(software=software)
    if status:
        rows = rows.filter(status=status)
    live_case = Case.objects.filter(practitioner=OuterRef("pk")).exclude(state=CaseState.CLOSED)
    if coach is not None:
        rows = rows.filter(Exists(live_case.filter(coach=coach)))
    elif without_case:
        rows = rows.filter(~Exists(live_case))
    if practice is not None:
        there = Affiliation.objects.filter(practitioner=OuterRef("pk"), organisation=practice, until__isnull=True)
        rows = rows.filter(Exists(there))
    return search_practitioners(rows, search) if search else rows


def sorted_people(rows: QuerySet[Practitioner], *, sort: str) -> QuerySet[Practitioner]:
    """The same in the order of a column; `next` is the day of the next open follow-up."""
    order = SORTS.get(sort, SORTS["name"])
    return rows.annotate(next_contact=_next_contact()).order_by(*order)


def with_row_details(rows: QuerySet[Practitioner], *, version: SchemeVersion | None) -> QuerySet[Practitioner]:
    """Practitioners with the segment, practice, software, cases and next contact that a row names."""
    return (
        rows.select_related("commune", "software")
        .annotate(segment=segment_subquery(version, "pk"))
        .prefetch_related(
            Prefetch(
                "affiliations",
                Affiliation.objects.filter(is_primary=True, until__isnull=True).select_related("organisation"),
                to_attr="present_affiliations",
            ),
            Prefetch(
                "cases",
                Case.objects.exclude(state=CaseState.CLOSED).select_related("coach__user").order_by("id"),
                to_attr="live_cases",
            ),
        )
    )


def _next_contact() -> Subquery:
    return Subquery(
        FollowUp.objects.filter(practitioner=OuterRef("pk"), state__in=OPEN_FOLLOW_UPS)
        .order_by("target_on")
        .values("target_on")[:1]
    )
