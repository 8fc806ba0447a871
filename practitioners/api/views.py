"""REST endpoints of the registry."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from core.api.idempotency import idempotent
from core.api.permissions import require
from core.api.views import ListView, ThingView
from practitioners import services
from practitioners.errors import FieldsNotYours
from practitioners.models import Commune, Organisation, Practitioner, SoftwareProduct
from practitioners.policies import fields_beyond, may_keep_registry, may_update_practitioner
from practitioners.selectors.visibility import practitioners_visible_to

from . import filters
from . import serializers as shapes


class PractitionerList(ListView):
    """The practitioners that the token's owner sees."""

    shows = shapes.PractitionerRepresentation
    takes = shapes.PractitionerInput
    filters = filters.PractitionerFilters
    orderings = {"name": ("family_name", "given_name", "pk"), "updated_at": ("updated_at", "pk"), "created": ("pk",)}
    default_ordering = "name"
    keeps_statements = True

    def exists_for(self, user: Any) -> QuerySet[Practitioner]:
        """Everyone for the office and REST clients, their own for coaches and technicians."""
        return practitioners_visible_to(user)

    @idempotent
    def post(self, request: HttpRequest) -> HttpResponse:
        """Register a practitioner.

        Identifiers are checked by their system's rules and normalised. An identifier that somebody
        has already is a 409 `identifier_taken`.
        """
        require(may_keep_registry(self.user))
        values = self.body()
        organisation = values.pop("organisation", None)
        with transaction.atomic():
            practitioner = services.register_practitioner(by=self.user, **values)
            if organisation is not None:
                services.affiliate(practitioner=practitioner, organisation=organisation, by=self.user)
        return self.thing(practitioner, 201, {"Location": reverse("api:practitioner", args=[practitioner.ref])})


class PractitionerThing(ThingView):
    """One practitioner."""

    shows = shapes.PractitionerRepresentation
    takes = shapes.PractitionerInput
    keeps_statements = True

    def exists_for(self, user: Any) -> QuerySet[Practitioner]:
        """As in the list."""
        return practitioners_visible_to(user)

    def patch(self, request: HttpRequest, ref: Any) -> HttpResponse:
        """Change what is known of a practitioner.

        What the body doesn't name stays as it is. An identifier replaces the one of the same system.
        Coaches and technicians change email, phone, language, software and software_since; any other
        field in their body is a 403 `fields_not_allowed` that names it, and nothing is changed.
        """
        with transaction.atomic():
            practitioner = self.locked(ref=ref)
            require(may_update_practitioner(self.user, practitioner))
            values = self.body(partial=True)
            if beyond := fields_beyond(self.user, values):
                raise FieldsNotYours(beyond)
            organisation = values.pop("organisation", None)
            if values:
                services.update_practitioner(practitioner=practitioner, by=self.user, **values)
            if organisation is not None:
                services.affiliate(practitioner=practitioner, organisation=organisation, by=self.user)
            return self.thing(practitioner)


class OrganisationList(ListView):
    """Practices, hospitals and other care organisations."""

    shows = shapes.OrganisationRepresentation
    takes = shapes.OrganisationInput
    filters = filters.OrganisationFilters
    orderings = {"name": ("name", "pk"), "updated_at": ("updated_at", "pk"), "created": ("pk",)}
    default_ordering = "name"

    def exists_for(self, user: Any) -> QuerySet[Organisation]:
        """All of them for everyone: they are public."""
        return Organisation.objects.all()

    @idempotent
    def post(self, request: HttpRequest) -> HttpResponse:
        """Register an organisation."""
        require(may_keep_registry(self.user))
        organisation = services.register_organisation(by=self.user, **self.body())
        return self.thing(organisation, 201, {"Location": reverse("api:organisation", args=[organisation.ref])})


class OrganisationThing(ThingView):
    """One organisation."""

    shows = shapes.OrganisationRepresentation
    takes = shapes.OrganisationInput

    def exists_for(self, user: Any) -> QuerySet[Organisation]:
        """All of them for everyone."""
        return Organisation.objects.all()

    def patch(self, request: HttpRequest, ref: Any) -> HttpResponse:
        """Change what is known of an organisation."""
        with transaction.atomic():
            organisation = self.locked(ref=ref)
            require(may_keep_registry(self.user))
            services.update_organisation(organisation=organisation, by=self.user, **self.body(partial=True))
            return self.thing(organisation)


class CommuneList(ListView):
    """The municipalities that the network covers."""

    shows = shapes.CommuneRepresentation
    orderings = {"nis_code": ("pk",)}
    default_ordering = "nis_code"

    def exists_for(self, user: Any) -> QuerySet[Commune]:
        """All of them for everyone."""
        return Commune.objects.all()


class CommuneThing(ThingView):
    """One municipality."""

    shows = shapes.CommuneRepresentation
    lookup = "nis_code"

    def exists_for(self, user: Any) -> QuerySet[Commune]:
        """All of them for everyone."""
        return Commune.objects.all()


class SoftwareList(ListView):
    """The software packages that practices work with."""

    shows = shapes.SoftwareProductRepresentation
    filters = filters.SoftwareFilters
    orderings = {"name": ("name", "vendor", "pk"), "updated_at": ("updated_at", "pk"), "created": ("pk",)}
    default_ordering = "name"

    def exists_for(self, user: Any) -> QuerySet[SoftwareProduct]:
        """All of them for everyone."""
        return SoftwareProduct.objects.all()


class SoftwareThing(ThingView):
    """One software package."""

    shows = shapes.SoftwareProductRepresentation

    def exists_for(self, user: Any) -> QuerySet[SoftwareProduct]:
        """All of them for everyone."""
        return SoftwareProduct.objects.all()
