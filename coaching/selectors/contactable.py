"""Whether a practitioner may be contacted on a day."""

import datetime as dt

from practitioners.enums import ContactRestriction, PractitionerStatus
from practitioners.models import Practitioner


def may_be_contacted(practitioner: Practitioner, on: dt.date) -> bool:
    """Practising, not merged into another record, and without a restriction that holds on this day."""
    if practitioner.status != PractitionerStatus.ACTIVE or practitioner.merged_into_id is not None:
        return False
    if practitioner.restriction != ContactRestriction.DO_NOT_CONTACT:
        return True
    return practitioner.restriction_until is not None and practitioner.restriction_until < on
