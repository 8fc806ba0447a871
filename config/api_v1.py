"""Every address of the REST interface, version 1. Changes within it only add."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from accounts.api import views as accounts
from adoption.api import views as adoption
from coaching.api import planner, proposal
from coaching.api import views as coaching
from coaching.api.refusals import REFUSALS as REFUSALS_OF_WORK
from core.api.constraints import register_refusals
from core.api.document import docs_view, schema_view
from practitioners.api import views as practitioners
from practitioners.api.refusals import REFUSALS as REFUSALS_OF_REGISTRY


class NisCode(StringConverter):
    """Five digits."""

    regex = "[0-9]{5}"


class Code(StringConverter):
    """The code of a catalogue's entry."""

    regex = "[-a-zA-Z0-9_]{1,64}"


register_refusals({**REFUSALS_OF_REGISTRY, **REFUSALS_OF_WORK})
register_converter(NisCode, "nis")
register_converter(Code, "code")

app_name = "api"
urlpatterns = [
    path("schema/", schema_view, name="schema"),
    path("docs/", docs_view, name="docs"),
    path("me/", accounts.Me.as_view(), name="me"),
    path("practitioners/", practitioners.PractitionerList.as_view(), name="practitioners"),
    path("practitioners/<uuid:ref>/", practitioners.PractitionerThing.as_view(), name="practitioner"),
    path("organisations/", practitioners.OrganisationList.as_view(), name="organisations"),
    path("organisations/<uuid:ref>/", practitioners.OrganisationThing.as_view(), name="organisation"),
    path("communes/", practitioners.CommuneList.as_view(), name="communes"),
    path("communes/<nis:nis_code>/", practitioners.CommuneThing.as_view(), name="commune"),
    path("software-products/", practitioners.SoftwareList.as_view(), name="software-products"),
    path("software-products/<uuid:ref>/", practitioners.SoftwareThing.as_view(), name="software-product"),
    path("indicators/", adoption.IndicatorList.as_view(), name="indicators"),
    path("indicators/<code:code>/", adoption.IndicatorThing.as_view(), name="indicator"),
    path("measures/", adoption.MeasureList.as_view(), name="measures"),
    path("segments/", adoption.SegmentList.as_view(), name="segments"),
    path("segments/versions/", adoption.SchemeVersionList.as_view(), name="scheme-versions"),
    path("segments/versions/<uuid:ref>/", adoption.SchemeVersionThing.as_view(), name="scheme-version"),
    path("segments/runs/", adoption.RunList.as_view(), name="runs"),
    path("segments/runs/<uuid:ref>/", adoption.RunThing.as_view(), name="run"),
    path("segments/runs/<uuid:ref>/movements/", adoption.RunMovements.as_view(), name="run-movements"),
    path("segments/runs/<uuid:ref>/moved/", adoption.RunMoved.as_view(), name="run-moved"),
    path("coaches/", coaching.CoachList.as_view(), name="coaches"),
    path("coaches/<uuid:ref>/", coaching.CoachThing.as_view(), name="coach"),
    path("barriers/", coaching.BarrierList.as_view(), name="barriers"),
    path("topics/", coaching.TopicList.as_view(), name="topics"),
    path("cases/", coaching.CaseList.as_view(), name="cases"),
    path("cases/<uuid:ref>/", coaching.CaseThing.as_view(), name="case"),
    path("cases/<uuid:ref>/close/", coaching.CaseClose.as_view(), name="case-close"),
    path("cases/<uuid:ref>/assign/", coaching.CaseAssign.as_view(), name="case-assign"),
    path("visits/", coaching.VisitList.as_view(), name="visits"),
    path("visits/<uuid:ref>/", coaching.VisitThing.as_view(), name="visit"),
    path("follow-ups/", coaching.FollowUpList.as_view(), name="follow-ups"),
    path("follow-ups/assign/", coaching.FollowUpBulkAssign.as_view(), name="follow-ups-assign"),
    path("follow-ups/proposal/", proposal.FollowUpProposal.as_view(), name="follow-ups-proposal"),
    path(
        "follow-ups/proposal/confirm/", proposal.FollowUpProposalConfirm.as_view(), name="follow-ups-proposal-confirm"
    ),
    path("follow-ups/<uuid:ref>/", coaching.FollowUpThing.as_view(), name="follow-up"),
    path("follow-ups/<uuid:ref>/assign/", coaching.FollowUpAssign.as_view(), name="follow-up-assign"),
    path("follow-ups/<uuid:ref>/complete/", coaching.FollowUpComplete.as_view(), name="follow-up-complete"),
    path("follow-ups/<uuid:ref>/postpone/", coaching.FollowUpPostpone.as_view(), name="follow-up-postpone"),
    path("planner/dry-run/", planner.PlannerDryRun.as_view(), name="planner-dry-run"),
    path("progress/", coaching.Progress.as_view(), name="progress"),
]
