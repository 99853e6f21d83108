"""Compares answers with the API's OpenAPI description, and tells differences without any value of the answer."""

import json
import sys
from pathlib import Path

from jsonschema import Draft202012Validator

sys.path.insert(0, str(Path(__file__).parent.parent / "conformance"))
from contract import Contract  # noqa: E402, I001


# Differences that are questions of their own.
KNOWN = {"choices.[]: lacks delta"}


class Description(Contract):
    @staticmethod
    def read():
        return Description(Contract.load().document)

    def schema(self, method, path, status):
        """The schema of an answer; None if the description has none for it."""
        path = path.split("?")[0].removeprefix("/account")
        declared = (self.operation(method, path) or {}).get("responses", {}).get(str(status), {})
        return declared.get("content", {}).get("application/json", {}).get("schema")

    def differences(self, schema, value):
        """A line for each place in which `value` is not as described."""
        text = json.dumps(schema).replace('"#/', '"urn:api#/')
        lines = []
        for error in Draft202012Validator(json.loads(text), registry=self.registry).iter_errors(value):
            deepest = error
            while deepest.context:
                deepest = max(deepest.context, key=lambda inner: len(inner.absolute_path))
            lines.append(f"{place(deepest.absolute_path)}: {wanted(deepest)}")
        return sorted(set(lines) - KNOWN)

    def unknown(self, schema, value, at=()):
        """The places of members that the description doesn't name."""
        forms = self.forms(schema)
        if isinstance(value, list):
            items = [form["items"] for form in forms if "items" in form]
            return sorted(
                {name for item in value[:20] for inner in items for name in self.unknown(inner, item, (*at, 0))}
            )
        named = {name: inner for form in forms for name, inner in form.get("properties", {}).items()}
        if not isinstance(value, dict) or not named:
            return []
        found = []
        for name, inner in value.items():
            found += self.unknown(named[name], inner, (*at, name)) if name in named else [place((*at, name))]
        return sorted(set(found))

    def forms(self, schema):
        if "$ref" in schema:
            return self.forms(self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
        inner = [
            form for kind in ("anyOf", "oneOf", "allOf") for part in schema.get(kind, []) for form in self.forms(part)
        ]
        return [schema, *inner]


def place(path):
    return ".".join("[]" if isinstance(part, int) else str(part) for part in path) or "the whole"


def kind(value):
    if isinstance(value, bool):
        return "boolean"
    names = {dict: "object", list: "array", str: "string", int: "integer", float: "number", type(None): "null"}
    return names[type(value)]


def wanted(error):
    """What the description wants there, and the type of what is there."""
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return f"lacks {', '.join(missing)}"
    if error.validator == "additionalProperties":
        return "has members that are not allowed"
    limit = error.validator_value if error.validator in ("type", "const", "enum", "format", "pattern") else ""
    return (
        f"{error.validator} {json.dumps(limit) if limit else ''}".strip()
        + f", and there is a value of type {kind(error.instance)}"
    )


def shape(value, depth=3):
    """Names and types of a JSON value, without its texts and numbers."""
    if isinstance(value, dict) and depth:
        return "{" + ", ".join(f"{name}: {shape(inner, depth - 1)}" for name, inner in list(value.items())[:30]) + "}"
    if isinstance(value, list):
        return f"[{shape(value[0], depth)}]" if value else "[]"
    return kind(value)
