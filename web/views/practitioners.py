"""Pages on practitioners, which show the registry, the figures and the work together."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.selectors.requests import SignedInRequest
from adoption.selectors.segments import working_version
from coaching.selectors.people import people, sorted_people, with_row_details
from core.paging import page_of
from practitioners.models import Practitioner
from practitioners.selectors.visibility import practitioners_visible_to
from web.exports import file_of_people
from web.forms import PeopleFilter
from web.selectors.card import card_of


def _narrowed(request: SignedInRequest, filter_form: PeopleFilter) -> QuerySet[Practitioner]:
    return sorted_people(
        people(
            user=request.user,
            version=working_version(),
            search=filter_form.search,
            **filter_form.criteria(),
        ),
        sort=request.GET.get("sort", "name"),
    )


@login_required
@require_GET
def practitioner_list(request: SignedInRequest) -> HttpResponse:
    """The practitioners that exist for this person, searched, narrowed and sorted by the address."""
    form = PeopleFilter(request.GET)
    rows = with_row_details(_narrowed(request, form), version=working_version())
    return render(
        request,
        "web/practitioner_list.html",
        {
            "filter": form,
            "page": page_of(rows, number=request.GET.get("page")),
            "practice": form.chosen().get("practice"),
            "is_narrowed": bool(form.chosen()),
            "default_sort": "name",
        },
    )


@login_required
@require_GET
def practitioner_export(request: SignedInRequest, kind: str) -> StreamingHttpResponse:
    """The same list, whole, as a file for spreadsheets."""
    rows = with_row_details(_narrowed(request, PeopleFilter(request.GET)), version=working_version())
    return file_of_people(rows, kind=kind)


@login_required
@require_GET
def practitioner_card(request: SignedInRequest, ref: UUID) -> HttpResponse:
    """All that is known of one practitioner, and all that happened."""
    practitioner = get_object_or_404(
        practitioners_visible_to(request.user).select_related("commune", "software", "merged_into"), ref=ref
    )
    return render(request, "web/practitioner_card.html", card_of(practitioner, user=request.user))
