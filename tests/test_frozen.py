"""`frozen` makes what ``dataclass(frozen=True, slots=True)`` makes: each claim is asked of both."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any, ClassVar

import pytest

from flask_first_login.frozen import frozen


class _Plain:
    """A learner in a course."""

    name: str
    number: str = field(repr=False)
    points: int = 1
    tags: list[str] = field(default_factory=list, compare=False)
    level: str = field(init=False, repr=False, compare=False)
    most: ClassVar[int] = 9

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", "high" if self.points > 5 else "low")
        if self.points > self.most:
            raise ValueError("too many points")


def _made(decorator: Callable[[type], type], name: str) -> type[Any]:
    made = decorator(type(name, (), {**vars(_Plain), "__qualname__": name}))
    globals()[name] = made  # where pickle looks for it
    return made


@frozen
class Nothing:
    """No field at all."""


BOTH = pytest.mark.parametrize(
    "learner", [_made(frozen, "Ours"), _made(dataclass(frozen=True, slots=True), "Theirs")], ids=["ours", "theirs"]
)


@BOTH
def test_its_fields_are_given_by_place_or_name_and_the_rest_are_defaults(learner: type[Any]) -> None:
    one = learner("Wang", number="A1")
    assert (one.name, one.number, one.points, one.tags) == ("Wang", "A1", 1, [])
    assert one.tags is not learner("Wang", "A1").tags
    assert list(inspect.signature(learner).parameters) == ["name", "number", "points", "tags"]
    assert inspect.signature(learner).parameters["points"].annotation == "int"


@BOTH
@pytest.mark.parametrize("wrong", [{}, {"name": "Wang"}, {"name": "Wang", "number": "A1", "other": 1}])
def test_a_field_that_is_missing_or_unknown_is_a_type_error_that_names_the_class(
    learner: type[Any], wrong: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match=rf"^{learner.__name__}\.__init__\(\) "):
        learner(**wrong)


@BOTH
def test_what_follows_from_its_fields_is_set_and_what_must_hold_is_checked_when_it_is_made(learner: type[Any]) -> None:
    assert learner("Wang", "A1", 6).level == "high"
    with pytest.raises(ValueError, match="too many points"):
        learner("Wang", "A1", 10)


@BOTH
def test_it_shows_no_field_that_must_not_be_shown(learner: type[Any]) -> None:
    assert repr(learner("Wang", "A1", 2)) == f"{learner.__name__}(name='Wang', points=2, tags=[])"


@BOTH
def test_two_are_equal_when_their_fields_are_and_nothing_else_is_equal_to_one(learner: type[Any]) -> None:
    one, same, other = learner("Wang", "A1", tags=["new"]), learner("Wang", "A1"), learner("Wang", "A2")
    assert one == same
    assert one != other
    assert len({one, same, other}) == 2
    assert one != _Plain()
    assert one != ("Wang", "A1", 1)
    assert Nothing() == Nothing()


@BOTH
@pytest.mark.parametrize("name", ["name", "unknown"])
def test_it_cannot_be_changed(learner: type[Any], name: str) -> None:
    one = learner("Wang", "A1")
    with pytest.raises((FrozenInstanceError, TypeError)):  # a slotted dataclass says TypeError of an unknown one
        setattr(one, name, "Li")
    with pytest.raises((FrozenInstanceError, TypeError)):
        delattr(one, name)
    assert not hasattr(one, "__dict__")


@BOTH
def test_whatever_reads_dataclasses_reads_it(learner: type[Any]) -> None:
    one = learner("Wang", "A1")
    assert [each.name for each in fields(learner)] == ["name", "number", "points", "tags", "level"]
    assert learner.__match_args__ == ("name", "number", "points", "tags")
    assert replace(one, name="Li").name == "Li"
    assert asdict(one) == {"name": "Wang", "number": "A1", "points": 1, "tags": [], "level": "low"}
    assert is_dataclass(one)


@BOTH
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301
def test_it_can_be_copied_and_pickled(learner: type[Any], again: Callable[[Any], Any]) -> None:
    one = learner("Wang", "A1", tags=["new"])
    assert again(one) == one
    assert again(one).tags == ["new"]
