"""Draws a paper in up to three languages as PDF/UA: what stands on it in, its bytes out. Knows no noun of ours.

A text is said in one or more languages: `{"en": "Waybill", "ru": "Накладная", "fa-AF": "بارنامه"}`; what is the same in all
(numbers, names, dates) has the key "". The layout is paper.typ; the fonts are those that the front end's build lays down.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import segno
import typst

MEDIA = "application/pdf"
LAYOUT = Path(__file__).with_suffix(".typ")
FONTS = Path(__file__).parents[2] / "frontend" / "static" / "built" / "fonts"
RIGHT_TO_LEFT = ("ar", "fa", "ps", "ur")
NO_PRINT = {code: "\ufffd" for code in range(0x20) if chr(code) not in "\n\t"}  # signs that no font draws

Said = Mapping[str, str]


@dataclass(frozen=True)
class Field:
    label: Said
    value: Said


@dataclass(frozen=True)
class Column:
    label: Said
    width: float  # in parts of the whole
    is_number: bool = False


@dataclass(frozen=True)
class Signature:
    """A box to be signed: who, and what is known of them already."""

    role: Said
    name: str = ""
    at: str = ""


@dataclass(frozen=True)
class Paper:
    """One sheet or more. `languages` are codes of ours, in the order in which they are written; the first is the document's."""

    title: Said
    number: str
    version: str
    address: str
    languages: Sequence[str]
    changed_at: datetime
    fields: Sequence[Field]
    columns: Sequence[Column]
    rows: Sequence[Sequence[Said]]
    totals: Sequence[Said] = ()
    marks: Sequence[Said] = ()
    remarks: Sequence[Field] = ()
    signatures: Sequence[Signature] = ()
    words: Mapping[str, Said] = field(default_factory=dict)  # "name", "date", "signature", "page", "scan", "unread"


class FontsNotBuilt(RuntimeError):
    """frontend/static/built/fonts is missing: `npm run build` in frontend/ makes it."""


def printed(paper: Paper) -> bytes:
    """The paper as PDF/UA-1. The same paper gives the same bytes. Raises FontsNotBuilt.

    That standard refuses letters without a shape: a name in Chinese is drawn with what fonts the machine has, or as a box.
    """
    try:
        return compiled(paper, fonts(), accessible=True)
    except typst.TypstError:
        return compiled(paper, fonts(of_the_machine=True), accessible=False)


def compiled(paper: Paper, fonts: typst.Fonts, accessible: bool) -> bytes:
    return typst.compile(
        LAYOUT,
        font_paths=fonts,
        format="pdf",
        pdf_standards=["ua-1"] if accessible else [],
        timestamp=int(paper.changed_at.timestamp()),
        sys_inputs={"paper": json.dumps(described(paper), ensure_ascii=False)},
    )


@cache
def fonts(of_the_machine: bool = False) -> typst.Fonts:
    """Read once a process: they are 1.7 MB."""
    if not FONTS.is_dir():
        raise FontsNotBuilt("The fonts for papers are not built. Run: ./portal up, or npm run build in frontend/.")
    return typst.Fonts(include_system_fonts=of_the_machine, include_embedded_fonts=False, font_paths=[FONTS])


def described(paper: Paper) -> dict[str, Any]:
    """What paper.typ reads: every text as lines that know their language and direction."""
    codes = paper.languages
    return {
        "title": lines(paper.title, codes),
        "plain_title": f"{next(iter(paper.title.values()))} {paper.number}",
        "number": paper.number,
        "version": paper.version,
        "address": paper.address,
        "qr": segno.make(paper.address, error="m").svg_inline(border=0, scale=4),
        "language": tag(codes[0]),
        "marks": [lines(mark, codes) for mark in paper.marks],
        "fields": [pair(one, codes) for one in paper.fields],
        "columns": [head(column, codes) for column in paper.columns],
        "rows": [[lines(cell, codes) for cell in row] for row in paper.rows],
        "totals": [lines(cell, codes) for cell in paper.totals],
        "remarks": [pair(one, codes) for one in paper.remarks],
        "signatures": [box(signature, codes) for signature in paper.signatures],
        "words": {name: lines(said, codes) for name, said in paper.words.items()},
    }


def pair(one: Field, codes: Sequence[str]) -> dict[str, Any]:
    return {"label": lines(one.label, codes), "value": lines(one.value, codes)}


def head(column: Column, codes: Sequence[str]) -> dict[str, Any]:
    return {"label": lines(column.label, codes), "width": column.width, "is_number": column.is_number}


def box(signature: Signature, codes: Sequence[str]) -> dict[str, Any]:
    known = {"name": lines({"": signature.name}, codes), "at": lines({"": signature.at}, codes)}
    return {"role": lines(signature.role, codes)} | known


def lines(said: Said, codes: Sequence[str]) -> list[dict[str, str]]:
    """One line a language in the paper's order, each text once; what is the same in all comes first, Arabic script last."""
    texts: dict[str, str] = {}
    for code in ("", *codes):
        if text := said.get(code, "").translate(NO_PRINT).strip():
            texts.setdefault(text, code)
    written = [line(text, code or codes[0]) for text, code in texts.items()]
    return sorted(written, key=lambda one: one["direction"] == "rtl")


def line(text: str, code: str) -> dict[str, str]:
    return {"text": text, "language": tag(code), "direction": direction(text, code)}


def direction(text: str, code: str = "") -> str:
    """That of the first letter, as a reader takes it: a lorry's number keeps its order in a Dari paper. A text in Dari that
    begins with a Latin name runs from right to left all the same."""
    strong = [kind for kind in map(unicodedata.bidirectional, text) if kind in ("L", "R", "AL")]
    ours = [kind for kind in strong if kind != "L"] if tag(code) in RIGHT_TO_LEFT else strong[:1]
    return "ltr" if not ours or ours[0] == "L" else "rtl"


def tag(code: str) -> str:
    """The language as typst knows it, without its country."""
    return code.split("-", maxsplit=1)[0]
