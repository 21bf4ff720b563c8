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

# From the sea upward; areas that are links lie where nothing hides them
LAYERS = ("land", "own", "country", "chosen", "claimed", "inner", "border", "disputed", "area")
LINKS = ("country", "area")
KEPT_DRAWINGS = 300
AROUND_MARKS = 0.15  # of the frame: the ground that tells where the outermost lie
TOUCHING = 13  # units of the drawing: marks nearer than this lie on one another
LETTER = 6.8  # width of a letter of a label, rather more than less
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


GRAVITY = ("unrated", "green", "orange", "red")


@dataclass(frozen=True)
class Mark:
    """A record of the page on its map. `shape` is one of SHAPES: an alert level for an event, else what it is.

    `number` is that of its row, where rows are numbered.
    """

    lon: float
    lat: float
    title: str
    href: str
    shape: str = "capacity"
    number: str = ""

    @property
    def is_event(self) -> bool:
        return self.shape in GRAVITY


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

    `link_areas` makes each area of one country, or each of several countries, a link to its page. `layers` and `query`
    (the page's filters) are for the interactive map; `list_address` is where several marks on one spot lead, with a bbox.
    """
    frame = await _frame(db, bbox, countries, areas, marks)
    rows = await _shapes(db, frame, countries, areas, link_areas)
    lang = languages.current().code
    names = await db.rows(map_queries.names(frame.box, countries if len(countries) == 1 else (), lang))
    inside = [*_layers(rows), *_labels(names, frame, marks)]
    svg = _document(title, frame, Markup("").join(inside), _marks(marks, frame, list_address))
    address = "/map?" + urlencode({"bbox": _text(frame.box), **(query or {})}, safe=",:")
    return Drawing(svg, address, view_data(frame.box, layers, query or {}))


async def _frame(
    db: Reader, bbox: Bbox | None, countries: Sequence[str], areas: Sequence[str], marks: Sequence[Mark]
) -> Frame:
    if bbox:
        return Frame.around(bbox)
    if (countries or areas) and (found := await db.row(map_queries.extent(countries, areas))):
        return Frame.around(Bbox(*found))
    if marks:
        return Frame.around(box_of((mark.lon, mark.lat) for mark in marks), margin=AROUND_MARKS)
    return Frame.around(REGION)


async def _shapes(
    db: Reader, frame: Frame, countries: Sequence[str], areas: Sequence[str], link_areas: bool
) -> list[Row]:
    """Kept as long as no area changes: most pages of a country show the same ground."""
    lang = languages.current().code
    statement = map_queries.shapes(frame, countries, areas, link_areas, lang)
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
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return [_link(*row) if layer in LINKS else _path(*row) for layer in LAYERS for row in found.get(layer, ())]


def _path(layer: str, _code: str, _name: str, path: str) -> Markup:
    return Markup('<path class="map-{}" d="{}"/>').format(layer, path)


def _link(layer: str, code: str, name: str, path: str) -> Markup:
    """For the mouse only: the page lists the same links, and thirty more stops would be in the way of a keyboard."""
    link = Markup('<a class="map-{}" href="/places/{}" tabindex="-1"><title>{}</title><path d="{}"/></a>')
    return link.format(layer, code, name, path)


def _labels(names: Iterable[Row], frame: Frame, marks: Sequence[Mark]) -> list[Markup]:
    """Each name that finds room beside the names and marks that are there already."""
    taken = [_around(*frame.place(mark.lon, mark.lat), 10, 10) for mark in marks]
    labels = []
    for name, kind, lon, lat in names:
        x, y = frame.place(lon, lat)
        half = len(name) * LETTER / 2
        for dx, dy in _offsets(kind, half):
            box = _around(x + dx, y + dy - 4, half, LABEL_HEIGHT / 2)
            if _fits(box, frame) and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                labels.append(_label(x, y, round(dx), dy, name, kind))
                break
    return labels


def _offsets(kind: str, half: float) -> tuple[tuple[float, int], ...]:
    """Where a name may stand: a country's in its middle, a town's above its dot, below, to the left, to the right."""
    return ((0, 4),) if kind == "country" else ((0, -5), (0, 13), (-half - 5, 4), (half + 5, 4))


def _label(x: int, y: int, dx: float, dy: int, name: str, kind: str) -> Markup:
    """Anchored in its middle wherever it stands: "start" is the other side in a script that runs to the left."""
    dot = Markup("") if kind == "country" else Markup('<circle r="2.2"/>')
    label = Markup('<g class="map-name map-name--{}" transform="translate({} {})">{}<text x="{}" y="{}">{}</text></g>')
    return label.format(kind, x, y, dot, dx, dy, name)


Box = tuple[float, float, float, float]


def _around(x: float, y: float, half_width: float, half_height: float) -> Box:
    return x - half_width, y - half_height, x + half_width, y + half_height


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _fits(box: Box, frame: Frame) -> bool:
    return box[0] >= 2 and box[1] >= 2 and box[2] <= WIDTH - 2 and box[3] <= frame.height - 2


Spots = dict[tuple[int, int], list[Mark]]


def _marks(marks: Sequence[Mark], frame: Frame, list_address: str) -> list[Markup]:
    """Events on top. What lies on one another is gathered, but no event is hidden among capacities."""
    ordered = sorted(marks, key=lambda mark: GRAVITY.index(mark.shape) if mark.is_event else -1)
    others = _spots([mark for mark in ordered if not mark.is_event], frame)
    events = _spots([mark for mark in ordered if mark.is_event], frame)
    spots = [*others.items(), *events.items()]
    return [
        _mark(x, y, one) if not more else _several(x, y, [one, *more], list_address) for (x, y), [one, *more] in spots
    ]


def _spots(marks: Iterable[Mark], frame: Frame) -> Spots:
    spots: Spots = {}
    for mark in marks:
        x, y = frame.place(mark.lon, mark.lat)
        if frame.holds(x, y):
            near = (at for at in spots if abs(at[0] - x) < TOUCHING and abs(at[1] - y) < TOUCHING)
            spots.setdefault(next(near, (x, y)), []).append(mark)
    return spots


def _mark(x: int, y: int, mark: Mark) -> Markup:
    inside = _shape(mark.shape, mark.number)
    link = Markup('<a class="map-mark map-mark--{}" href="{}" transform="translate({} {})"><title>{}</title>{}</a>')
    return link.format(mark.shape, mark.href, x, y, mark.title, inside)


def _several(x: int, y: int, marks: Sequence[Mark], list_address: str) -> Markup:
    """Marks that would hide one another: their number, which leads to the list of them. Of events, the gravest's shape."""
    shape = marks[-1].shape if marks[-1].is_event else "several"
    href = Markup(' href="{}"').format(_list_around(marks, list_address)) if list_address else Markup("")
    link = Markup('<a class="map-mark map-mark--{}"{} transform="translate({} {})"><title>{}</title>{}</a>')
    return link.format(shape, href, x, y, _together(marks), _shape(shape, str(len(marks))))


def _list_around(marks: Sequence[Mark], address: str) -> str:
    """The list's address with a box that just holds the marks."""
    west, south, east, north = box_of((mark.lon, mark.lat) for mark in marks)
    box = _text(Bbox(west - 1e-4, south - 1e-4, east + 1e-4, north + 1e-4))
    return f"{address}{'&' if '?' in address else '?'}bbox={box}"


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
    role = "group" if marks or "<a " in ground else "img"
    return svg.format(WIDTH, frame.height, role, title, description, ground, Markup("").join(marks))


def _text(box: Bbox) -> str:
    return ",".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in box)
