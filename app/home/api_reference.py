"""The OpenAPI document arranged for reading: what can be asked, with which parameters, and what comes back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """A parameter or a field of an answer. `type` is in words: "text", "number", "list of text", the values possible."""

    name: str
    type: str
    about: str
    example: str = ""


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    about: str
    parameters: list[Field]
    body: list[Field]
    answer: list[Field]
    formats: list[str]
    needs_key: bool

    @property
    def anchor(self) -> str:
        place = self.path.strip("/").replace("/", "-").replace("{", "").replace("}", "")
        return place if self.method == "GET" else f"{self.method.lower()}-{place}"


WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
}


METHODS = ("get", "post", "put", "patch", "delete")


def operations_by_subject(document: Document) -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if asked := methods.get(method):
                subject = next(iter(asked.get("tags", ())), "other")
                found.setdefault(subject, []).append(operation(document, method.upper(), path, asked))
    return found


def operation(document: Document, method: str, path: str, asked: Schema) -> Operation:
    answers = asked["responses"]
    content = answers.get("200", answers.get("201", {})).get("content", {})
    parameters = [
        field(document, one["name"], one["schema"], one.get("description")) for one in asked.get("parameters", ())
    ]
    body = list(fields_of(document, record_in(document, whole(asked.get("requestBody", {}).get("content", {})))))
    answer = list(fields_of(document, record_in(document, whole(content))))
    return Operation(
        method, path, asked.get("description", ""), parameters, body, answer, list(content), bool(asked.get("security"))
    )


def whole(content: Schema) -> Schema:
    """The schema of what is sent or answered, in the first format that has one."""
    found: Schema = next((kind["schema"] for kind in content.values() if "schema" in kind), {})
    return found


def resolved(document: Document, schema: Schema) -> Schema:
    """What a `$ref` points at; of "this or null", this."""
    if "$ref" in schema:
        target: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return resolved(document, target)
    alternatives = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    return {**resolved(document, alternatives[0]), **described(schema)} if alternatives else schema


def described(schema: Schema) -> Schema:
    return {name: schema[name] for name in ("description", "examples") if name in schema}


def record_in(document: Document, schema: Schema) -> Schema:
    """The record that an answer is about: of a list, one of its results."""
    whole = resolved(document, schema)
    results = whole.get("properties", {}).get("results")
    return resolved(document, results["items"]) if results and "items" in results else whole


def fields_of(document: Document, schema: Schema) -> Iterator[Field]:
    for name, inside in schema.get("properties", {}).items():
        yield field(document, name, inside)


def field(document: Document, name: str, schema: Schema, about: str | None = None) -> Field:
    whole = resolved(document, schema)
    examples = whole.get("examples") or ()
    return Field(name, type_of(document, whole), about or whole.get("description", ""), str(next(iter(examples), "")))


def type_of(document: Document, schema: Schema) -> str:
    if "enum" in schema:
        return ", ".join(str(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {type_of(document, resolved(document, schema.get('items', {})))}"
    if "properties" in schema:
        return "{" + ", ".join(schema["properties"]) + "}"
    kind = WORDS.get(schema.get("type", ""), schema.get("const", "") or "any")
    return {"date-time": "time", "date": "date", "uuid": "UUID"}.get(schema.get("format", ""), kind)
