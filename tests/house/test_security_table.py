"""docs/security.md answers every requirement of the list once, and what it names exists."""

import re
from collections import Counter

import pytest

from tests.conftest import ROOT

NUMBERS = (ROOT / "tests" / "house" / "asvs-5.0.0.txt").read_text().split()
TEXT = (ROOT / "docs" / "security.md").read_text()
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
ROWS = ROW.findall(TEXT)
STANDS = ("**met**", "**partly**", "**not met**", "**n/a**")
NAMED = re.compile(r"`((?:app|tests|frontend|migrations|docs|seed)/[\w./-]+|[\w.]+\.(?:yaml|toml|md)|\.\w+ignore)`")


def test_the_list_is_whole() -> None:
    assert len(NUMBERS) == len(set(NUMBERS)) == 174
    assert {number.split(".")[0] for number in NUMBERS} == {"1", "2", "3", "4", "5", "6", "7", "8", "13", "14", "16"}


def test_every_requirement_stands_in_the_table_once_and_in_order() -> None:
    assert [number for number, _asks, _how in ROWS] == NUMBERS


@pytest.mark.parametrize(("number", "asks", "how"), ROWS)
def test_every_row_says_how_it_stands_and_names_what_exists(number: str, asks: str, how: str) -> None:
    assert how.startswith(STANDS), number
    assert len(asks) < 100
    assert len(how) > len("**met**") + 5 or how.startswith("**n/a**"), "why, or where"
    assert [path for path in NAMED.findall(how) if not (ROOT / path).exists()] == []


def test_what_the_text_says_beside_the_table_exists_too() -> None:
    assert [path for path in NAMED.findall(TEXT) if not (ROOT / path).exists()] == []


def test_the_sum_is_the_one_that_is_told() -> None:
    counted = Counter(how.split("**")[1] for _number, _asks, how in ROWS)
    told = re.search(r"Of (\d+) requirements (\d+) are met, (\d+) partly, (\d+) not, and (\d+) do not apply", TEXT)
    assert told
    stands = ("met", "partly", "not met", "n/a")
    assert [int(number) for number in told.groups()] == [len(ROWS), *(counted[name] for name in stands)]
