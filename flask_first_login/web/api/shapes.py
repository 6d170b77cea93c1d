"""How a JSON Schema is put together here: closed objects, what may be null, one of several."""

from __future__ import annotations

from typing import Any

from ...languages import TAGS

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
NAME: Schema = {"type": "string", "minLength": 1}
URL: Schema = {"type": "string", "format": "uri-reference", "minLength": 1}
YES_NO: Schema = {"type": "boolean"}
LANG: Schema = {"enum": [*TAGS.values()]}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(schema: Schema) -> Schema:
    """This, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def several(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def either(*names: str) -> Schema:
    """One of several, told apart by their first member."""
    return {"oneOf": [ref(name) for name in names]}


def said(schema: Schema, meaning: str) -> Schema:
    """The same, with a word on what it means."""
    return {**schema, "description": meaning}


def closed(meaning: str = "", /, **members: Schema | str) -> Schema:
    """An object of exactly these members; one that is given as a word always holds that word."""
    properties = {name: {"const": one} if isinstance(one, str) else one for name, one in members.items()}
    told = {"description": meaning} if meaning else {}
    return {"type": "object", **told, "properties": properties, "required": [*members], "additionalProperties": False}


def perhaps(schema: Schema, /, **members: Schema) -> Schema:
    """The same object, which may have these members too."""
    return {**schema, "properties": {**schema["properties"], **members}}


def document(kind: str, meaning: str, /, **members: Schema | str) -> Schema:
    """A whole answer: what it is and in which language, then its members."""
    return closed(meaning, kind=kind, lang=LANG, **members)
