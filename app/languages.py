"""Which language an answer is in, and the texts of that language.

Codes never change with the language: `en ru kk ky fa-AF ps`. Texts live in `frontend/locales/<code>/LC_MESSAGES/portal.po`
and are compiled in memory at start, so that a translator's correction needs no build step.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent.parent / "frontend" / "locales"
COOKIE = "lang"
DEFAULT = "en"


@dataclass(frozen=True)
class Language:
    """One language people can read the portal in; `locale` is what Babel formats dates with, and numbers unless said."""

    code: str
    name: str
    direction: str
    locale: str
    is_complete: bool
    numbers: str = ""


LANGUAGES = {
    language.code: language
    for language in (
        Language("en", "English", "ltr", "en_GB", True),
        Language("ru", "Русский", "ltr", "ru", True),
        Language("kk", "Қазақша", "ltr", "kk", False),
        Language("ky", "Кыргызча", "ltr", "ky", False),
        Language("fa-AF", "دری", "rtl", "fa_AF", False),
        # Babel would group Pashto thousands by full stops: 26.000 between Latin digits reads as twenty-six
        Language("ps", "پښتو", "rtl", "ps_AF", False, numbers="fa_AF"),
    )
}

# `prs` is ISO 639-3 for Dari; plain `fa` in a browser's list is still better served in Dari than in English.
ALIASES = {"prs": "fa-AF", "prs-af": "fa-AF", "fa": "fa-AF"}

_current: ContextVar[str] = ContextVar("language", default=DEFAULT)


class UnknownLanguage(ValueError):
    """The `lang` asked for is none of LANGUAGES."""


def known(code: str) -> str | None:
    """The portal's own code for a language tag, or None: `RU` and `ru-KZ` are `ru`, `prs` is `fa-AF`."""
    tag = code.strip().replace("_", "-").lower()
    exact = {own.lower(): own for own in LANGUAGES} | ALIASES
    return exact.get(tag) or exact.get(tag.split("-")[0])


def asked_for(code: str) -> str:
    """The language of an explicit `lang=`. Only the codes themselves and `prs` count here: the contract is strict."""
    if code in LANGUAGES:
        return code
    if code == "prs":
        return ALIASES[code]
    raise UnknownLanguage(code)


def negotiate(lang: str | None, cookie: str | None = None, accept_language: str | None = None) -> str:
    """`lang=` first, then the cookie of an earlier choice, then what the browser prefers, then English."""
    if lang is not None:
        return asked_for(lang)
    if cookie in LANGUAGES:
        return cookie
    return next(_preferred(accept_language or ""), DEFAULT)


def _preferred(accept_language: str) -> Iterator[str]:
    """Known languages of an Accept-Language header, the most wanted first."""
    for tag in by_weight(accept_language):
        if code := known(tag):
            yield code


def by_weight(header: str) -> list[str]:
    """What an Accept or Accept-Language header names, the most wanted first; `q=0` means "not this"."""
    wanted = [_weighted(part) for part in header.split(",")[:20]]
    return [name for weight, name in sorted(wanted, key=lambda pair: -pair[0]) if weight > 0]


def _weighted(part: str) -> tuple[float, str]:
    name, *parameters = (piece.strip() for piece in part.split(";"))
    try:
        weights = [float(one[2:]) for one in parameters if one.startswith("q=")]
    except ValueError:
        weights = [0.0]
    return (weights or [1.0])[0], name


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Within the block, `_()` and the formats of numbers and dates are those of this language."""
    token = _current.set(code)
    try:
        yield
    finally:
        _current.reset(token)


def speak(code: str) -> None:
    """From here to the end of this request, `_()` answers in this language."""
    _current.set(code)


def current() -> Language:
    return LANGUAGES[_current.get()]


def locale() -> Locale:
    return _locale(current().locale)


def number_locale() -> Locale:
    return _locale(current().numbers or current().locale)


@cache
def _locale(identifier: str) -> Locale:
    return Locale.parse(identifier)


@cache
def translations(code: str) -> NullTranslations:
    """The compiled catalogue; where a text is not translated yet, English stands in."""
    path = LOCALES / code.replace("-", "_") / "LC_MESSAGES" / "portal.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def load(codes: Iterable[str] = LANGUAGES) -> None:
    """Compile every catalogue now, so that the first reader of a language does not wait for it."""
    for code in codes:
        translations(code)


def gettext(message: str) -> str:
    return translations(_current.get()).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    return translations(_current.get()).ngettext(singular, plural, number)


def pgettext(context: str, message: str) -> str:
    return translations(_current.get()).pgettext(context, message)


def npgettext(context: str, singular: str, plural: str, number: int) -> str:
    return translations(_current.get()).npgettext(context, singular, plural, number)


def label(names: dict[str, str] | None) -> str:
    """The name in the current language, else in English."""
    if not names:
        return ""
    return names.get(_current.get()) or names.get("en") or next(iter(names.values()))
