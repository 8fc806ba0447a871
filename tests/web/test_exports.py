"""Lists taken away as files: the same cells in CSV and XLSX, and nothing that a spreadsheet computes."""

import csv
import datetime as dt
import io

import openpyxl
import pytest
from django.test import Client

from coaching.models import FollowUp
from core.exports import inert, list_file

PRACTITIONERS, FOLLOW_UPS = "/practitioners/export", "/follow-ups/export"


def downloaded(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response, b"".join(response.streaming_content)


def sheets(content):
    return openpyxl.load_workbook(io.BytesIO(content)).worksheets


@pytest.fixture
def office(world):
    client = Client()
    client.force_login(world.coordinator)
    return client


@pytest.mark.parametrize("address", [PRACTITIONERS, FOLLOW_UPS])
def test_both_files_hold_the_same_rows(office, address):
    _, as_csv = downloaded(office, f"{address}.csv?sort=name")
    response, as_xlsx = downloaded(office, f"{address}.xlsx?sort=name")
    assert response["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert response["Content-Disposition"].endswith('-2018-07-16.xlsx"')
    (sheet,) = sheets(as_xlsx)
    rows = [
        [str(value.date()) if isinstance(value, dt.datetime) else value or "" for value in row]
        for row in sheet.iter_rows(values_only=True)
    ]
    assert rows == list(csv.reader(as_csv.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert len(rows) > 4


def test_the_workbook_obeys_the_filters_and_is_offered_beside_the_csv(office, world):
    name = world.practitioners[0].family_name
    _, content = downloaded(office, f"{PRACTITIONERS}.xlsx?q={name}")
    assert {row[0].value for row in list(sheets(content)[0].rows)[1:]} == {name}
    page = office.get(f"/practitioners/?q={name}").content.decode()
    assert f"{PRACTITIONERS}.csv?q={name}" in page and f"{PRACTITIONERS}.xlsx?q={name}" in page
    page = office.get("/follow-ups/?coach=none").content.decode()
    assert f"{FOLLOW_UPS}.csv?coach=none" in page and f"{FOLLOW_UPS}.xlsx?coach=none" in page


def test_days_are_days_and_formulas_are_text(office, world):
    person = world.practitioners[0]
    person.family_name = "=HYPERLINK(1)"
    person.save(update_fields=["family_name"])
    _, content = downloaded(office, f"{FOLLOW_UPS}.xlsx")
    lines = list(sheets(content)[0].rows)
    (line,) = [cells for cells in lines if cells[0].value == "=HYPERLINK(1)"]
    assert (line[0].data_type, line[7].data_type) == ("s", "d")
    assert line[7].value.date() == FollowUp.objects.get(practitioner=person).opens_on


@pytest.mark.django_db
def test_what_does_not_fit_on_a_sheet_goes_on_to_the_next():
    rows = [[number, "x" * 40_000] for number in range(5)]
    response = list_file("xlsx", name="long", heads=["Number", "Text"], rows=rows, rows_of_a_sheet=3)
    first, second, third = sheets(b"".join(response.streaming_content))
    response.close()
    assert [sheet.max_row for sheet in (first, second, third)] == [3, 3, 2]
    assert (third["A1"].value, third["A2"].value, len(third["B2"].value)) == ("Number", "4", 32_767)


@pytest.mark.parametrize("text", ["+32 2 555 12 12", "-12.5", "+1", "-3,75", "Anne", "", "1-2"])
def test_numbers_and_words_stay_as_they_are(text):
    assert inert(text) == text


@pytest.mark.parametrize(
    "text",
    ["=1", "@SUM(A1)", "+1+cmd|' /C calc'!A0", "-2+3", "-1 -1", "+32 2 x", "\t=1", "\r=1", "\n=1", "-", "+1\n=1"],
)
def test_whatever_else_begins_like_a_formula_is_made_text(text):
    assert inert(text) == "'" + text
