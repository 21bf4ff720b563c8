"""What a new portal knows from the start: places, code lists, organisations, past events, and a demonstration."""

from sqlalchemy import Engine

from app.db import engine, transaction
from app.settings import settings


def load_all(demo: bool, on: Engine | None = None) -> None:
    """Bring everything the seed holds up to date, in one transaction; a second run changes nothing."""
    from seed.entry_points import load_entry_points
    from seed.events import load_events
    from seed.feeds import load_feeds
    from seed.organisations import load_organisations
    from seed.places.load import load_places
    from seed.reference import load_reference

    with transaction(on or engine(settings().owner_url)) as db:
        load_places(db)
        load_reference(db)
        load_organisations(db)
        load_entry_points(db)
        load_events(db)
        load_feeds(db)
        if demo:
            from seed.demonstration import load_demonstration

            load_demonstration(db)


def remove_demo(on: Engine | None = None) -> dict[str, int]:
    """Delete all demonstration data and nothing else; returns how many rows went, by table."""
    from seed.demonstration import remove_demonstration

    with transaction(on or engine(settings().owner_url)) as db:
        return remove_demonstration(db)
