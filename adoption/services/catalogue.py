"""Puts in what adoption ships as data."""

from django.db import transaction

from adoption import catalogue
from adoption.models import Indicator, NetworkMeasurement, PremiumThreshold, SchemeVersion, SegmentationScheme
from adoption.parameters import complete_parameters


@transaction.atomic
def load_catalogue() -> None:
    """Add the shipped indicators, schemes, network figures and premium thresholds that aren't there yet.

    Nothing that is there is changed, so what users edited stays; safe to run at any time and twice at once.
    """
    Indicator.objects.bulk_create([Indicator(**row) for row in catalogue.INDICATORS], ignore_conflicts=True)
    indicators = Indicator.objects.in_bulk([row["code"] for row in catalogue.INDICATORS], field_name="code")
    NetworkMeasurement.objects.bulk_create(
        [NetworkMeasurement(source=catalogue.DECK, **row) for row in catalogue.NETWORK_FIGURES], ignore_conflicts=True
    )
    PremiumThreshold.objects.bulk_create(
        [
            PremiumThreshold(**{**row, "indicator": indicators[row["indicator"]]})
            for row in catalogue.PREMIUM_THRESHOLDS
        ],
        ignore_conflicts=True,
    )
    SegmentationScheme.objects.bulk_create(
        [
            SegmentationScheme(kind=row["code"], **{key: row[key] for key in ("code", "name_en", "name_fr", "name_nl")})
            for row in catalogue.SCHEMES
        ],
        ignore_conflicts=True,
    )
    schemes = SegmentationScheme.objects.in_bulk([row["code"] for row in catalogue.SCHEMES], field_name="code")
    SchemeVersion.objects.bulk_create(
        [
            SchemeVersion(
                scheme=schemes[row["code"]],
                number=1,
                indicator=indicators[row["indicator"]],
                parameters=complete_parameters(row["code"]),
            )
            for row in catalogue.SCHEMES
        ],
        ignore_conflicts=True,
    )
