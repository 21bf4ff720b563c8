"""How each line of an offer fits what was asked for, and what the rescuers of whoever asks use."""

from typing import Any

from app.equipment.fit import Fit, fit, verdict_of
from app.equipment.queries import read_uses, uses
from app.equipment.schemas import Use, specified
from app.offers.queries import asker, fitting
from app.reading import Reader

Line = dict[str, Any]


async def fits_of(offer_id: str, db: Reader) -> list[dict[str, Any]]:
    """{no, verdict, fits: [{what, verdict, sentence}]} of each line, in the reader's words."""
    used = await uses_of_asker(offer_id, db)
    return [told(line, fits_of_line(line, used)) for line in await db.json(fitting(offer_id))]


async def uses_of_asker(offer_id: str, db: Reader) -> list[Use]:
    """What the rescuers use to whom it is offered; nothing where nobody asked, or where the reader may not know."""
    organisation = await db.json(asker(offer_id))
    return read_uses(await db.json(uses(organisation))) if organisation else []


def fits_of_line(line: Line, used: list[Use]) -> list[Fit]:
    return fit(specified(line["asked"]), used, specified(line["offered"]), line["item"], line["type"])


def told(line: Line, fits: list[Fit]) -> dict[str, Any]:
    found = [{"what": one.what, "verdict": one.verdict, "sentence": one.sentence} for one in fits]
    return {"no": line["no"], "verdict": verdict_of(fits), "fits": found}
