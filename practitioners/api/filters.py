"""How lists of the registry are narrowed over REST."""

import uuid

from django.db.models import QuerySet

from core.api.filters import (
    ChangedSinceFilter,
    ChoiceFilter,
    CodeFilter,
    LeanFilterSet,
    NameFilter,
    RefFilter,
    SearchFilter,
)
from practitioners.enums import ContactLanguage, ContactRestriction, OrganisationKind, PractitionerStatus, Profession
from practitioners.models import Identifier, Organisation, Practitioner, SoftwareProduct

from .serializers import NIS_CODE


class PractitionerFilters(LeanFilterSet):
    """By what is known of practitioners."""

    search = SearchFilter(method="by_words", help_text="Names (accents and typos forgiven), identifiers, practices.")
    commune = CodeFilter("commune", pattern=NIS_CODE, help_text="NIS code.")
    software = RefFilter("software__ref")
    organisation = RefFilter(method="by_organisation", help_text="Who works there now.")
    status = ChoiceFilter("status", choices=PractitionerStatus)
    profession = ChoiceFilter("profession", choices=Profession)
    language = ChoiceFilter("language", choices=ContactLanguage)
    restriction = ChoiceFilter("restriction", choices=ContactRestriction)
    system = CodeFilter(method="in_system", help_text="Only those with an identifier of this system.")
    identifier = SearchFilter(method="by_identifier", help_text="The exact identifier, in any system or in `system`.")
    changed_since = ChangedSinceFilter()

    def by_words(self, queryset: QuerySet[Practitioner], name: str, value: str) -> QuerySet[Practitioner]:
        """The best matches, kept in the list's own order."""
        from practitioners.selectors.search import search_practitioners

        return search_practitioners(queryset, value)

    def by_organisation(self, queryset: QuerySet[Practitioner], name: str, value: uuid.UUID) -> QuerySet[Practitioner]:
        """Who is affiliated there, with an open end."""
        return queryset.filter(affiliations__organisation__ref=value, affiliations__until=None)

    def in_system(self, queryset: QuerySet[Practitioner], name: str, value: str) -> QuerySet[Practitioner]:
        """Who has an identifier there."""
        return queryset.filter(pk__in=Identifier.objects.filter(system__code=value).values("practitioner"))

    def by_identifier(self, queryset: QuerySet[Practitioner], name: str, value: str) -> QuerySet[Practitioner]:
        """Who is called so, by the normalised key or as it was written."""
        named = Identifier.objects.filter(value=value) | Identifier.objects.filter(written=value)
        if "system" in self.data:
            named = named.filter(system__code=self.data["system"])
        return queryset.filter(pk__in=named.values("practitioner"))


class OrganisationFilters(LeanFilterSet):
    """By what is known of organisations."""

    search = NameFilter("search_name", help_text="Part of the name; accents don't count.")
    kind = ChoiceFilter("kind", choices=OrganisationKind)
    commune = CodeFilter("commune", pattern=NIS_CODE, help_text="NIS code.")
    changed_since = ChangedSinceFilter()

    class Meta:
        model = Organisation
        fields: list[str] = []


class SoftwareFilters(LeanFilterSet):
    """By name."""

    search = SearchFilter("name", lookup_expr="icontains", help_text="Part of the name.")
    changed_since = ChangedSinceFilter()

    class Meta:
        model = SoftwareProduct
        fields: list[str] = []
