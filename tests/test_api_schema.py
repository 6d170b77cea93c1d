"""How a dataclass becomes JSON, and the schema of that JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import jsonschema_rs
import pytest

from flask_first_login import Text
from internals import ABSENT, Component, Part, Schema, Url, members_of, schema_of

REF = "#/components/schemas/"
STRING = {"type": "string", "minLength": 1}


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Leaf(Part, kind="leaf"):
    """A leaf of a tree.

    What else there is to say stays with the code.
    """

    title: Text
    colour: Colour
    size: Annotated[int, ("minimum", 1), "In millimetres."] = ABSENT


class Branch(Part, kind="branch"):
    """A branch of a tree."""

    parts: list[Node]


Node = Annotated[Leaf | Branch, Component("Node")]


@dataclass(frozen=True)
class Plain:
    """Of a page."""

    note: Text | None


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (str, STRING),
        (Text, STRING),
        (Text | str, STRING),
        (bool, {"type": "boolean"}),
        (int, {"type": "integer"}),
        (Colour, {"enum": ["red", "blue"]}),
        (Url, {**STRING, "format": "uri-reference"}),
        (Url | None, {"anyOf": [{**STRING, "format": "uri-reference"}, {"type": "null"}]}),
        (Annotated[Url, "Where."], {**STRING, "format": "uri-reference", "description": "Where."}),
        (list[str], {"type": "array", "items": STRING}),
        (tuple[str, ...], {"type": "array", "items": STRING}),
        (dict[str, str], {"type": "object", "additionalProperties": STRING}),
        (dict[str, Any], {"type": "object", "additionalProperties": {}}),
    ],
)
def test_a_simple_type_is_described_where_it_stands(kind: Any, schema: Schema) -> None:
    components: dict[str, Schema] = {}
    assert (schema_of(kind, components), components) == (schema, {})


def test_a_class_is_a_closed_object_of_every_member_it_names() -> None:
    components: dict[str, Schema] = {}
    assert schema_of(Leaf, components) == {"$ref": f"{REF}Leaf"}
    assert components == {
        "Leaf": {
            "type": "object",
            "description": "A leaf of a tree.",
            "properties": {
                "kind": {"const": "leaf"},
                "title": STRING,
                "colour": {"enum": ["red", "blue"]},
                "size": {"type": "integer", "minimum": 1, "description": "In millimetres."},
            },
            "required": ["kind", "title", "colour"],
            "additionalProperties": False,
        }
    }


def test_a_class_that_holds_itself_is_described_once() -> None:
    components: dict[str, Schema] = {}
    assert schema_of(Branch, components) == {"$ref": f"{REF}Branch"}
    assert components["Branch"]["properties"]["parts"] == {"type": "array", "items": {"$ref": f"{REF}Node"}}
    assert components["Node"] == {"oneOf": [{"$ref": f"{REF}Leaf"}, {"$ref": f"{REF}Branch"}]}
    assert {*components} == {"Branch", "Node", "Leaf"}


def written(value: object) -> Any:
    return json.loads(json.dumps(value, default=partial(members_of, say=lambda text: text.zh)))


LEAF = Leaf(title=Text("Oak", "橡樹"), colour=Colour.RED)


def test_a_part_is_written_as_its_schema_says() -> None:
    components: dict[str, Schema] = {}
    schema = {**schema_of(Node, components), "components": {"schemas": components}}
    tree = written(Branch(parts=[LEAF, Branch(parts=[Leaf(title=LEAF.title, colour=Colour.BLUE, size=3)])]))
    jsonschema_rs.Draft202012Validator(schema).validate(tree)
    assert tree["parts"][0] == {"kind": "leaf", "title": "橡樹", "colour": "red"}
    assert tree["parts"][1]["parts"][0]["size"] == 3


def test_a_value_of_a_page_is_written_too_and_what_is_missing_as_null() -> None:
    assert written([Plain(None), Plain(Text("So", "如此"))]) == [{"note": None}, {"note": "如此"}]


def test_a_part_is_filled_with_what_a_value_has_by_the_same_names() -> None:
    assert Leaf.of(LEAF, colour=Colour.BLUE) == Leaf(title=LEAF.title, colour=Colour.BLUE)
    with pytest.raises(TypeError, match="title"):
        Leaf.of(Plain(None), colour=Colour.RED)
