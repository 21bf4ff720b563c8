"""A map drawn by the server as SVG: it needs no JavaScript, and its marks are links to the records of the page.

No map shows a disputed border as settled. Whatever a map shows stands in words on its page too.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup

from app import languages
from app.geo import Bbox
from app.languages import gettext as _
from app.languages import ngettext
from app.places import map_queries
from app.places.map_frame import REGION, WIDTH, Frame, box_of
from app.places.map_view import view_data
from app.reading import Reader, Row

# From the sea upward
LAYERS = ("land", "own", "chosen", "claimed", "inner", "border", "disputed")
KEPT_DRAWINGS = 300
TOUCHING = 13  # units of the drawing: marks nearer than this lie on one another
LETTER = 6.2  # mean width of a letter of a label
LABEL_HEIGHT = 12

# The same shapes as beside the words of a page, so that no mark depends on its colour; around 0,0
SHAPES = {
    "red": "M0-8 9 7H-9z",
    "orange": "M0-8.5 8.5 0 0 8.5-8.5 0z",
    "green": "M-7 0a7 7 0 1 0 14 0 7 7 0 1 0-14 0z",
    "unrated": "M-6.5-6.5h13v13h-13z",
    "capacity": "M-6 0a6 6 0 1 0 12 0 6 6 0 1 0-12 0z",
    "warehouse": "M0-8 8-2V7H-8V-2z",
    "several": "M-9 0a9 9 0 1 0 18 0 9 9 0 1 0-18 0z",
}


@dataclass(frozen=True)
class Mark:
    """A record of the page on its map. `shape` is one of SHAPES; `number` is that of its row, where rows are numbered."""

    lon: float
    lat: float
    title: str
    href: str
    shape: str = "capacity"
    number: str = ""


@dataclass(frozen=True)
class Drawing:
    """For components/map.html: the SVG, where the same view stands on the map page, and what opens the interactive map."""

    svg: Markup
    address: str
    data: Mapping[str, str]

    def __html__(self) -> str:
        return self.svg


_kept: OrderedDict[tuple[object, ...], list[Row]] = OrderedDict()


async def draw_map(
    db: Reader,
    title: str,
    *,
    bbox: Bbox | None = None,
    countries: Sequence[str] = (),
    areas: Sequence[str] = (),
    marks: Sequence[Mark] = (),
    link_areas: bool = False,
    layers: Sequence[str] = ("events", "capacities"),
    query: Mapping[str, str] | None = None,
    list_address: str = "",
) -> Drawing:
    """Draw `bbox`, else what is chosen (`countries` by ISO 3166, `areas` by id), else the marks, else the whole region.

    `link_areas` makes each area of the countries a link to its page. `layers` and `query` (the page's filters) are for
    the interactive map; `list_address` is where several marks on one spot lead, with a bbox around them.
    """
    frame = Frame.around(bbox or await _box_of_chosen(db, countries, areas) or _box_of_marks(marks) or REGION)
    rows = await _shapes(db, frame, countries, areas, link_areas)
    towns = await db.rows(map_queries.towns(frame.box, countries if link_areas else (), languages.current().code))
    inside = [*_layers(rows), *_area_links(rows), *_town_labels(towns, frame, marks)]
    svg = _document(title, frame, Markup("").join(inside), _marks(marks, frame, list_address))
    address = "/map?" + urlencode({"bbox": _text(frame.box), **(query or {})}, safe=",:")
    return Drawing(svg, address, view_data(frame.box, layers, query or {}))


async def _box_of_chosen(db: Reader, countries: Sequence[str], areas: Sequence[str]) -> Bbox | None:
    found = await db.row(map_queries.extent(countries, areas)) if countries or areas else None
    return Bbox(*found) if found else None


def _box_of_marks(marks: Sequence[Mark]) -> Bbox | None:
    return box_of((mark.lon, mark.lat) for mark in marks) if marks else None


async def _shapes(
    db: Reader, frame: Frame, countries: Sequence[str], areas: Sequence[str], link_areas: bool
) -> list[Row]:
    """Kept as long as no area changes: most pages of a country show the same ground."""
    inner = countries if len(countries) == 1 else ()
    lang = languages.current().code
    statement = map_queries.shapes(frame, countries, areas, inner, countries if link_areas else (), lang)
    if not db.versions.listening:
        return await db.rows(statement)
    key = (db.versions.now.of(("places",)), frame, tuple(countries), tuple(areas), link_areas, lang)
    if key not in _kept:
        _kept[key] = await db.rows(statement)
        if len(_kept) > KEPT_DRAWINGS:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return _kept[key]


def _layers(rows: Iterable[Row]) -> list[Markup]:
    paths = {layer: path for layer, _code, _name, path in rows}
    drawn = Markup('<path class="map-{}" d="{}"/>')
    return [drawn.format(layer, paths[layer]) for layer in LAYERS if layer in paths]


def _area_links(rows: Iterable[Row]) -> list[Markup]:
    """For the mouse only: the page lists the same links, and thirty more stops would be in the way of a keyboard."""
    link = Markup('<a class="map-area" href="/places/{}" tabindex="-1"><title>{}</title><path d="{}"/></a>')
    return [link.format(code, name, path) for layer, code, name, path in rows if layer == "area"]


def _town_labels(towns: Iterable[Row], frame: Frame, marks: Sequence[Mark]) -> list[Markup]:
    """Each town whose name finds room beside the names and marks that are there already."""
    taken = [_around(*frame.place(mark.lon, mark.lat), 10, 10) for mark in marks]
    labels = []
    for name, kind, lon, lat in towns:
        x, y = frame.place(lon, lat)
        half = len(name) * LETTER / 2
        for dx, dy in ((0, -5), (0, 13), (-half - 5, 4), (half + 5, 4)):  # above its dot, below, left, right
            box = _around(x + dx, y + dy - 4, half, LABEL_HEIGHT / 2)
            if _fits(box, frame) and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                labels.append(_town_label(x, y, round(dx), dy, name, kind))
                break
    return labels


def _town_label(x: int, y: int, dx: int, dy: int, name: str, kind: str) -> Markup:
    """Anchored in its middle wherever it stands: "start" is the other side in a script that runs to the left."""
    town = Markup(
        '<g class="map-town map-town--{}" transform="translate({} {})"><circle r="2.2"/><text x="{}" y="{}">{}</text></g>'
    )
    return town.format(kind, x, y, dx, dy, name)


Box = tuple[float, float, float, float]


def _around(x: float, y: float, half_width: float, half_height: float) -> Box:
    return x - half_width, y - half_height, x + half_width, y + half_height


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _fits(box: Box, frame: Frame) -> bool:
    return box[0] >= 2 and box[1] >= 2 and box[2] <= WIDTH - 2 and box[3] <= frame.height - 2


def _marks(marks: Sequence[Mark], frame: Frame, list_address: str) -> list[Markup]:
    spots: dict[tuple[int, int], list[Mark]] = {}
    for mark in marks:
        x, y = frame.place(mark.lon, mark.lat)
        if frame.holds(x, y):
            spots.setdefault(_near(spots, x, y) or (x, y), []).append(mark)
    return [
        _mark(x, y, found[0]) if len(found) == 1 else _several(x, y, found, list_address)
        for (x, y), found in spots.items()
    ]


def _near(spots: Iterable[tuple[int, int]], x: int, y: int) -> tuple[int, int] | None:
    return next((spot for spot in spots if abs(spot[0] - x) < TOUCHING and abs(spot[1] - y) < TOUCHING), None)


def _mark(x: int, y: int, mark: Mark) -> Markup:
    inside = _shape(mark.shape, mark.number)
    link = Markup('<a class="map-mark map-mark--{}" href="{}" transform="translate({} {})"><title>{}</title>{}</a>')
    return link.format(mark.shape, mark.href, x, y, mark.title, inside)


def _several(x: int, y: int, marks: Sequence[Mark], list_address: str) -> Markup:
    """Marks that would hide one another: their number, which leads to the list of them."""
    box = box_of((mark.lon, mark.lat) for mark in marks)
    query = urlencode(
        {"bbox": _text(Bbox(box.west - 1e-4, box.south - 1e-4, box.east + 1e-4, box.north + 1e-4))}, safe=","
    )
    joint = "&" if "?" in list_address else "?"
    href = Markup(' href="{}"').format(f"{list_address}{joint}{query}") if list_address else Markup("")
    link = Markup('<a class="map-mark map-mark--several"{} transform="translate({} {})"><title>{}</title>{}</a>')
    return link.format(href, x, y, _together(marks), _shape("several", str(len(marks))))


def _together(marks: Sequence[Mark]) -> str:
    names = "; ".join(mark.title for mark in marks[:5])
    rest = len(marks) - 5
    return names + ("; " + ngettext("and %(n)s more", "and %(n)s more", rest) % {"n": rest} if rest > 0 else "")


def _shape(name: str, number: str) -> Markup:
    text = Markup("<text>{}</text>").format(number) if number else Markup("")
    return Markup('<path d="{}"/>{}').format(SHAPES[name], text)


def _document(title: str, frame: Frame, ground: Markup, marks: Sequence[Markup]) -> Markup:
    """With links in it a drawing is a group, for assistive technology hides what is inside an image."""
    svg = Markup(
        '<svg class="map-drawing" viewBox="0 0 {} {}" role="{}" aria-label="{}"><desc>{}</desc>'
        '<g aria-hidden="true">{}</g>{}</svg>'
    )
    description = _("Countries, capitals and what this page is about. Dashed lines are disputed.")
    role = "group" if marks else "img"
    return svg.format(WIDTH, frame.height, role, title, description, ground, Markup("").join(marks))


def _text(box: Bbox) -> str:
    return ",".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in box)
