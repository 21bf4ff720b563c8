"""Whether what is offered fits: against what was asked for, and against what the rescuers there use."""

from datetime import date
from typing import Any

import pytest

from app import languages
from app.equipment.fit import Fit, fit, verdict_of
from app.equipment.schemas import Specification, Use

NOTHING = Specification()


def use(type: str = "cutting", item: str | None = None, crews: int | None = None, **said: Any) -> Use:
    return Use(item, type, Specification(**said), crews, date(2026, 5, 4) if crews else None)


def found(fits: list[Fit], what: str) -> Fit | None:
    return next((one for one in fits if one.what == what), None)


def verdict(what: str, asked: Specification, uses: list[Use], offered: Specification, **kind: Any) -> str | None:
    one = found(fit(asked, uses, offered, **kind), what)
    return one.verdict if one else None


def test_nothing_asked_and_nothing_used_says_nothing() -> None:
    assert fit(NOTHING, [], Specification(fuel="petrol", voltage_v=230)) == []
    assert verdict_of([]) == "unknown"


def test_what_was_asked_for_counts_before_what_is_used() -> None:
    asked, used = Specification(fuel="battery"), [use(fuel="petrol")]
    assert verdict("fuel", asked, used, Specification(fuel="battery")) == "fits"
    assert verdict("fuel", asked, used, Specification(fuel="petrol")) == "not"


def test_a_tool_that_runs_on_another_fuel_does_not_fit_and_says_why() -> None:
    one = found(fit(NOTHING, [use(fuel="petrol"), use(fuel="diesel")], Specification(fuel="battery")), "fuel")
    assert one == Fit("fuel", "not", "Driven by: battery; the rescuers use petrol, diesel.")


def test_what_is_not_said_is_unknown() -> None:
    one = found(fit(Specification(voltage_v=220), [], NOTHING), "voltage_v")
    assert one == Fit("voltage_v", "unknown", "Voltage: not said; asked for is 220 V.")


@pytest.mark.parametrize(("offered", "expected"), [(220, "fits"), (230, "fits"), (240, "fits"), (110, "not")])
def test_voltages_of_one_mains_fit_each_other(offered: int, expected: str) -> None:
    assert verdict("voltage_v", NOTHING, [use(voltage_v=220)], Specification(voltage_v=offered)) == expected


@pytest.mark.parametrize(("plug", "socket", "expected"), [("C", "F", "fits"), ("F", "C", "not"), ("G", "F", "not")])
def test_a_plug_goes_into_the_sockets_that_take_it(plug: str, socket: str, expected: str) -> None:
    used, offered = [use(plug=socket)], Specification.model_validate({"plug": plug})
    assert verdict("plug", NOTHING, used, offered) == expected


def test_one_language_of_the_manual_is_enough() -> None:
    asked = Specification(manual_languages=["fa-AF", "ps"])
    assert verdict("manual_languages", asked, [], Specification(manual_languages=["en", "ps"])) == "fits"
    assert verdict("manual_languages", asked, [], Specification(manual_languages=["en"])) == "not"


def test_it_may_be_lighter_than_asked_for_never_heavier() -> None:
    asked = Specification(weight_kg=20)
    assert verdict("weight_kg", asked, [], Specification(weight_kg=12)) == "fits"
    one = found(fit(asked, [], Specification(weight_kg=25)), "weight_kg")
    assert one == Fit("weight_kg", "not", "Weight: 25 kg; it may weigh 20 kg at most.")


def test_another_make_than_the_one_in_use_is_for_the_rescuers_to_judge() -> None:
    assert verdict("make", NOTHING, [use(make="Holmatro")], Specification(make="Lukas")) == "unknown"
    assert verdict("make", NOTHING, [use(make="Holmatro")], Specification(make="HOLMATRO")) == "fits"
    assert verdict("make", Specification(make="Holmatro"), [], Specification(make="Lukas")) == "not"


def test_only_tools_of_the_same_kind_say_what_drives_it() -> None:
    uses = [use("boat", fuel="petrol"), use("cutting", fuel="battery")]
    offered = Specification(fuel="battery")
    assert verdict("fuel", NOTHING, uses, offered, resource_type_code="cutting") == "fits"
    assert verdict("fuel", NOTHING, uses, offered, resource_type_code="boat") == "not"
    assert verdict("fuel", NOTHING, uses, offered, resource_type_code="tent") is None


def test_the_same_item_says_more_than_its_type() -> None:
    uses = [use("pump", "pump-old", thread="bs336"), use("pump", "pump-new", thread="storz")]
    offered = Specification(thread="storz")
    assert verdict("thread", NOTHING, uses, offered, item_code="pump-new", resource_type_code="pump") == "fits"
    assert verdict("thread", NOTHING, uses, offered, item_code="pump-old", resource_type_code="pump") == "not"


def test_what_belongs_to_the_place_is_known_from_all_tools_but_asked_of_none() -> None:
    uses = [use("pump", voltage_v=220, plug="F")]
    assert verdict("voltage_v", NOTHING, uses, Specification(voltage_v=110), resource_type_code="lamp") == "not"
    assert verdict("voltage_v", NOTHING, uses, NOTHING, resource_type_code="lamp") is None


def test_crews_that_are_trained_on_it_are_told() -> None:
    one = found(fit(NOTHING, [use(crews=3)], NOTHING, resource_type_code="cutting"), "crews")
    assert one == Fit("crews", "fits", "Crews: 3 are trained on it. Last training: 4 May 2026.")
    assert verdict("crews", NOTHING, [use(crews=0)], NOTHING, resource_type_code="cutting") == "not"
    assert verdict("crews", NOTHING, [use()], NOTHING, resource_type_code="cutting") == "unknown"


def test_one_thing_that_does_not_fit_decides() -> None:
    assert verdict_of([Fit("fuel", "fits", ""), Fit("plug", "not", ""), Fit("make", "unknown", "")]) == "not"
    assert verdict_of([Fit("fuel", "fits", ""), Fit("make", "unknown", "")]) == "unknown"
    assert verdict_of([Fit("fuel", "fits", "")]) == "fits"


def test_it_is_said_in_the_readers_language() -> None:
    with languages.speaking("ru"):
        one = found(fit(Specification(weight_kg=20), [], Specification(weight_kg=12)), "weight_kg")
    assert one
    assert "кг" in one.sentence
