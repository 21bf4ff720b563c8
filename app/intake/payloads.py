"""Answers of feeds taken apart into their items, each with its raw text. What is broken in one item stays in that item.

JSON that ends early and XML that is broken somewhere still give the items that are whole. Entities are never declared,
nothing outside is ever read, and what is nested deeper than any feed is refused.
"""

import codecs
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from app.intake.plain import Broken, storable
from app.intake.schemas import Item

MOST_RAW = 100_000  # characters of an item that are kept as they came
MOST_DEEP = 60
MOST_PROBLEMS = 1000  # of one answer; a feed that is broken throughout says no more with the rest
DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,100}encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
SHORT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
BETWEEN = re.compile(r"[\s,]*")
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Unreadable(Exception):
    """The answer as a whole is not what this feed should say. The text is one of app/intake/words.py FAILURES."""


@dataclass(frozen=True)
class Part:
    """An item, and the text it was."""

    value: Any
    raw: str


@dataclass(frozen=True)
class Problem:
    """What could not be read. `message` is one of app/intake/words.py PROBLEMS, with a colon and more where there is more."""

    message: str
    raw: str


@dataclass(frozen=True)
class Document:
    """Where an index leads, and what it says by which one sees that it has changed."""

    address: str
    stamp: str


@dataclass
class Parsed:
    """What an answer held. `is_whole`: what is not in it is not in the feed any more."""

    items: list[tuple[Item, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    is_whole: bool = True

    def problem(self, message: str, raw: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(message, storable(raw, MOST_RAW)))


def read_each(parts: Iterable[Part], read: Callable[[Any], Item | None], into: Parsed) -> Parsed:
    """Each item by itself: whatever a stranger's text makes go wrong is a problem of that item, and of no other."""
    for part in parts:
        try:
            item = read(part.value)
        except Broken as error:
            into.problem(f"broken item: {error}", part.raw)
        except Exception:
            into.problem("broken item: another shape", part.raw)
        else:
            if item:
                into.items.append((item, storable(part.raw, MOST_RAW)))
    return into


def decoded(body: bytes) -> str:
    """As text, whatever bytes it holds."""
    found = DECLARED.match(body[:200])
    name = next((name for mark, name in MARKS if body.startswith(mark)), found[1].decode() if found else "utf-8")
    try:
        return body.decode(name, "replace").removeprefix("\ufeff")
    except (LookupError, ValueError):  # not an encoding, or not one of texts
        return body.decode("utf-8", "replace")


# -- JSON


def json_parts(body: bytes, name: str, into: Parsed) -> list[Part]:
    """The objects of the list `name` of a JSON object. Raises Unreadable."""
    said = decoded(body)
    try:
        whole = json.loads(said, parse_constant=lambda _: None, parse_int=bounded)
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except ValueError:
        found = list(salvaged(said, name))
        if not found:
            raise Unreadable("not JSON") from None
        into.is_whole = False
        into.problem("cut short", said[-1000:])
        return found
    values = whole.get(name) if isinstance(whole, dict) else None
    if not isinstance(values, list):
        raise Unreadable("another shape")
    return [Part(value, as_text(value)) for value in values]


def bounded(digits: str) -> float:
    """Numbers of thousands of digits cost time and mean nothing."""
    return int(digits) if len(digits) < 19 else float(digits[:400])


def as_text(value: Any) -> str:
    return SHORT.encode(value)


def salvaged(said: str, name: str) -> Iterator[Part]:
    """The whole objects at the beginning of a list that is broken further on."""
    start = re.search(rf'"{name}"\s*:\s*\[', said)
    decoder = json.JSONDecoder(parse_constant=lambda _: None, parse_int=bounded)
    at = start.end() if start else len(said)
    while at < len(said):
        between = BETWEEN.match(said, at)
        try:
            value, end = decoder.raw_decode(said, between.end() if between else at)
        except (ValueError, RecursionError):
            return
        yield Part(value, said[at:end].lstrip(" \t\r\n,"))
        at = end


# -- XML

# How names of the vocabularies that feeds use begin here; those of RSS, Atom and CAP begin with nothing
PREFIXES = {
    "": "",
    "http://www.w3.org/2005/Atom": "",
    "http://purl.org/rss/1.0/": "",
    "http://www.georss.org/georss": "georss_",
    "http://www.opengis.net/gml": "gml_",
    "http://www.opengis.net/gml/3.2": "gml_",
    "http://www.w3.org/2003/01/geo/wgs84_pos": "geo_",
    "http://www.w3.org/2003/01/geo": "geo_",
    "http://purl.org/dc/elements/1.1/": "dc_",
    "http://purl.org/dc/terms/": "dcterms_",
    "http://purl.org/rss/1.0/modules/content/": "content_",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns": "rdf_",
    "http://www.gdacs.org": "gdacs_",
    "http://glidenumber.net": "glide_",
    "http://www.emsc-csem.org": "emsc_",
}
ROOTS = frozenset({"rss", "rdf_RDF", "feed", "alert"})  # of what may hold nothing just now
DECLARATION = re.compile(r"""\s(xmlns(?::[\w.-]+)?)=("[^"<]*"|'[^'<]*')""")
CAP = re.compile(r"urn:oasis:names:tc:emergency:cap:1\.[0-9]|http://www\.incident\.com/cap/1\.0")


def short_name(name: str) -> str:
    space, _, local = name.rpartition("}")
    if CAP.fullmatch(space):
        return local
    return PREFIXES.get(space.rstrip("#/"), PREFIXES.get(space, "other_")) + local


class Cutter:
    """Reads XML and cuts out the elements that are wanted, each whole with its raw text."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self.wanted = frozenset(wanted)
        self.parts: list[Part] = []
        self.open: list[str] = []
        self.builder: TreeBuilder | None = None  # while inside a wanted element
        self.started, self.deep = 0, 0
        self.root = ""
        self.said = b""
        self.parser = parser = expat.ParserCreate("utf-8", "}")
        parser.buffer_text = True
        parser.UseForeignDTD(True)  # names that nothing declares, such as &nbsp;, are then told instead of refused
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler, parser.EndElementHandler = self.start, self.end
        parser.CharacterDataHandler, parser.SkippedEntityHandler = self.data, self.entity
        parser.EntityDeclHandler = refuse_entity
        parser.ExternalEntityRefHandler = lambda *_: 1  # nothing outside is read

    def cut(self, said: bytes) -> list[Part]:
        """Raises expat.ExpatError where it is broken; `parts` are those that came before."""
        self.said = said
        self.parser.Parse(said, True)
        return self.parts

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = short_name(name)
        self.open.append(name)
        self.root = self.root or name
        if len(self.open) > MOST_DEEP:
            raise Unreadable("nested too deeply")
        if self.builder is None and name in self.wanted:
            self.builder, self.started, self.deep = TreeBuilder(), self.parser.CurrentByteIndex, len(self.open)
        if self.builder is not None:
            self.builder.start(name, {short_name(key): value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        here = len(self.open)
        name = self.open.pop()
        if self.builder is None:
            return
        self.builder.end(name)
        if here == self.deep:
            until = self.said.find(b">", self.parser.CurrentByteIndex) + 1
            self.parts.append(Part(self.builder.close(), self.said[self.started : until].decode()))
            self.builder = None

    def data(self, said: str) -> None:
        if self.builder is not None:
            self.builder.data(said)

    def entity(self, name: str, is_parameter: bool) -> None:
        self.data(html.unescape(f"&{name};"))


def refuse_entity(*_: Any) -> None:
    raise Unreadable("entities")


def xml_parts(body: bytes, wanted: Iterable[str], into: Parsed) -> tuple[str, list[Part]]:
    """What its root is called, and the elements of these names. Raises Unreadable."""
    said = NO_XML.sub("\ufffd", decoded(body)).encode()
    cutter = Cutter(wanted)
    try:
        parts = cutter.cut(said)
        if not parts and cutter.root not in ROOTS:
            raise Unreadable("another shape")  # such as a page that says sorry
        return cutter.root, parts
    except expat.ExpatError:
        found = one_by_one(said.decode(), wanted, into)
    if not cutter.root or not found:
        raise Unreadable("not XML")
    into.is_whole = False
    return cutter.root, found


def one_by_one(said: str, wanted: Iterable[str], into: Parsed) -> list[Part]:
    """Of broken XML the elements that are whole by themselves, read with the names that its head declares."""
    names = "|".join(wanted)
    starts = [found.start() for found in re.finditer(rf"<(?:[\w.-]+:)?(?:{names})[\s>]", said)]
    if not starts:
        return []
    declared = dict(DECLARATION.findall(said[: starts[0]][:10_000]))
    head = "<root " + " ".join(f"{name}={value}" for name, value in declared.items()) + ">"
    ending = re.compile(rf"</(?:[\w.-]+:)?(?:{names})\s*>")
    chunks = [said[start:end] for start, end in zip(starts, [*starts[1:], len(said)], strict=True)]
    return [part for chunk in chunks for part in alone(chunk, ending, head, wanted, into)]


def alone(chunk: str, ending: re.Pattern[str], head: str, wanted: Iterable[str], into: Parsed) -> list[Part]:
    found = ending.search(chunk)
    raw = chunk[: found.end()] if found else chunk
    try:
        return [Part(part.value, raw) for part in Cutter(wanted).cut(f"{head}{raw}</root>".encode())]
    except (expat.ExpatError, Unreadable):
        into.problem("broken item", raw)
        return []


def text_of(element: Element, *names: str) -> str:
    """What the first child of one of these names says, with all that is inside it."""
    for name in names:
        for found in element.iterfind(name):
            said = "".join(found.itertext()).strip()
            if said:
                return said
    return ""
