"""Proving history: every link is computed anew and compared with what is stored and with what was published."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.trail import queries
from app.trail.actions import digest_of, linked


@dataclass
class Verdict:
    """What was found. `problems` are sentences; `waiting` are rows that the next sealing takes."""

    links: int = 0
    head: str = ""
    problems: list[str] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)


def verify(db: Session, head: tuple[int, str] | None = None) -> Verdict:
    """Look at the whole chain; `head` is a position and hash that somebody outside has kept."""
    verdict = Verdict()
    hashes = {position: hash for _day, position, hash in queries.published_heads(db)}
    said = {position: f"the head published for {day}" for day, position, _hash in queries.published_heads(db)}
    if head:
        hashes[head[0]], said[head[0]] = bytes.fromhex(head[1]), "the head you gave"
    verdict.problems += walk(db, verdict, hashes, said)
    for id, waits in queries.rows_beside_the_chain(db):
        if waits:
            verdict.waiting.append(id)
        else:
            verdict.problems.append(f"Row {id} was put beside the chain: no link seals it and none will.")
    verdict.problems += wrong_values(db)
    return verdict


def walk(db: Session, verdict: Verdict, heads: dict[int, bytes], said: dict[int, str]) -> Iterator[str]:
    """The links in order: sentences about those that are not as they must be."""
    expected, previous = 1, bytes(32)
    for position, id, digest, hash, text in queries.chain(db):
        if position != expected:
            yield f"Links {expected} to {position - 1} are gone."
        yield from wrong_link(position, id, bytes(digest), bytes(hash), text, previous)
        if position in heads and heads.pop(position) != bytes(hash):
            yield f"Link {position} is not {said[position]}: the chain was written anew."
        expected, previous = position + 1, bytes(hash)
        verdict.links, verdict.head = verdict.links + 1, bytes(hash).hex()
    for position in sorted(heads):
        yield f"Link {position}, {said[position]}, is gone: the chain was cut off."


def wrong_link(position: int, id: int, digest: bytes, hash: bytes, text: str | None, previous: bytes) -> Iterator[str]:
    if text is None or text.startswith("[null,"):
        yield f"Row {id} was deleted (link {position})."
    elif digest_of(text) != digest:
        yield f"Row {id} was changed after it had been sealed (link {position})."
    if linked(previous, position, digest) != hash:
        yield f"Link {position} does not follow from the one before."


def wrong_values(db: Session) -> Iterator[str]:
    """Personal values lie beside the chain; it holds their salted digests."""
    for id, salt, value, digest in queries.personal_values(db):
        if hashlib.sha256(bytes(salt) + value.encode()).digest() != bytes(digest):
            yield f"Personal value {id} is not the one that history speaks of."
