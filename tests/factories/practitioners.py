"""Practitioners, practices and software for tests."""

import factory

from practitioners.models import Affiliation, Identifier, IdentifierSystem, Organisation, Practitioner, SoftwareProduct


def nihdi(number: int) -> str:
    """A valid NIHDI number of a general practitioner: 1-NNNNN-CC-004 without dashes, for a number below 100,000."""
    stem = 100_000 + number
    return f"{stem}{97 - stem % 97:02d}004"


class SoftwareProductFactory(factory.django.DjangoModelFactory[SoftwareProduct]):
    """A package of its own vendor."""

    class Meta:
        model = SoftwareProduct

    vendor = factory.Sequence(lambda n: f"Vendor {n}")
    name = factory.Sequence(lambda n: f"Package {n}")


class OrganisationFactory(factory.django.DjangoModelFactory[Organisation]):
    """A group practice; say `commune_id=` for where it is."""

    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"Cabinet {n}")


class PractitionerFactory(factory.django.DjangoModelFactory[Practitioner]):
    """An active general practitioner in Ixelles (21009), with a NIHDI number."""

    class Meta:
        model = Practitioner
        skip_postgeneration_save = True

    given_name = factory.Sequence(lambda n: f"Given{n}")
    family_name = factory.Sequence(lambda n: f"Family{n}")
    commune_id = "21009"

    @factory.post_generation
    def identifier(self: Practitioner, create: bool, extracted: str | None, **kwargs: object) -> None:
        """The NIHDI number: the given one (eleven digits), a valid one by default, none for the empty text."""
        if not create or extracted == "":
            return
        written = extracted or nihdi(self.pk % 100_000)
        system = IdentifierSystem.objects.get(code="nihdi")
        Identifier.objects.create(practitioner=self, system=system, value=written[:8], written=written)


class AffiliationFactory(factory.django.DjangoModelFactory[Affiliation]):
    """A practitioner's main practice, open at both ends."""

    class Meta:
        model = Affiliation

    practitioner = factory.SubFactory(PractitionerFactory)
    organisation = factory.SubFactory(OrganisationFactory)
