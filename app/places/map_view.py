"""What a page tells js/map.js, in data-* attributes: where to look, what to show, and every word it may say."""

import json
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from app import languages
from app.geo import Bbox
from app.languages import gettext as _
from app.static_files import static_url


def view_data(box: Bbox, layers: Sequence[str], query: Mapping[str, str]) -> dict[str, str]:
    """`query` holds the filters of the page: the map shows the same rows as its list."""
    return {
        "bbox": ",".join(str(value) for value in box),
        "layers": " ".join(layers),
        "query": urlencode(query, safe=",:"),
        "lang": languages.current().code,
        "css": static_url("css/map-interactive.css"),
        "words": json.dumps(words(), ensure_ascii=False),
    }


def words() -> dict[str, str]:
    return {
        "map": _("Interactive map. Arrow keys move it, plus and minus zoom."),
        "zoomIn": _("Zoom in"),
        "zoomOut": _("Zoom out"),
        "whole": _("The whole region"),
        "layers": _("Layers"),
        "legend": _("Legend"),
        "close": _("Close"),
        "loading": _("Loading the map…"),
        "failed": _("The interactive map could not be loaded. The drawn map stays."),
        "tilesFailed": _("Part of the map could not be loaded."),
        "areas": _("Areas"),
        "places": _("Towns"),
        "events": _("Events"),
        "capacities": _("Capacities"),
        "entry-points": _("Entry points"),
        "red": _("Red alert"),
        "orange": _("Orange alert"),
        "green": _("Green alert"),
        "unrated": _("Event without alert level"),
        "capacity": _("Capacity"),
        "entry": _("Entry point"),
        "shut": _("Entry point, closed"),
        "several": _("Several; the number says how many"),
        "disputed": _("Disputed border"),
        "demonstration": _("Demo"),
        "here": _("%(n)s here"),
        "list": _("Show them as a list"),
        "zoomTo": _("Zoom to them"),
        "attribution": _("Areas and borders: made with Natural Earth (public domain)"),
    }
