"""Files as people send them: separators, encodings, workbooks, and everything that can be wrong with them."""

import csv
import datetime as dt
import tracemalloc
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.tabular import (
    RowError,
    UnreadableFile,
    match_columns,
    normalise_header,
    open_table,
    parse_mapping,
    write_row_errors,
)
from core.tabular.cells import parse_day


@pytest.fixture
def written(tmp_path):
    """Write bytes, or text in UTF-8, to a file and return its path."""

    def write(content, name="file.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def read(path):
    """The rows and the refused rows of a file."""
    refused: list[RowError] = []
    return list(open_table(path).rows(refuse=refused.append)), refused


def refusal(path):
    """The code with which the file as a whole is refused."""
    with pytest.raises(UnreadableFile) as caught:
        list(open_table(path).rows(refuse=lambda _error: None))
    assert caught.value.message
    return caught.value.code


# --- What is read -------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_separator_encoding_and_line_ends_are_found_out(written, separator, encoding, newline):
    lines = [
        separator.join(row)
        for row in (["Prénom", "Nom", "Remarque"], ["Hélène", "Étienne", "ça va"], ["Zoë", "Müller", ""])
    ]
    path = written(newline.join(lines) + newline, encoding=encoding)
    table = open_table(path)
    assert table.columns == ["Prénom", "Nom", "Remarque"]
    assert list(table.rows()) == [(2, ["Hélène", "Étienne", "ça va"]), (3, ["Zoë", "Müller", ""])]


def test_decimal_commas_do_not_pass_for_separators(written):
    rows, _refused = read(written("naam;waarde, geschat;x\n1,5;2,5;3,5\n4,5;5,5;6,5\n"))
    assert rows[0] == (2, ["1,5", "2,5", "3,5"])


def test_separator_that_a_spreadsheet_announces_is_used(written):
    assert read(written("sep=;\r\na,b;c\r\n1;2\r\n")) == ([(3, ["1", "2"])], [])


def test_one_column_needs_no_separator(written):
    assert read(written("identifier\n1\n2\n")) == ([(2, ["1"]), (3, ["2"])], [])


def test_lines_are_those_of_the_file_with_quoted_newlines_and_blank_lines(written):
    rows, refused = read(written('\na,b\n\n1,"x\ny\nz"\n,\n2,w\n3\n4,v\n'))
    assert rows == [(4, ["1", "x\ny\nz"]), (8, ["2", "w"]), (10, ["4", "v"])]
    assert [(error.line, error.code) for error in refused] == [(9, "too_few_cells")]


def test_rows_can_be_read_twice_and_progress_ends_at_one(written):
    table = open_table(written("a,b\n" + "1,2\n" * 5000))
    assert len(list(table.rows())) == len(list(table.rows())) == 5000
    assert table.progress == 1.0


def test_empty_cells_at_the_end_of_a_row_do_no_harm(written):
    assert read(written("a;b;;\n1;2;;\n3;4\n")) == ([(2, ["1", "2"]), (3, ["3", "4"])], [])


def test_nameless_column_between_others_is_called_after_its_place(written):
    assert len(open_table(written("a,,c\n1,2,3\n")).columns) == 3


PRINTABLE = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("\t\n\r"), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(PRINTABLE, min_size=3, max_size=3), min_size=1, max_size=8),
    separator=st.sampled_from([",", ";", "\t"]),
)
def test_whatever_a_csv_writer_writes_is_read_back(tmp_path_factory, rows, separator):
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(["alpha", "beta", "gamma"])
        writer.writerows(rows)
    expected = [row for row in rows if any(row)]
    assert [cells for _line, cells in open_table(path).rows()] == expected


# --- What is refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n\r\n  \n", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (bytes(range(256)) * 20, "not_a_table"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "not_a_table"),
        (b"%PDF-1.7\n1 0 obj\n", "not_a_table"),
        (b"PK\x03\x04broken", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_or_locked_workbook"),
        (b"id,Name,NAME\n1,2,3\n", "duplicate_header"),
        ("Prénom;prenom\n1;2\n".encode(), "duplicate_header"),
        (b"a\0b,c\n1,2\n", "nul_character"),
        ("nom,x\né,1\nà,2\n".encode() + b"\xe9,3\n", "unknown_encoding"),
        (b"nom,x\n\x81\x8d,1\n", "unknown_encoding"),
        (b'a,b\n1,"never closed\n2,3\n4,5\n', "unclosed_quote"),
        (b'a,"b\n1,2\n', "unclosed_quote"),
    ],
)
def test_unusable_file_is_refused_with_its_reason(written, content, code):
    assert refusal(written(content)) == code


def test_missing_file_is_refused(tmp_path):
    assert refusal(tmp_path / "nothing.csv") == "no_such_file"
    assert refusal(tmp_path) == "no_such_file"


def test_damaged_utf8_names_its_line(written):
    with pytest.raises(UnreadableFile) as caught:
        open_table(written("nom,x\né,1\nà,2\n".encode() + b"\xe9,3\n"))
    assert caught.value.line == 4


def test_ragged_misquoted_and_nul_rows_are_refused_and_the_others_read(written):
    rows, refused = read(written(b'a,b\n1,2,3\n4\n5,"x"y"\n6,\0\n7,8\n'))
    assert rows == [(6, ["7", "8"])]
    assert [(error.line, error.code) for error in refused] == [
        (2, "too_many_cells"), (3, "too_few_cells"), (4, "misplaced_quote"), (5, "nul_character"),
    ]  # fmt: skip
    assert all(error.remedy and "\0" not in error.value for error in refused)


def test_without_a_place_for_errors_the_first_one_stops_the_reading(written):
    with pytest.raises(UnreadableFile):
        list(open_table(written("a,b\n1\n")).rows())


def test_field_of_a_megabyte_is_read_and_its_error_is_short(written):
    path = written("a,b\n1," + "x" * 1_000_000 + "\n2,y\n3\n" + "4,5," + "z" * 1_000_000 + "\n")
    rows, refused = read(path)
    assert [len(cells[1]) for _line, cells in rows] == [1_000_000, 1]
    assert all(len(error.value) <= 200 for error in refused)


def test_field_without_end_is_refused_and_not_held(written):
    assert refusal(written(b'a,b\n1,"' + b"x" * (17 << 20) + b"\n")) == "unclosed_quote"


def test_memory_stays_flat_however_long_the_file(tmp_path):
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        file.write("identifier,month,value\n")
        file.writelines(f"1{number:07d},2018-06,{number % 97}\n" for number in range(200_000))
    tracemalloc.start()
    try:
        count = sum(1 for _row in open_table(path).rows())
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 200_000
    assert peak < 8 << 20


# --- Workbooks ----------------------------------------------------------------------------------------


@pytest.fixture
def workbook(tmp_path):
    """Write rows to the first sheet of a workbook and return its path."""

    def write(rows, first_row=1):
        book = openpyxl.Workbook()
        sheet = book.active
        for number, row in enumerate(rows, first_row):
            for column, value in enumerate(row, 1):
                sheet.cell(number, column, value)
        path = tmp_path / "file.xlsx"
        book.save(path)
        return path

    return write


def test_workbook_cells_become_the_text_of_a_csv(workbook):
    path = workbook(
        [
            ["INAMI", "since", "share", "flag", "moment"],
            [14296612004, dt.date(2018, 6, 30), 0.25, True, dt.datetime(2018, 6, 30, 12, 5)],
            ["1-42966-12-004", None, 3.0, False, "x"],
        ]
    )
    assert read(path) == (
        [
            (2, ["14296612004", "2018-06-30", "0.25", "1", "2018-06-30 12:05:00"]),
            (3, ["1-42966-12-004", "", "3", "0", "x"]),
        ],
        [],
    )


def test_workbook_lines_are_those_of_the_sheet(workbook):
    rows, _refused = read(workbook([["a", "b"], [1, 2], [None, None], [3, 4]], first_row=3))
    assert rows == [(4, ["1", "2"]), (6, ["3", "4"])]


def test_workbook_is_known_by_its_content_and_not_its_name(workbook):
    path = workbook([["a"], [1]])
    renamed = path.rename(path.with_suffix(".csv"))
    assert read(renamed)[0] == [(2, ["1"])]


def test_formula_that_was_never_calculated_is_refused(workbook):
    assert refusal(workbook([["a", "b"], [1, "=A2+1"]])) == "formula_without_value"


def test_calculated_formula_gives_its_value(workbook, tmp_path):
    path = workbook([["a", "b"], [1, "=A2+1"]])
    calculated = tmp_path / "calculated.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(calculated, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                assert b"<f>A2+1</f><v />" in content
                content = content.replace(b"<f>A2+1</f><v />", b"<f>A2+1</f><v>2</v>")
            new.writestr(entry, content)
    assert read(calculated)[0] == [(2, ["1", "2"])]


def test_empty_and_broken_workbooks_are_refused(workbook, tmp_path):
    assert refusal(workbook([])) == "empty_file"
    other = tmp_path / "other.xlsx"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("hello.txt", "x")
    assert refusal(other) == "not_a_table"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("xl/workbook.xml", "<nothing")
    assert refusal(other) == "broken_workbook"
    assert refusal(workbook([["a", "A"], [1, 2]])) == "duplicate_header"


def test_workbook_that_would_fill_the_memory_is_refused(tmp_path):
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "x")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _number in range(52):
                sheet.write(b"\0" * (10 << 20))
    assert refusal(path) == "too_large"


# --- Columns and mappings ----------------------------------------------------------------------------


FIELDS = {"identifier": ["n° INAMI", "RIZIV-nummer"], "name": ["nom", "naam"], "practice_name": ["practice", "cabinet"]}


@pytest.mark.parametrize("header", ["N° INAMI", "n inami", "N°_INAMI", "riziv nummer", "RIZIVnummer", "Identifier"])
def test_headers_are_recognised_without_case_accents_and_punctuation(header):
    assert match_columns([header, "x"], FIELDS).fields == {"identifier": 0}


def test_unmapped_columns_are_kept_in_view():
    assert match_columns(["x", "Nom", "y"], FIELDS).unmapped == [(0, "x"), (2, "y")]


def test_mapped_column_is_nobody_elses():
    matched = match_columns(["practice", "nom"], FIELDS, {"identifier": "practice"})
    assert matched.fields == {"identifier": 0, "name": 1}


def test_mapping_goes_before_the_header():
    matched = match_columns(["nom", "autre"], FIELDS, {"name": "AUTRE"})
    assert matched.fields == {"name": 1}
    assert matched.unmapped == [(0, "nom")]


@pytest.mark.parametrize(
    ("columns", "mapping", "code"),
    [
        (["a"], {"identifier": "b"}, "unknown_column"),
        (["a"], {"colour": "a"}, "unknown_field"),
        (["nom", "naam"], {}, "ambiguous_column"),
    ],
)
def test_mapping_that_does_not_fit_is_refused(columns, mapping, code):
    with pytest.raises(UnreadableFile) as caught:
        match_columns(columns, FIELDS, mapping)
    assert caught.value.code == code


def test_mapping_of_a_command_line_is_parsed():
    assert parse_mapping(["a=b", "c = d=e"]) == {"a": "b", "c": "d=e"}


@pytest.mark.parametrize("options", [["a"], ["=b"], ["a="], ["a=b", "a=c"]])
def test_misformed_mapping_is_refused(options):
    with pytest.raises(UnreadableFile) as caught:
        parse_mapping(options)
    assert caught.value.code == "bad_mapping"


@given(st.text(max_size=40))
def test_normalised_headers_stay_as_they_are(text):
    assert normalise_header(normalise_header(text)) == normalise_header(text)


# --- Cells and reports ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2018-06-30", dt.date(2018, 6, 30)),
        ("30/06/2018", dt.date(2018, 6, 30)),
        ("1.2.2018", dt.date(2018, 2, 1)),
        ("2018/06/30", dt.date(2018, 6, 30)),
        ("2018-06", dt.date(2018, 6, 1)),
        ("2018-06-30 12:05:00", dt.date(2018, 6, 30)),
        ("2018-06-30T00:00:00Z", dt.date(2018, 6, 30)),
    ],
)
def test_days_are_read_as_belgians_write_them(text, day):
    assert parse_day(text) == day


@pytest.mark.parametrize("text", ["30/06/18", "06/30/2018", "2018-02-30", "today", "", "20180630", "1/2"])
def test_other_days_are_refused(text):
    with pytest.raises(ValueError):
        parse_day(text)


def test_report_opens_in_a_spreadsheet_and_runs_nothing(tmp_path):
    path = tmp_path / "errors.csv"
    dangerous = RowError(2, "phone", "=cmd|' /C calc'!A0", "invalid_phone", "Écrivez-le.")
    hidden = RowError(4, "volume", "-2+3+cmd|' /C calc'!A0", "x", "=1+1")
    write_row_errors(path, [dangerous, RowError(3, "phone", "+32", "x", "y"), hidden])
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert rows == [
        ["line", "field", "value", "code", "remedy"],
        ["2", "phone", "'=cmd|' /C calc'!A0", "invalid_phone", "Écrivez-le."],
        ["3", "phone", "+32", "x", "y"],
        ["4", "volume", "'-2+3+cmd|' /C calc'!A0", "x", "'=1+1"],
    ]
