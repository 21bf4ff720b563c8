"""Pages: the one template environment, its filters, and `render()`.

A page receives the JSON of the HTTP contract as plain dicts and lists; whatever a reader sees of it is put into words here
and in `frontend/templates/components/`. What is not known is shown as "—", never as zero.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from fastapi import Query
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from app import calendars, demonstration, exercises, languages
from app.answers import note
from app.errors import Invalid
from app.paging import Page
from app.permissions import asking
from app.reading import HotDb
from app.static_files import static_url

FRONTEND = Path(__file__).parent.parent / "frontend"
NOT_KNOWN = "—"
YEAR = 365 * 24 * 3600
DAY = re.compile(r"\d{4}-\d\d-\d\d")


# -- texts of pages ---------------------------------------------------------------------------------------------------

ENGLISH, ITS_END = (
    "\u2066",
    "\u2069",
)  # Unicode's isolates: they work in attributes and titles too, where <bdi> does not


def readable(said: str, *english: str) -> str:
    """On a page that runs to the left, a text that is not translated yet keeps its own order, or 35 km becomes km 35."""
    is_foreign = said in english and languages.current().direction == "rtl"
    return f"{ENGLISH}{said}{ITS_END}" if is_foreign else said


def gettext(message: str) -> str:
    return readable(languages.gettext(message), message)


def ngettext(singular: str, plural: str, number: int) -> str:
    return readable(languages.ngettext(singular, plural, number), singular, plural)


def pgettext(context: str, message: str) -> str:
    return readable(languages.pgettext(context, message), message)


def npgettext(context: str, singular: str, plural: str, number: int) -> str:
    return readable(languages.npgettext(context, singular, plural, number), singular, plural)


# -- what templates can say -------------------------------------------------------------------------------------------


def number(value: float | None) -> str:
    """12744 as the reader's language groups it: 12,744 or 12 744."""
    if value is None:
        return NOT_KNOWN
    return format_decimal(value, format="#,##0.##", locale=languages.number_locale())


def moment(value: str | datetime) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if len(value) == 10 else datetime.fromisoformat(value)


def day(value: str | date | None, precision: str = "day") -> Markup | str:
    """A date in words, in a <time> that machines can read. `precision` month: the day is not known."""
    if not value:
        return NOT_KNOWN
    on = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    pattern = "LLLL y" if precision == "month" else "d MMM y"
    machine = on.isoformat()[:7] if precision == "month" else on.isoformat()
    words = format_date(on, pattern, locale=languages.locale())
    return Markup('<time datetime="{}">{}</time>').format(machine, words)


def instant(value: str | datetime | None, precision: str = "hour") -> Markup | str:
    """A moment in UTC, said to be so: responders sit in five time zones."""
    at = moment(value) if value else None
    if at is None or precision not in ("hour", "minute"):
        return day(at.date() if at else None, precision)
    words = format_datetime(at.astimezone(UTC), "d MMM y, HH:mm", locale=languages.locale())
    return Markup('<time datetime="{}">{} UTC</time>').format(at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ"), words)


def local(value: str | date | None, country: str | Mapping[str, Any] | None) -> calendars.LocalMoment | None:
    """A moment on the clock of a country (its code, an object with `iso3`, or a time zone); None: of a day, or not known."""
    place = country.get("time_zone") or country.get("iso3") if isinstance(country, Mapping) else country
    zone = calendars.zone_of(place)
    at = None if isinstance(value, str) and len(value) <= 10 else value  # a day has no clock
    if zone is None or not isinstance(at, str | datetime):
        return None
    return calendars.local_moment(moment(at), zone)


def weight(kilograms: float | None) -> str:
    if kilograms is None:
        return NOT_KNOWN
    if kilograms >= 1000:
        return gettext("%(n)s t") % {"n": number(kilograms / 1000)}
    return gettext("%(n)s kg") % {"n": number(kilograms)}


def file_size(size: int) -> str:
    """Bytes as people read them: whole kB, or MB with one digit behind the point, 1024 kB each as in the limit."""
    if size >= 1 << 20:
        return gettext("%(n)s MB") % {"n": number(round(size / (1 << 20), 1))}
    return gettext("%(n)s kB") % {"n": number(-(-size // 1024))}


def coordinates(geometry: Mapping[str, Any] | None) -> str:
    """A point as people read it out over the radio: latitude first."""
    if not geometry or geometry.get("type") != "Point":
        return NOT_KNOWN
    lon, lat = geometry["coordinates"][:2]
    return listing([latitude(lat, "0.000"), longitude(lon, "0.000")])


def position(text: str) -> str:
    """The place of a filter: `69.2,37.9` as "37.9° N, 69.2° E", and a box by its two spans."""
    west, south, *corner = (float(part) for part in text.split(","))
    if not corner:
        return listing([latitude(south), longitude(west)])
    east, north = corner
    return listing([f"{latitude(south)} – {latitude(north)}", f"{longitude(west)} – {longitude(east)}"])


def latitude(degrees: float, pattern: str = "0.##") -> str:
    text = gettext("%(degrees)s° N") if degrees >= 0 else gettext("%(degrees)s° S")
    return text % {"degrees": format_decimal(abs(degrees), format=pattern, locale=languages.number_locale())}


def longitude(degrees: float, pattern: str = "0.##") -> str:
    text = gettext("%(degrees)s° E") if degrees >= 0 else gettext("%(degrees)s° W")
    return text % {"degrees": format_decimal(abs(degrees), format=pattern, locale=languages.number_locale())}


def spoken(codes: Iterable[str]) -> str:
    """Languages by their names in the reader's language."""
    names = languages.locale().languages
    return listing(names.get(code.replace("-", "_")) or names.get(code.split("-")[0], code) for code in codes)


def listing(values: Iterable[str]) -> str:
    """Words side by side, with the reader's own comma."""
    comma = "، " if languages.current().direction == "rtl" else ", "
    return comma.join(values)


def paragraphs(text: str) -> Markup:
    """Free text with its blank lines kept as paragraphs."""
    return Markup("").join(Markup("<p>{}</p>").format(part) for part in text.split("\n\n"))


def coded(text: str) -> Markup:
    """Docstrings mark code by backticks."""
    parts = [
        Markup("<code>{}</code>").format(part) if odd % 2 else escape(part) for odd, part in enumerate(text.split("`"))
    ]
    return Markup("").join(parts)


def web_address(url: str | None) -> str:
    """The address where a link may lead, or nothing: data that came from elsewhere could say `javascript:`."""
    return url if url and url.lower().startswith(("https://", "http://")) else ""


FILTERS = {
    "number": number,
    "day": day,
    "instant": instant,
    "day_of_year": calendars.day_of_year,
    "local": local,
    "solar_hijri": calendars.solar_hijri,
    "weight": weight,
    "file_size": file_size,
    "coordinates": coordinates,
    "position": position,
    "listing": listing,
    "spoken": spoken,
    "label": languages.label,
    "paragraphs": paragraphs,
    "coded": coded,
    "web_address": web_address,
}


# -- links ------------------------------------------------------------------------------------------------------------


def clean_query(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What a form sent without its empty fields, several values of one field joined: the shortest URL that says the same."""
    joined: dict[str, list[str]] = {}
    for name, value in pairs:
        if value.strip():
            joined.setdefault(name, []).append(_whole_time(name, value.strip()))
    return [(name, ",".join(values)) for name, values in joined.items()]


def _whole_time(name: str, value: str) -> str:
    """A date field sends a day where the filter wants a time: its beginning, in UTC."""
    is_day = name.endswith(("_after", "_before", "_since")) and DAY.fullmatch(value)
    return f"{value}T00:00:00Z" if is_day else value


def url_with(request: Request, **changes: Any) -> str:
    """This page's address with some filters changed; None takes one away. Paging starts anew unless `cursor` is given."""
    query = dict(clean_query(request.query_params.multi_items())) | {"cursor": None} | changes
    kept = {name: _joined(value) for name, value in query.items() if value not in (None, "", [])}
    return request.url.path + ("?" + urlencode(kept, safe=",:") if kept else "")


def _joined(value: Any) -> str:
    return ",".join(value) if isinstance(value, list | tuple) else str(value)


def values_of(request: Request, name: str) -> list[str]:
    """The values of one filter of this page: `country=KAZ,KGZ` and `country=KAZ&country=KGZ` are the same."""
    return [value for text in request.query_params.getlist(name) for value in text.split(",") if value]


class Elsewhere(Exception):
    """The same thing stands at a better address."""

    def __init__(self, address: str, status: int = 303) -> None:
        super().__init__(address)
        self.address, self.status = address, status


async def on_elsewhere(request: Request, error: Exception) -> RedirectResponse:
    assert isinstance(error, Elsewhere)
    return RedirectResponse(error.address, error.status)


async def as_page(request: Request, db: HotDb) -> None:
    """What every page needs before its door: a clean address, and whether to say that demonstration data are here."""
    tidy_address(request)
    refuse_unknown_language(request)
    for name in ("format", "hxl"):
        if name in request.query_params:
            raise Invalid.field(
                name, languages.gettext("Pages have no %(name)s: files come from /api/v1.") % {"name": name}
            )
    note(request, frame=demonstration.LAYERS)  # the band that says so stands on every page
    request.state.has_demonstration = await demonstration.is_held(db)
    request.state.waiting = await request.app.state.count_waiting(db)  # in the inbox; app/main.py knows who counts


def refuse_unknown_language(request: Request) -> None:
    """An unknown `lang` is told, not guessed at."""
    try:
        languages.asked_for(request.query_params.get("lang", languages.DEFAULT))
    except languages.UnknownLanguage:
        possible = ", ".join(languages.LANGUAGES)
        raise Invalid.field(
            "lang", languages.gettext("lang must be one of: %(codes)s.") % {"codes": possible}
        ) from None


class Plain(BaseModel):
    """What a page without filters can be asked."""

    model_config = ConfigDict(extra="forbid")

    lang: str | None = None


async def without_filters(asked: Annotated[Plain, Query()]) -> None:
    """For doors that take no filter: whatever is asked of them in vain is refused, not ignored."""


def tidy_address(request: Request) -> None:
    """Forms send their empty fields too: drop those and go to the clean address, which is the one to share."""
    sent = request.query_params.multi_items()
    clean = clean_query(sent)
    if sorted(clean) != sorted(sent):
        raise Elsewhere(request.url.path + ("?" + urlencode(clean, safe=",:") if clean else ""))


def shown(request: Request, page: Page) -> dict[str, Any]:
    """A page of a list for its template: what the API answers, with links to pages for people."""
    return {
        "count_is_minimum": False,
        **page.counted,
        "results": [record for record in json.loads(page.results) if "withdrawn_at" not in record],
        "next": _turned(request, page.cursor_next()),
        "previous": _turned(request, page.cursor_previous()),
    }


def names_of(choices: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """{filter: {code: name}} of a list's facets: what the chosen filters are called."""
    return {
        name: {value["code"]: value["name"] for value in values}
        for name, values in choices.items()
        if isinstance(values, list)
    }


def _turned(request: Request, cursor: str | None) -> str | None:
    return url_with(request, cursor=cursor) if cursor else None


# -- rendering --------------------------------------------------------------------------------------------------------


@cache
def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(FRONTEND / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    env.filters.update(FILTERS)
    env.globals.update(
        static=static_url, NOT_KNOWN=NOT_KNOWN, LANGUAGES=languages.LANGUAGES, exercise_word=exercises.word
    )
    return env


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A whole page in the reader's language. Choosing a language by `lang=` is remembered in a cookie."""
    language = languages.current().code  # settled by app/delivery/language.py
    html = environment().get_template(template).render(_surroundings(request, language) | {"status": status} | context)
    answer = HTMLResponse(html, status, headers={"Content-Language": language})
    if status == 200 and request.query_params.get("lang") and request.cookies.get(languages.COOKIE) != language:
        answer.set_cookie(
            languages.COOKIE,
            language,
            max_age=YEAR,
            samesite="lax",
            httponly=True,
            secure=request.app.state.settings.public_url.startswith("https:"),
        )
    return answer


def is_done(request: Request) -> bool:
    """Whether this page follows a form that was done: app/people/access.py leaves word of that for a few seconds."""
    followed = request.cookies.get("__Host-notice") or request.cookies.get("notice")
    return asking().is_known and followed == quote(request.url.path, safe="")


def live_layers(request: Request) -> list[str]:
    """What a page depends on, by nouns: what it listens to while it stands open."""
    layers = request.scope.get("portal.notes", {}).get("layers", ())
    return list(dict.fromkeys(layer.partition("/")[0] for layer in layers))


def _surroundings(request: Request, language: str) -> dict[str, Any]:
    """What every page knows about itself."""
    return {
        "language": languages.LANGUAGES[language],
        "path": request.url.path,
        "address": request.app.state.settings.public_url.rstrip("/") + url_with(request, lang=None),
        "query": dict(clean_query(request.query_params.multi_items())),
        "url_with": lambda **changes: url_with(request, **changes),
        "values_of": lambda name: values_of(request, name),
        "asker": asking(),
        "live_layers": live_layers(request),
        "is_done": is_done(request),
        "has_demonstration": getattr(request.state, "has_demonstration", False),
        "waiting": getattr(request.state, "waiting", None),
    }
