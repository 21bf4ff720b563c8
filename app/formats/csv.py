"""CSV as RFC 4180 says, in UTF-8, with the HXL tag row where asked for."""

import csv
import io
from collections.abc import Iterable, Sequence

from app.formats.flat import Cell

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def line(cells: Iterable[Cell]) -> str:
    """One row, ended by CRLF."""
    out = io.StringIO()
    csv.writer(out).writerow([safe(one) for one in cells])
    return out.getvalue()


def safe(value: Cell) -> Cell:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay as they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "'" + value if isinstance(value, str) and value.startswith(STARTS_A_FORMULA) else value


def lines(rows: Sequence[Sequence[Cell]]) -> bytes:
    return "".join(line(row) for row in rows).encode()
