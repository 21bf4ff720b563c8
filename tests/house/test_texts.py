"""Every text a person sees is in Russian too; no translation loses or invents a placeholder."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from app.commands.texts import LOCALES, ROOT, extract_to

PLACE = re.compile(r"%\(\w+\)s")
# What an authority meets that asks for help, is offered it and signs for it: the rooms, and the ground their pages stand on
ASKING = ("requests", "offers", "deployments", "papers")
GROUND = (
    "forms",
    "web",
    "errors",
    "writing",
    "idempotency",
    "calendars",
    "exercises",
    "filters",
    "paging",
    "codes",
    "answers",
)
PAGES = (
    "base.html",
    "components/*.html",
    "errors/*.html",
    "accounts/sign_in*.html",
    *(f"{room}/*.html" for room in ASKING),
)


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def key(message: Message) -> tuple[str, str]:
    return (message.context or "", message.id if isinstance(message.id, str) else message.id[0])


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Message]:
    template = tmp_path_factory.mktemp("texts") / "portal.pot"
    extract_to(template)
    return {key(message): message for message in catalogue(template) if message.id}


def test_russian_is_complete(texts: dict[tuple[str, str], Message]) -> None:
    russian = catalogue(LOCALES / "ru" / "LC_MESSAGES" / "portal.po")
    translated = {key(message) for message in russian if message.id and all(forms(message))}
    assert texts.keys() - translated == set()


def said_to_who_asks() -> set[tuple[str, str]]:
    """The texts of the pages of requests, offers and receipts, and of what their doors answer."""
    pages = [("jinja2", path) for page in PAGES for path in (ROOT / "frontend" / "templates").glob(page)]
    rooms = [path for room in ASKING for path in (ROOT / "app" / room).glob("*.py")]
    doors = [("python", path) for path in [*rooms, *(ROOT / "app" / f"{name}.py" for name in GROUND)]]
    return {
        (context or "", said if isinstance(said, str) else said[0])
        for method, path in [*pages, *doors]
        for _line, said, _comments, context in extract_from_file(method, path)
    }


@pytest.mark.parametrize("locale", ["fa_AF", "ps"])
def test_whoever_asks_for_help_can_do_so_in_dari_and_pashto(locale: str) -> None:
    known = {
        key(one) for one in catalogue(LOCALES / locale / "LC_MESSAGES" / "portal.po") if one.id and all(forms(one))
    }
    asked = said_to_who_asks()
    assert len(asked) > 700
    assert asked - known == set()


@pytest.mark.parametrize("locale", ["ru", "kk", "ky", "fa_AF", "ps"])
def test_translations_keep_their_placeholders(locale: str, texts: dict[tuple[str, str], Message]) -> None:
    for message in catalogue(LOCALES / locale / "LC_MESSAGES" / "portal.po"):
        if message.id and key(message) in texts:
            source = message.id if isinstance(message.id, str) else message.id[-1]
            for text in filter(None, forms(message)):
                assert set(PLACE.findall(text)) == set(PLACE.findall(source)), text


def test_russian_counts_in_three_forms() -> None:
    from app import languages

    with languages.speaking("ru"):
        said = [languages.ngettext("%(count)s event", "%(count)s events", n) % {"count": n} for n in (1, 2, 5, 21)]
    assert said == [
        "1 чрезвычайная ситуация",
        "2 чрезвычайные ситуации",
        "5 чрезвычайных ситуаций",
        "21 чрезвычайная ситуация",
    ]
