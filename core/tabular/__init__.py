"""Tables that people send: CSV and XLSX files, whatever their separator, encoding and headers.

table = open_table(path)
matched = match_columns(table.columns, FIELDS, parse_mapping(["identifier=practice"]))
for line, cells in table.rows(refuse=errors.append):
    cells[matched.fields["identifier"]]
"""

from .errors import RowError, UnreadableFile
from .headers import Matched, match_columns, normalise_header, parse_mapping
from .opening import open_table
from .report import write_row_errors
from .table import Refuse, Table

__all__ = [
    "Matched",
    "Refuse",
    "RowError",
    "Table",
    "UnreadableFile",
    "match_columns",
    "normalise_header",
    "open_table",
    "parse_mapping",
    "write_row_errors",
]
