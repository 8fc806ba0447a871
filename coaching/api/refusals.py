"""What the constraints of the work say to REST clients when they have the last word."""

from django.utils.translation import gettext_lazy as _

from core.api.constraints import Refusal

REFUSALS = {
    "case_one_live_per_track": Refusal(
        "case_already_live", _("The practitioner has a live case on this track already."), "track"
    ),
    "enrolment_one_live_per_playbook": Refusal(
        "already_enrolled", _("The practitioner is in this playbook already."), "playbook"
    ),
    "follow_up_dates_in_order": Refusal("day_refused", _("The days of a follow-up must be in order."), "to"),
    "visit_minutes_within_ten_hours": Refusal("invalid", _("A visit lasts at most ten hours."), "minutes"),
}
