"""Frozen dataclasses as JSON, and the JSON Schema 2020-12 of that JSON, derived from their annotations.

A class is a component of its name: a closed object with every member it names, described by its docstring. What a type
does not say stands beside it in `Annotated`: a text describes the member, a pair is a keyword of JSON Schema and its
value, and a `Component` names the schema of a type that is no class. What any document holds is not said here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, fields
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Self, Union, dataclass_transform, get_args, get_origin, get_type_hints

from ...text import Text

Schema = dict[str, Any]
STRING: Schema = {"type": "string", "minLength": 1}
SIMPLE: dict[object, Schema] = {
    str: STRING,
    Text: STRING,
    Text | str: STRING,
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    Any: {},
}
#: The default of a member that may be missing. Every other member is written, if only as null.
ABSENT: Any = object()
Url = Annotated[str, ("format", "uri-reference")]
BrowserUrl = Annotated[Url, "For the browser itself to go to: by a link or `location.assign`, not by `fetch`."]


@dataclass(frozen=True, slots=True)
class Component:
    """The name of a schema in the description."""

    name: str


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Part:
    """A part of a document: each class below this one is made a frozen dataclass with members by keyword.

    A word in its head, as in ``class Portal(Part, kind="portal")``, is a member that holds this word always. The
    methods are written here once: `dataclass` would compile them for each of fifty classes whenever a portal starts.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    constants: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **constants: str) -> None:
        cls.constants = constants
        dataclass(init=False, repr=False, eq=False)(cls)

    def __init__(self, **members: Any) -> None:
        for member in fields(self):
            if member.name in members:
                continue
            if member.default_factory is not MISSING:
                members[member.name] = member.default_factory()
            elif member.default is not MISSING:
                members[member.name] = member.default
            else:
                raise TypeError(f"{type(self).__name__} lacks {member.name}")
        vars(self).update(members)

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(name)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({vars(self)})"

    @classmethod
    def of(cls, value: object, **others: Any) -> Self:
        """Fill a part with what ``value`` has by the names of its members, and with the ``others``."""
        same = {field.name: getattr(value, field.name) for field in fields(cls) if hasattr(value, field.name)}
        return cls(**{**same, **others})


def members_of(value: Any, say: Callable[[Text], str]) -> object:
    """Return what `json.dumps` cannot write by itself: a text in one language, a dataclass as its members."""
    if isinstance(value, Text):
        return say(value)
    if isinstance(value, Part):
        return value.constants | {name: member for name, member in vars(value).items() if member is not ABSENT}
    return {field.name: getattr(value, field.name) for field in fields(value)}


def schema_of(kind: Any, components: dict[str, Schema]) -> Schema:
    """Return the schema of a type, and add to ``components`` those to which it refers."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in SIMPLE:
        return SIMPLE[kind]
    if origin is Annotated:
        return _annotated(arguments[0], arguments[1:], components)
    if origin in (Union, UnionType):
        return _one_of([other for other in arguments if other is not NoneType], NoneType in arguments, components)
    if origin in (list, tuple):
        return {"type": "array", "items": schema_of(arguments[0], components)}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(arguments[1], components)}
    if issubclass(kind, Enum):
        return {"enum": [*kind]}
    return _component(kind.__name__, lambda: _object(kind, components), components)


def _annotated(kind: Any, notes: tuple[Any, ...], components: dict[str, Schema]) -> Schema:
    keywords = dict(("description", note) if isinstance(note, str) else note for note in notes if not _is_name(note))
    names = [note.name for note in notes if _is_name(note)]

    def schema() -> Schema:
        return {**schema_of(kind, components), **keywords}

    return _component(names[0], schema, components) if names else schema()


def _is_name(note: object) -> bool:
    return isinstance(note, Component)


def _one_of(kinds: list[Any], nullable: bool, components: dict[str, Schema]) -> Schema:
    """One of several classes, told apart by a word that each always holds; or null."""
    schemas = [schema_of(kind, components) for kind in kinds]
    schema = schemas[0] if len(schemas) == 1 else {"oneOf": schemas}
    return {"anyOf": [schema, {"type": "null"}]} if nullable else schema


def _component(name: str, schema: Callable[[], Schema], components: dict[str, Schema]) -> Schema:
    if name not in components:
        components[name] = {}  # known from here on: what a list holds may be lists
        components[name] = schema()
    return {"$ref": f"#/components/schemas/{name}"}


def _object(kind: type, components: dict[str, Schema]) -> Schema:
    constants: dict[str, str] = getattr(kind, "constants", {})
    members = {name: {"const": word} for name, word in constants.items()}
    members |= {name: schema_of(member, components) for name, member in types_of(kind).items()}
    absent = {field.name for field in fields(kind) if field.default is ABSENT}
    return {
        "type": "object",
        "description": (kind.__doc__ or "").partition("\n")[0],
        "properties": members,
        "required": [name for name in members if name not in absent],
        "additionalProperties": False,
    }


def types_of(kind: type) -> dict[str, Any]:
    """Return the type of each member of a dataclass."""
    hints = get_type_hints(kind, include_extras=True)
    return {field.name: hints[field.name] for field in fields(kind)}
