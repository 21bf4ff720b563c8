"""A feed as Atom 1.0 (RFC 4287) with tombstones (RFC 6721) or as RSS 2.0, each with GeoRSS. Knows no noun and asks nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from app.formats import georss

ATOM = "application/atom+xml"
RSS = "application/rss+xml"
XML_NAMES = {"xmlns:georss": georss.GEORSS, "xmlns:gml": georss.GML}
# What XML 1.0 cannot hold, not even escaped
ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Link:
    href: str
    rel: str = "alternate"
    type: str = "text/html"


@dataclass(frozen=True)
class Category:
    term: str
    scheme: str
    label: str


@dataclass(frozen=True)
class Entry:
    """`id` is an IRI that never changes; the first link is the page for people."""

    id: str
    title: str
    published: datetime
    updated: datetime
    links: Sequence[Link]
    summary: str = ""
    categories: Sequence[Category] = ()
    geometry: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Gone:
    """What was in the feed and is no longer there to see."""

    id: str
    at: datetime


@dataclass(frozen=True)
class Feed:
    """The first link is the page for people; one has rel `self`."""

    id: str
    title: str
    author: str
    language: str
    updated: datetime
    links: Sequence[Link]
    entries: Sequence[Entry]
    gone: Sequence[Gone] = ()


def legal(text: str) -> str:
    """Without the signs that no XML may hold: one of them would make the whole feed unreadable."""
    return ILLEGAL.sub("\ufffd", text)


def add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    element = SubElement(parent, name, {key: legal(value) for key, value in attributes.items()})
    element.text = legal(text) or None
    return element


def document(root: Element) -> bytes:
    body: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body


def time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# -- Atom


def atom(feed: Feed) -> bytes:
    names = {"xmlns": "http://www.w3.org/2005/Atom", "xmlns:at": "http://purl.org/atompub/tombstones/1.0", **XML_NAMES}
    root = Element("feed", names | {"xml:lang": feed.language})
    add(root, "id", feed.id)
    add(root, "title", feed.title)
    add(root, "updated", time(feed.updated))
    add(add(root, "author"), "name", feed.author)
    for link in feed.links:
        add(root, "link", rel=link.rel, type=link.type, href=link.href)
    for gone in feed.gone:
        add(root, "at:deleted-entry", ref=gone.id, when=time(gone.at))
    for entry in feed.entries:
        atom_entry(add(root, "entry"), entry)
    return document(root)


def atom_entry(element: Element, entry: Entry) -> None:
    add(element, "id", entry.id)
    add(element, "title", entry.title)
    add(element, "published", time(entry.published))
    add(element, "updated", time(entry.updated))
    for link in entry.links:
        add(element, "link", rel=link.rel, type=link.type, href=link.href)
    for category in entry.categories:
        add(element, "category", term=category.term, scheme=category.scheme, label=category.label)
    if entry.summary:
        add(element, "summary", entry.summary, type="text")
    if entry.geometry:
        element.append(georss.written(entry.geometry))


# -- RSS, which knows neither languages of links nor what is gone


def rss(feed: Feed) -> bytes:
    root = Element("rss", {"version": "2.0", "xmlns:atom": "http://www.w3.org/2005/Atom", **XML_NAMES})
    channel = add(root, "channel")
    add(channel, "title", feed.title)
    add(channel, "link", feed.links[0].href)
    add(channel, "description", feed.title)
    add(channel, "language", feed.language)
    add(channel, "lastBuildDate", format_datetime(feed.updated.astimezone(UTC), usegmt=True))
    for link in feed.links[1:]:
        add(channel, "atom:link", rel=link.rel, type=link.type, href=link.href)
    for entry in feed.entries:
        rss_item(add(channel, "item"), entry)
    return document(root)


def rss_item(element: Element, entry: Entry) -> None:
    add(element, "title", entry.title)
    add(element, "link", entry.links[0].href)
    add(element, "guid", entry.id, isPermaLink="false")
    add(element, "pubDate", format_datetime(entry.updated.astimezone(UTC), usegmt=True))
    add(element, "description", entry.summary or entry.title)
    for category in entry.categories:
        add(element, "category", category.term, domain=category.scheme)
    if entry.geometry:
        element.append(georss.written(entry.geometry))
