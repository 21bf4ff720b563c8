"""Records as the lists of requests, offers and deployments answer them."""

from typing import Any

Record = dict[str, Any]
ANDMA = {"code": "ANDMA", "name": "Afghanistan National Disaster Management Authority"}
CENTRE = {"code": "CESDRR", "name": "Almaty Centre"}
POINT = {"type": "Point", "coordinates": [68.87, 36.73]}


def request(**changes: Any) -> Record:
    line = {
        "no": 1,
        "resource": {"kind": "item", "code": "hydraulic-cutter", "name": "Hydraulic cutter"},
        "description": "Battery driven",
        "specification": {"fuel": "battery", "voltage_v": 220, "manual_languages": ["fa-AF", "ps"]},
        "alternatives": [{"code": "hydraulic-spreader", "name": "Hydraulic spreader"}],
        "quantity": 20,
        "unit": "each",
        "needed_by": "2026-12-01T06:00:00+00:00",
        "cancelled_at": None,
    }
    adviser = line | {
        "no": 2,
        "resource": {"kind": "expertise", "code": "expert-flood", "name": "Flood adviser"},
        "specification": None,
        "alternatives": [],
        "needed_by": None,
    }
    record = {
        "ref": "RQ-2026-0007",
        "title": "Cutting tools for Kunduz",
        "description": "Two districts are cut off",
        "requester": {"organisation": ANDMA},
        "event": {"ref": "EV-2026-0012", "title": "Flood in Kunduz"},
        "status": "approved",
        "priority": "high",
        "needed_by": "2026-12-01T06:00:00+00:00",
        "deliver_to": {"place": "Kunduz airport", "area": {"code": "AF19", "name": "Kunduz"}, "geometry": POINT,
                       "entry_point": {"code": "sher-khan", "name": "Sher Khan Bandar"}, "contact": "+93 700 000 001"},
        "lines": [line, adviser],
        "submitted_at": "2026-11-23T06:00:00.5+00:00",
        "updated_at": "2026-11-23T06:00:00.7+00:00",
    }  # fmt: skip
    return record | changes


def offer(**changes: Any) -> Record:
    line = {
        "no": 1,
        "request_line": {"no": 1, "quantity": 20, "unit": "each", "name": "Hydraulic cutter"},
        "item": {"code": "hydraulic-cutter", "name": "Hydraulic cutter"},
        "type": None,
        "name": "Hydraulic cutter",
        "description": None,
        "specification": {"fuel": "battery"},
        "quantity": 12.5,
        "unit": "each",
        "quantity_accepted": 10,
        "quantity_released": 2,
    }
    beside = line | {"no": 2, "request_line": None, "item": None, "type": {"code": "boat", "name": "Boat"}, "name": "Boat",
                     "quantity_accepted": 0, "quantity_released": 0}  # fmt: skip
    record = {
        "ref": "OF-2026-0003",
        "title": "Tools from the Centre",
        "organisation": CENTRE,
        "request": {"ref": "RQ-2026-0007", "title": "Cutting tools for Kunduz"},
        "event": {"ref": "EV-2026-0012", "title": "Flood in Kunduz"},
        "country": {"iso3": "AFG", "name": "Afghanistan"},
        "status": "submitted",
        "conditions": None,
        "financing": "The Centre pays for the transport to the border",
        "available_from": "2026-11-24T06:00:00+00:00",
        "valid_until": None,
        "lines": [line, beside],
        "submitted_at": "2026-11-23T08:00:00+00:00",
        "decided_at": "2026-11-23T09:00:00+00:00",
        "decision_reason": "",
        "updated_at": "2026-11-23T09:00:00+00:00",
    }
    return record | changes


def change(no: int, kind: str, answer: str | None) -> Record:
    return {
        "no": no,
        "kind": kind,
        "organisation": ANDMA if kind == "extension" else CENTRE,
        "until": "2026-12-20T06:00:00+00:00",
        "reason": "Two valleys are still cut off",
        "asked_at": "2026-12-10T06:00:00+00:00",
        "answer": answer,
        "answer_note": "Agreed by telephone" if answer else "",
        "answered_at": "2026-12-11T06:00:00+00:00" if answer else None,
    }


def deployment(**changes: Any) -> Record:
    said = {"requested": "2026-11-24T06:00:00+00:00", "estimated": "2026-11-24T08:00:00+00:00", "actual": None}
    none = dict.fromkeys(said)
    line = {
        "no": 1,
        "what": "item",
        "code": "hydraulic-cutter",
        "name": "Hydraulic cutter",
        "description": "",
        "lot": "L-2026-1",
        "expires_on": "2028-01-31",
        "quantity": 8,
        "unit": "each",
        "unit_name": "pieces",
        "packages": 2,
        "weight_kg": 92.5,
        "volume_m3": 0.4,
    }
    record = {
        "ref": "DP-2026-0004",
        "status": "in_transit",
        "exercise": False,
        "demonstration": False,
        "organisation": CENTRE,
        "receiver": ANDMA,
        "offer": {"ref": "OF-2026-0003"},
        "request": {"ref": "RQ-2026-0007", "title": "Cutting tools for Kunduz"},
        "origin": {"country": {"iso3": "KAZ", "name": "Kazakhstan"}, "place": "Almaty", "geometry": None},
        "destination": {"country": {"iso3": "AFG", "name": "Afghanistan"}, "place": "Kunduz airport", "geometry": POINT},
        "entry_point": {"code": "hairatan", "name": "Hairatan – Termez"},
        "mode": "road",
        "carrier": "Demo Trans",
        "vehicle": "02 KZ 123 ABC",
        "driver": "B. Driver",
        "people": None,
        "purpose": "Rescue in Kunduz",
        "ends_at": "2026-12-15T06:00:00+00:00",
        "times": {"departure": said | {"actual": "2026-11-24T09:00:00+00:00"}, "border": said, "arrival": said,
                  "return_departure": none, "return_arrival": none},
        "lines": [line, line | {"no": 2, "what": "other", "code": None, "name": "Ropes", "lot": None, "expires_on": None}],
        "receipts": [],
        "changes": [],
        "updated_at": "2026-11-24T09:00:05+00:00",
    }  # fmt: skip
    return record | changes
