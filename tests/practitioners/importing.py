"""What the tests of imports share: a full file, and short ways to import and to look at the result."""

import datetime as dt
import io

from django.core.management import call_command

from practitioners.models import Affiliation, Identifier, Organisation, Practitioner
from practitioners.services import import_practitioners
from tests.factories.practitioners import nihdi

DAY = dt.date(2018, 7, 2)
LATER = dt.date(2018, 9, 3)

FULL = """\
Numéro INAMI;Nom;Prénom;Langue;E-mail;Téléphone;Commune;Code postal;Cabinet;Adresse;Type de cabinet;N° d'entreprise;\
Logiciel;Fournisseur du logiciel;Logiciel depuis;Connecté depuis;Statut;Remarque
1-42966-12-004;Dupont;Hélène;français;h@Example.org;02 555 12 34;Ixelles;1050;Cabinet du Parc;Rue du Parc 1;groupe;0403.170.701;\
CareConnect;Corilus;01/02/2015;2016-03-04;actif;aime les chats
"""

WRONG = f"""\
INAMI;Nom;E-mail;Téléphone;Commune;Langue;Statut;Connecté depuis;Code postal;Logiciel depuis
{nihdi(1)};Bon;;;;;;;;
99999999999;Faux;;;;;;;;
;Sans;;;;;;;;
{nihdi(2)};Deux;pas-un-mail;12;;;;;;
{nihdi(3)};Trois;;;Atlantis;;;;;
{nihdi(4)};Quatre;;;;klingon;;;;
{nihdi(5)};Cinq;;;;;peut-être;;;
{nihdi(6)};Six;;;;;;31/02/2018;;
{nihdi(7)};Sept;;;;;;;105;
{nihdi(8)};Huit;;;;;;;;2015-01-01
{nihdi(1)};Encore;;;;;;;;
85073003328;National;;;;;;;;
{nihdi(9)};{"x" * 151};;;;;;;;
{nihdi(10)};Aussi bon;;;;;;;;
{nihdi(11)};court
"""


def bring(path, system="nihdi", **options):
    """Import a file, on a fixed day."""
    return import_practitioners(
        path=path, system=system, by=options.pop("by", None), on=options.pop("on", DAY), **options
    )


def counts(report):
    """Created, updated, unchanged, in error."""
    run = report.run
    return run.rows_created, run.rows_updated, run.rows_unchanged, run.rows_in_error


def command(*words):
    """Run the command; what it wrote to standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    call_command("import_practitioners", *(str(word) for word in words), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def events():
    """How many rows of history there are."""
    return sum(
        model.events.rel.related_model.objects.count()
        for model in (Practitioner, Identifier, Affiliation, Organisation)
    )
