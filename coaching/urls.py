"""Addresses of the pages on the work: follow-ups and visits."""

from django.urls import path

from coaching.views import follow_ups, planner, visits

app_name = "coaching"

urlpatterns = [
    path("follow-ups/", follow_ups.everyone, name="follow_ups"),
    path("follow-ups/mine/", follow_ups.mine, name="my_follow_ups"),
    path("follow-ups/export.csv", follow_ups.export, {"kind": "csv"}, name="follow_ups_csv"),
    path("follow-ups/export.xlsx", follow_ups.export, {"kind": "xlsx"}, name="follow_ups_xlsx"),
    path("follow-ups/assign/", follow_ups.assign, name="assign"),
    path("follow-ups/<uuid:ref>/", follow_ups.follow_up, name="follow_up"),
    path("follow-ups/<uuid:ref>/assign/", follow_ups.assign_one, name="assign_one"),
    path("follow-ups/<uuid:ref>/complete/", follow_ups.complete, name="complete"),
    path("follow-ups/<uuid:ref>/postpone/", follow_ups.postpone, name="postpone"),
    path("planner/", planner.runs, name="planner_runs"),
    path("planner/dry-run/", planner.dry_run, name="planner_dry_run"),
    path("visits/new/", visits.choose_practitioner, name="choose_practitioner"),
    path("visits/new/<uuid:ref>/", visits.log, name="log_visit"),
    path("visits/<uuid:ref>/", visits.logged, name="visit_logged"),
]
