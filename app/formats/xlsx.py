"""Excel workbooks, written row by row to a temporary file so that memory stays constant."""

from collections.abc import Sequence
from typing import BinaryIO

import xlsxwriter

from app.formats.flat import Cell

ROWS_A_SHEET = 1_000_000  # Excel's own limit is 1,048,576


class Workbook:
    """Rows in, a file out; a list too long for one sheet goes on in the next."""

    def __init__(self, file: BinaryIO, title: str, header: Sequence[Sequence[Cell]]) -> None:
        # in constant memory, and no text is ever taken for a formula or a link
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = xlsxwriter.Workbook(file, options)
        self.bold = self.book.add_format({"bold": True})
        self.title, self.header, self.sheets = title, header, 0
        self.new_sheet()

    def new_sheet(self) -> None:
        self.sheets += 1
        self.sheet = self.book.add_worksheet(self.title if self.sheets == 1 else f"{self.title} {self.sheets}")
        self.at = 0
        for row in self.header:
            self.sheet.write_row(self.at, 0, row, self.bold)
            self.at += 1
        self.sheet.freeze_panes(self.at, 0)

    def add(self, row: Sequence[Cell]) -> None:
        if self.at >= ROWS_A_SHEET:
            self.new_sheet()
        for column, value in enumerate(row):
            if value is not None:
                self.sheet.write(self.at, column, value)
        self.at += 1

    def close(self) -> None:
        self.book.close()
