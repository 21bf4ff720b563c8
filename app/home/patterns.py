"""Every component of the pages side by side, for whoever builds pages: /patterns, with DEBUG only."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.forms import Form
from app.permissions import public
from app.web import render

router = APIRouter(include_in_schema=False)

SOURCE = {"code": "S", "name": "Situation report 1", "url": None}
FIGURES = {
    "dead": {"value": 12, "low": None, "high": None, "qualifier": "exact", "source": SOURCE, "as_of": "2026-11-20"},
    "missing": None,
    "injured": {"value": None, "low": 40, "high": 55, "qualifier": "range", "source": SOURCE, "as_of": "2026-11-20"},
    "affected": {"value": 2400, "low": None, "high": None, "qualifier": "at_least", "source": SOURCE, "as_of": None},
    "displaced": {
        "value": 900,
        "low": None,
        "high": None,
        "qualifier": "about",
        "source": SOURCE,
        "as_of": "2026-11-01",
    },
    "houses_destroyed": None,
}
CHOICES = [{"code": "KAZ", "name": "Kazakhstan", "count": 12744}, {"code": "KGZ", "name": "Kyrgyzstan", "count": 3}]
FORM = Form(
    "patterns",
    {"titles.en": ["Mudflow"], "hazard": ["FL"], "countries": ["KAZ"], "visibility": ["public"], "geometry": ["there"]},
    dict.fromkeys(("titles.en", "reason", "weight", "started_at", "geometry", "countries", "visibility"), ""),
    [{"field": "geometry", "message": "Write latitude and longitude."}],
)
COUNTS = [
    {"href": "#counts", "count": 3, "label": "open alerts"},
    {"href": "#counts", "count": 10_000, "is_minimum": True, "label": "capacities"},
]


@router.get("/patterns")
@public
async def show_patterns(request: Request) -> HTMLResponse:
    return render(
        request,
        "home/patterns.html",
        figures=FIGURES,
        choices=CHOICES,
        headline=COUNTS,
        record={"demonstration": True, "exercise": True},
        form=FORM,
    )
