"""Addresses of the pages on the work: follow-ups and visits."""

from django.urls import path

from coaching.views import absences, escalations, feeds, follow_ups, pauses, planner, playbooks, proposal, visits

app_name = "coaching"

urlpatterns = [
    path("follow-ups/", follow_ups.everyone, name="follow_ups"),
    path("follow-ups/mine/", follow_ups.mine, name="my_follow_ups"),
    path("follow-ups/export.csv", follow_ups.export, {"kind": "csv"}, name="follow_ups_csv"),
    path("follow-ups/export.xlsx", follow_ups.export, {"kind": "xlsx"}, name="follow_ups_xlsx"),
    path("follow-ups/assign/", follow_ups.assign, name="assign"),
    path("follow-ups/proposal/", proposal.proposal, name="proposal"),
    path("follow-ups/proposal/confirm/", proposal.confirm, name="proposal_confirm"),
    path("follow-ups/<uuid:ref>/", follow_ups.follow_up, name="follow_up"),
    path("follow-ups/<uuid:ref>/assign/", follow_ups.assign_one, name="assign_one"),
    path("follow-ups/<uuid:ref>/complete/", follow_ups.complete, name="complete"),
    path("follow-ups/<uuid:ref>/postpone/", follow_ups.postpone, name="postpone"),
    path("absences/", absences.absences, name="absences"),
    path("absences/record/", absences.record, name="absence_record"),
    path("absences/team-days/", absences.team_day, name="team_day"),
    path("absences/team-days/<int:pk>/remove/", absences.team_day_remove, name="team_day_remove"),
    path("absences/<uuid:ref>/withdraw/", absences.withdraw, name="absence_withdraw"),
    path("absences/<uuid:ref>/handover/", proposal.of_absence, name="absence_handover"),
    path("cases/<uuid:ref>/handover/", proposal.of_case, name="case_handover"),
    path("practices/<uuid:ref>/days/", absences.practice_days, name="practice_days"),
    path("practices/<uuid:ref>/days/<int:pk>/reopen/", absences.practice_reopen, name="practice_reopen"),
    path("pauses/", pauses.pauses, name="pauses"),
    path("pauses/start/", pauses.start, name="pause_start"),
    path("pauses/<uuid:ref>/end/", pauses.end, name="pause_end"),
    path("blockers/", pauses.blockers, name="blockers"),
    path("blockers/open/", pauses.blocker_open, name="blocker_open"),
    path("blockers/<uuid:ref>/close/", pauses.blocker_close, name="blocker_close"),
    path("escalations/", escalations.escalations, name="escalations"),
    path("planner/", planner.runs, name="planner_runs"),
    path("planner/dry-run/", planner.dry_run, name="planner_dry_run"),
    path("calendar/", feeds.calendar_feed, name="calendar_feed"),
    path("calendar/<str:secret>.ics", feeds.calendar, name="calendar"),
    path("playbooks/", playbooks.playbooks, name="playbooks"),
    path("playbooks/<uuid:ref>/", playbooks.playbook, name="playbook"),
    path("playbooks/<uuid:ref>/draft/", playbooks.draft, name="playbook_draft"),
    path("playbooks/versions/<uuid:ref>/", playbooks.version, name="version"),
    path("playbooks/versions/<uuid:ref>/edit/", playbooks.edit, name="version_edit"),
    path("playbooks/versions/<uuid:ref>/activate/", playbooks.activate, name="version_activate"),
    path("playbooks/versions/<uuid:ref>/migrate/", playbooks.migrate, name="version_migrate"),
    path("playbooks/versions/<uuid:ref>/discard/", playbooks.discard, name="version_discard"),
    path("visits/new/", visits.choose_practitioner, name="choose_practitioner"),
    path("visits/new/<uuid:ref>/", visits.log, name="log_visit"),
    path("visits/<uuid:ref>/", visits.logged, name="visit_logged"),
]
