"""The events of streams against the API's description."""

import json
from pathlib import Path

DESCRIPTION = json.loads(Path(__file__).with_name("openapi.json").read_text())


def resolved(schema):
    while "$ref" in schema:
        schema = DESCRIPTION["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def types(schema):
    """The JSON types that a member may have."""
    schema = resolved(schema)
    named = schema.get("type", "string" if "enum" in schema or "const" in schema else [])
    return {named} if isinstance(named, str) else set(named).union(
        *(types(part) for key in ("anyOf", "oneOf", "allOf") for part in schema.get(key, [])))


def events(text):
    """The data of each event of a stream; the last event of some streams is a word."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def misfits(contract, schema, text, what):
    """What the events of a stream have that `schema` has not; each event says by its type what it should be."""
    found = []
    for data in events(text):
        name = data.get("type")
        ref = resolved(schema).get("discriminator", {}).get("mapping", {}).get(name)
        found += contract.violations({"$ref": ref} if ref else schema, data, f"{what} {name}")
    return found
