"""Which lots to take: first expired, first out; and of each lot that is passed over, why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from app.languages import gettext as _
from app.languages import label
from app.stock.batches import Batch, plain


@dataclass(frozen=True)
class Taken:
    batch: Batch
    quantity: Decimal


@dataclass(frozen=True)
class Passed:
    """`why`: expired, expires_before, damaged, earmarked, reserved, not_needed; `sentence` says it in the reader's words."""

    batch: Batch
    why: str
    sentence: str


@dataclass(frozen=True)
class Proposal:
    """`missing` is what all lots together cannot give; 0 where they can."""

    taken: tuple[Taken, ...]
    passed: tuple[Passed, ...]
    missing: Decimal


def propose(
    batches: Iterable[Batch], quantity: Decimal, *, lasts_until: date | None = None, country: str | None = None
) -> Proposal:
    """Lots for `quantity`, that last until the day they are needed on (today, unless said) and may go to this country.

    Lots of nothing are left out. Of those that expire on the same day, what is earmarked for the country goes first.
    """
    day = max(lasts_until or today(), today())
    left, taken, passed = quantity, [], []
    for batch in sorted(batches, key=lambda one: order(one, country)):
        if batch.on_hand <= 0:
            continue
        why = refusal(batch, day, country) or (
            None if left > 0 else ("not_needed", _("those that expire first are enough"))
        )
        if why:
            passed.append(Passed(batch, *why))
            continue
        take = min(left, batch.available)
        taken.append(Taken(batch, take))
        left -= take
    return Proposal(tuple(taken), tuple(passed), max(left, Decimal(0)))


def today() -> date:
    return datetime.now(UTC).date()


def order(batch: Batch, country: str | None) -> tuple[date, bool, str, str]:
    return (batch.expires_on or date.max, country not in batch.earmark_countries, batch.position_ref, batch.number)


def has_expired(batch: Batch) -> bool:
    return batch.condition == "expired" or bool(batch.expires_on and batch.expires_on < today())


def refusal(batch: Batch, day: date, country: str | None) -> tuple[str, str] | None:
    """Why nothing of this lot can be taken; None where something can."""
    if has_expired(batch):
        return "expired", _("it has expired")
    if batch.expires_on and batch.expires_on < day:
        return "expires_before", _("it expires before %(day)s, when it is needed") % {"day": day.isoformat()}
    if batch.condition == "damaged":
        return "damaged", _("it is damaged")
    if batch.earmark_countries and country and country not in batch.earmark_countries:
        return "earmarked", earmarked(batch)
    if batch.available <= 0:
        return "reserved", _("all of it (%(quantity)s) is reserved") % {"quantity": plain(batch.reserved)}
    return None


def earmarked(batch: Batch) -> str:
    purpose = label(batch.earmark) if batch.earmark else ""
    said = _("its donor gave it for other countries: %(countries)s") % {"countries": ", ".join(batch.earmark_countries)}
    return f"{said} ({purpose})" if purpose else said
