"""PostgreSQL writes the answers, so nothing checks them on their way out: here every record is held to its model."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import BaseModel
from starlette.testclient import TestClient

from app.capacities.queries import CAPACITIES
from app.capacities.schemas import CapacityFilter, CapacityOut, FacetsOut
from app.docs import list_of
from app.events.queries import EVENTS
from app.events.schemas import EventFacetsOut, EventFilter, EventOut
from app.figures.queries import FIGURES, FIGURES_THEN, SOURCES
from app.figures.schemas import FigureFilter, FigureOut, FigureSeriesOut, HeadlineFiguresOut, SourceRecordOut
from app.filters import TableFilter
from app.listing import Listing
from app.people.queries import MEETINGS, ORGANISATIONS
from app.people.schemas import MeetingFilter, MeetingOut, OrganisationFilter, OrganisationOut
from app.places.queries import AREAS, COUNTRIES, DISPUTED
from app.places.schemas import AreaFilter, AreaOut, CountryRecordOut, DisputedFilter, DisputedOut
from app.reference.queries import FAMILIES, HAZARDS, INDICATORS, SPOKEN, TYPES, UNITS
from app.reference.schemas import CodeOut, HazardOut, LanguageOut, ListOut, PlacedFilter, PlacedOut, ResourceTypeOut
from app.stock.queries import STOCK
from app.stock.schemas import StockFacetsOut, StockFilter, StockOut

RECORDS: dict[str, type[BaseModel]] = {
    "events": EventOut,
    "capacities": CapacityOut,
    "stock": StockOut,
    "areas": AreaOut,
    "areas?geometry=true": AreaOut,
    "events/EV-2008-0006/figures": FigureOut,
    "events/EV-2008-0006/figures?as_of=2026-11-01": FigureOut,
    "reference/hazards": HazardOut,
    "reference/resource-types": ResourceTypeOut,
    "reference/resource-families": PlacedOut,
    "reference/units": CodeOut,
    "reference/indicators": PlacedOut,
    "reference/languages": LanguageOut,
    "reference/organisations": OrganisationOut,
    "reference/meetings": MeetingOut,
    "reference/countries": CountryRecordOut,
    "reference/disputed-features": DisputedOut,
    "reference/sources": SourceRecordOut,
}


def records(client: TestClient, name: str, **params: Any) -> Iterator[dict[str, Any]]:
    url: str | None = f"/api/v1/{name}?{urlencode({'limit': 500, **params})}"
    while url:
        page = client.get(url).json()
        yield from page["results"]
        url = page["next"]


@pytest.mark.parametrize("lang", ["en", "ru", "ps"])
@pytest.mark.parametrize("name", RECORDS)
def test_every_record_is_what_the_document_says(portal: TestClient, name: str, lang: str) -> None:
    model, seen = RECORDS[name], 0
    path, _, query = name.partition("?")
    for record in records(portal, path, lang=lang, **dict(pair.split("=") for pair in query.split("&") if pair)):
        model.model_validate(record, strict=False, extra="forbid")
        missing = {name for name, field in model.model_fields.items() if field.is_required()} - set(record)
        assert not missing
        seen += 1
    assert seen > 0


@pytest.mark.parametrize("name", ["events", "capacities", "stock", "areas"])
def test_the_single_record_is_the_one_of_the_list(portal: TestClient, name: str) -> None:
    for record in list(records(portal, name))[::17]:
        assert portal.get(f"/api/v1/{name}/{record['id']}").json() == record
        assert portal.get(f"/api/v1/{name}/{record['ref']}").json() == record


@pytest.mark.parametrize("name", ["events", "capacities", "stock", "areas", "reference/hazards"])
def test_the_envelope_is_what_the_document_says(portal: TestClient, name: str) -> None:
    list_of(RECORDS[name]).model_validate(portal.get(f"/api/v1/{name}").json(), extra="forbid")


def test_the_index_and_the_facets_are_what_the_document_says(portal: TestClient) -> None:
    list_of(ListOut).model_validate(portal.get("/api/v1/reference").json(), extra="forbid")
    for name, model in (("capacities", FacetsOut), ("events", EventFacetsOut), ("stock", StockFacetsOut)):
        model.model_validate(portal.get(f"/api/v1/{name}/facets").json(), extra="forbid")
    for name, model in (("headlines", HeadlineFiguresOut), ("figures/series", FigureSeriesOut)):
        model.model_validate(portal.get(f"/api/v1/events/EV-2008-0006/{name}").json(), extra="forbid")


# a list and what it can be asked
ASKED: tuple[tuple[Listing, type[TableFilter]], ...] = (
    (CAPACITIES, CapacityFilter), (EVENTS, EventFilter), (FIGURES, FigureFilter), (FIGURES_THEN, FigureFilter), (SOURCES, TableFilter), (STOCK, StockFilter),
    (ORGANISATIONS, OrganisationFilter), (MEETINGS, MeetingFilter), (AREAS, AreaFilter), (DISPUTED, DisputedFilter),
    (HAZARDS, PlacedFilter), (TYPES, PlacedFilter), (FAMILIES, PlacedFilter), (INDICATORS, PlacedFilter), (COUNTRIES, PlacedFilter),
    (UNITS, TableFilter), (SPOKEN, TableFilter),
)  # fmt: skip


@pytest.mark.parametrize(("listing", "where"), ASKED)
def test_every_filter_that_is_offered_has_its_sql(listing: Listing, where: type[TableFilter]) -> None:
    """A filter without SQL would be ignored in silence."""
    # they shape the answer, or order it, and leave no row out
    no_filters = {"ordering", "limit", "cursor", "format", "hxl", "lang", "near", "geometry"}
    assert set(where.model_fields) - no_filters <= set(listing.filters)


@pytest.mark.parametrize(("listing", "where"), ASKED)
def test_the_document_lists_the_fields_to_order_by(listing: Listing, where: type[TableFilter]) -> None:
    described = str(where.model_fields["ordering"].description).partition(";")[0].split(", ")
    assert set(described) == set(listing.keys("en")) - {"near", "q"}
