"""The months of which the network has a picture."""

import datetime as dt

from adoption.catalogue import JUNE_2018
from adoption.models import NetworkMeasurement
from adoption.selectors.segments import runs_of, working_version


def months_of_pictures() -> list[dt.date]:
    """The months with a finished run of the working scheme, and June 2018 of the slides; newest first."""
    version = working_version()
    months = set(runs_of(version).values_list("as_of", flat=True)) if version else set()
    if NetworkMeasurement.objects.filter(month=JUNE_2018).exists():
        months.add(JUNE_2018)
    return sorted(months, reverse=True)
