"""Invented data that show what the portal is for: every row is marked as demonstration.

What is already there is left as it is, so that running the seed again tomorrow neither repeats nor moves anything;
dates are counted from the day of the first load. Chance comes from fixed seeds: the same rows on every machine.
"""

from sqlalchemy.orm import Session

from seed.demonstration.capacities import load_capacities
from seed.demonstration.contacts import load_contacts
from seed.demonstration.equipment import load_equipment
from seed.demonstration.events import load_events
from seed.demonstration.removal import remove_demonstration
from seed.demonstration.requests import load_requests
from seed.demonstration.stock import load_stock

__all__ = ["load_demonstration", "remove_demonstration"]


def load_demonstration(db: Session) -> int:
    """Returns how many records were new. Needs the places, code lists and organisations of the seed."""
    held = load_capacities(db) + load_stock(db) + load_equipment(db) + load_events(db) + load_contacts(db)
    return held + load_requests(db)
