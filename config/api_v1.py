"""Every address of the REST interface, version 1. Changes within it only add."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from core.api.document import schema_view
from practitioners.api import views as practitioners


class NisCode(StringConverter):
    """Five digits."""

    regex = "[0-9]{5}"


register_converter(NisCode, "nis")

app_name = "api"
urlpatterns = [
    path("schema/", schema_view, name="schema"),
    path("practitioners/", practitioners.PractitionerList.as_view(), name="practitioners"),
    path("practitioners/<uuid:ref>/", practitioners.PractitionerThing.as_view(), name="practitioner"),
    path("organisations/", practitioners.OrganisationList.as_view(), name="organisations"),
    path("organisations/<uuid:ref>/", practitioners.OrganisationThing.as_view(), name="organisation"),
    path("communes/", practitioners.CommuneList.as_view(), name="communes"),
    path("communes/<nis:nis_code>/", practitioners.CommuneThing.as_view(), name="commune"),
    path("software-products/", practitioners.SoftwareList.as_view(), name="software-products"),
    path("software-products/<uuid:ref>/", practitioners.SoftwareThing.as_view(), name="software-product"),
]
