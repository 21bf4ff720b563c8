"""Reads a vector tile back, for tests: the layers with their points and attributes (Mapbox Vector Tile 2.1)."""

import struct
from collections.abc import Iterator
from typing import Any

Field = tuple[int, Any]


def layers(tile: bytes) -> dict[str, list[dict[str, Any]]]:
    """{layer: features}: the attributes of each, `at` where a point lies in the tile, `kind` 1 point, 2 line, 3 polygon."""
    found: dict[str, list[dict[str, Any]]] = {}
    for number, body in fields(tile):
        assert number == 3
        name, features = layer(body)
        found.setdefault(name, []).extend(features)
    return found


def layer(body: bytes) -> tuple[str, list[dict[str, Any]]]:
    parts = list(fields(body))
    name = next(value for number, value in parts if number == 1).decode()
    keys = [value.decode() for number, value in parts if number == 3]
    values = [attribute(value) for number, value in parts if number == 4]
    return name, [feature(value, keys, values) for number, value in parts if number == 2]


def feature(body: bytes, keys: list[str], values: list[Any]) -> dict[str, Any]:
    parts = dict(fields(body))
    tags = list(varints(parts.get(2, b"")))
    said = {keys[key]: values[value] for key, value in zip(tags[::2], tags[1::2], strict=True)}
    numbers = list(varints(parts[4]))
    at = (zigzag(numbers[1]), zigzag(numbers[2])) if parts[3] == 1 else None
    return said | {"_at": at, "_kind": parts[3]}


def attribute(body: bytes) -> Any:
    number, value = next(fields(body))
    match number:
        case 1:
            return value.decode()
        case 2:
            return struct.unpack("<f", value)[0]
        case 3:
            return struct.unpack("<d", value)[0]
        case 6:
            return zigzag(value)
        case 7:
            return bool(value)
    return value


def fields(body: bytes) -> Iterator[Field]:
    at = 0
    while at < len(body):
        tag, at = varint(body, at)
        match tag & 7:
            case 0:
                value, at = varint(body, at)
                yield tag >> 3, value
                continue
            case 1:
                size = 8
            case 2:
                size, at = varint(body, at)
            case _:
                size = 4
        yield tag >> 3, body[at : at + size]
        at += size


def varints(body: bytes) -> Iterator[int]:
    at = 0
    while at < len(body):
        value, at = varint(body, at)
        yield value


def varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        value |= (byte & 127) << shift
        shift, at = shift + 7, at + 1
        if byte < 128:
            return value, at


def zigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
