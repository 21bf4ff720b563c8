"""Sealing history: each row is linked to the one before by hash, a few seconds after it was written.

A link is sha256(hash before ‖ position as 8 bytes ‖ sha256(row)). Writers never wait for one another: rows are sealed in the
order in which the sealing job finds them, by one job at a time.
"""

import hashlib

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.history import HistorySeal
from app.trail import queries

SEALED_AT_ONCE = 5000


def digest_of(said: str) -> bytes:
    return hashlib.sha256(said.encode()).digest()


def linked(previous: bytes, position: int, digest: bytes) -> bytes:
    return hashlib.sha256(previous + position.to_bytes(8, "big") + digest).digest()


def seal(db: Session) -> int:
    """Link the rows that wait; returns how many there were."""
    rows = queries.unsealed(db, SEALED_AT_ONCE)
    position, hash = queries.last_seal(db)
    links = []
    for id, said in rows:
        position, digest = position + 1, digest_of(said)
        hash = linked(hash, position, digest)
        links.append({"position": position, "history_id": id, "digest": digest, "hash": hash})
    if links:
        db.execute(insert(HistorySeal), links)
    queries.no_longer_unsealed(db, [id for id, _said in rows])
    queries.publish_heads(db)
    return len(rows)
