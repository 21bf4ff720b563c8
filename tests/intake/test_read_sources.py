"""Each source is read in the shape it really has. The happenings are invented, and say so."""

from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest

from app.intake import adapters
from app.intake.schemas import Item
from tests.intake.server import sample


def read(adapter: str, name: str) -> dict[str, Item]:
    parsed = adapters.parse(adapter, sample(name))
    assert (parsed.problems, parsed.is_whole) == ([], True)
    return {item.key: item for item, _ in parsed.items}


def said(item: Item, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(item, name) for name in names)


def at(*parts: int) -> datetime:
    return datetime(2026, *parts, tzinfo=UTC)  # type: ignore[misc]


def test_usgs_earthquakes() -> None:
    items = read("usgs", "usgs.geojson")
    quake = items["us7000test"]
    assert said(quake, "title", "hazard", "magnitude", "magnitude_type", "depth_km", "alert_level") == (
        "M 6.1 - 12 km S of Testtown, Kyrgyzstan", "EQ", 6.1, "mww", 12.4, "orange",
    )  # fmt: skip
    assert quake.started_at == datetime(2026, 7, 8, 5, 30, 0, 123000, tzinfo=UTC)
    assert quake.geometry == {"type": "Point", "coordinates": [74.6, 42.1]}
    assert quake.related_keys == ["usgs:us7000test", "usgs:at00invent"]
    assert items["ci0invent2"].hazard is None  # a quarry blast
    assert said(items["us7000gone"], "is_cancelled", "alert_level", "severity_text") == (True, None, "PAGER yellow")


def test_emsc_earthquakes_by_its_event_service() -> None:
    items = read("emsc", "emsc.json")
    quake = items["20260708_0000042"]
    assert said(quake, "title", "hazard", "magnitude", "depth_km", "source") == (
        "M 6.0 - KYRGYZSTAN", "EQ", 6.0, 15.0, "INVENTED",
    )  # fmt: skip
    assert quake.related_keys == ["emsc:20260708_0000042"]
    assert items["20260708_0000043"].hazard is None  # known as an explosion


def test_emsc_earthquakes_by_rss() -> None:
    quake = read("emsc", "emsc.rss")["20260708_0000042"]
    assert said(quake, "magnitude", "magnitude_type", "depth_km") == (6.0, "MW", 15.0)
    assert quake.geometry == {"type": "Point", "coordinates": [74.55, 42.12]}
    assert quake.started_at == datetime(2026, 7, 8, 5, 30, 1, 200000, tzinfo=UTC)


def test_gdacs_alerts_by_rss() -> None:
    items = read("gdacs_rss", "gdacs.rss")
    quake, flood = items["EQ9400001"], items["FL9100002"]
    assert said(quake, "hazard", "alert_level", "magnitude", "depth_km", "population", "countries", "glides") == (
        "EQ", "orange", 6.1, 12.4, 210000, ["KGZ"], ["EQ-2026-000999-KGZ"],
    )  # fmt: skip
    assert quake.ended_at is None
    assert said(flood, "hazard", "alert_level", "magnitude", "population", "glides", "ended_at") == (
        "FL", "green", None, None, [], at(7, 6, 1),
    )  # fmt: skip


def test_gdacs_alerts_by_its_api() -> None:
    items = read("gdacs_api", "gdacs.json")
    quake = items["EQ9400001"]
    assert said(quake, "alert_level", "magnitude", "countries") == ("orange", 6.1, ["KGZ", "KAZ"])
    assert quake.related_keys == ["gdacs:EQ9400001", "usgs:us7000test"]
    assert quake.summary == "Orange M 6.1 Earthquake in Kyrgyzstan at: 08 Jul 2026 05:30:00."
    assert items["FL9100002"].ended_at == at(7, 6, 1)


def test_eonet_events() -> None:
    items = read("eonet", "eonet.json")
    fire = items["EONET_99001"]
    assert said(fire, "hazard", "severity_text", "started_at", "updated_at") == (
        "WF", "5200.0 acres", at(7, 1), at(7, 3),
    )  # fmt: skip
    assert fire.geometry == {"type": "Point", "coordinates": [76.2, 43.95]}  # where it was seen last
    assert fire.related_keys == ["eonet:EONET_99001", "gdacs:WF9022222"]
    assert said(items["EONET_99002"], "hazard", "ended_at") == ("TC", at(7, 5))
    assert items["EONET_99003"].geometry["type"] == "Polygon"


def test_reliefweb_disasters() -> None:
    disaster = read("reliefweb", "reliefweb.json")["99123"]
    assert said(disaster, "hazard", "countries", "glides", "started_at", "geometry") == (
        "EQ", ["KGZ", "KAZ"], ["EQ-2026-000999-KGZ", "LS-2026-000998-KGZ"], at(7, 8), None,
    )  # fmt: skip
    assert disaster.url == "https://reliefweb.int/disaster/eq-2026-000999-kgz"


def test_places_in_every_way_that_georss_has() -> None:
    items = read("georss", "georss.atom")
    kinds = {key[-1]: (item.hazard, item.geometry["type"]) for key, item in items.items()}
    assert kinds == {
        "1": ("FL", "Point"), "2": ("MS", "Polygon"), "3": ("AV", "LineString"), "4": ("VW", "Polygon"), "5": ("EQ", "Polygon"),
    }  # fmt: skip
    assert items["urn:invented:1"].summary == "Water over the bridge."
    assert items["urn:invented:1"].started_at == at(7, 8, 10)


@pytest.mark.parametrize("name", ["georss.atom", "georss.rss"])
def test_an_independent_reader_finds_the_same_titles_links_and_places(name: str) -> None:
    theirs = feedparser.parse(sample(name)).entries
    ours = list(read("georss", name).values())
    assert [one.title for one in ours] == [one.title for one in theirs]
    assert [one.url for one in ours] == [one.get("link") for one in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        if other.get("where") and mine.geometry["type"] == "Point":
            assert mine.geometry["coordinates"] == list(other.where["coordinates"])


def test_rss_1_in_another_encoding() -> None:
    item = read("georss", "georss.rdf")["https://example.org/news/7"]
    assert said(item, "title", "hazard", "started_at") == ("Сход лавины у перевала", "AV", at(2, 8, 6))
    assert item.geometry == {"type": "Point", "coordinates": [74.1, 42.3]}


def test_rss_2_with_markup_and_an_item_without_a_name() -> None:
    items = read("georss", "georss.rss")
    assert items["v1"].summary == "Ash to 3 km."
    nameless = next(item for key, item in items.items() if key.startswith("derived:"))
    again = next(item for key, item in read("georss", "georss.rss").items() if key.startswith("derived:"))
    assert nameless.key == again.key


def test_a_cap_1_2_warning() -> None:
    (warning,) = read("cap", "cap.xml").values()
    assert warning.key == "warnings@meteo.example,invented-2026-0042"
    assert said(warning, "title", "hazard", "alert_level", "severity_text", "expires_at") == (
        "Mudflows possible (invented)", "MS", "orange", "Severe, Likely, Expected", at(7, 8, 22),
    )  # fmt: skip
    assert warning.geometry["type"] == "MultiPolygon"
    assert warning.related_keys[1] == "cap:warnings@meteo.example,invented-2026-0041"
    assert said(warning, "is_exercise", "is_test", "is_cancelled") == (False, False, False)


def test_a_cap_1_1_cancellation_in_an_exercise() -> None:
    (warning,) = read("cap", "cap_1_1_cancel.xml").values()
    assert said(warning, "is_exercise", "is_cancelled") == (True, True)
    assert "cap:warnings@meteo.example,invented-2026-0042" in warning.related_keys
