"""Records behave like frozen dataclasses where the project relies on it."""

import pickle
from typing import ClassVar

import pytest
from fairnotice.flow.record import record, replaced


@record()
class Point:
    """Two numbers."""

    origin: ClassVar[int] = 0
    x: int
    y: int = 2


@record()
class Point3(Point):
    """A third one."""

    z: int = 3


@record(key=("x",))
class Keyed:
    """Equal by its first field."""

    x: int
    y: int


@record(key=())
class Identity:
    """Equal to itself only."""

    x: int


@record()
class OwnHash:
    """A field that can't be hashed, and a hash that can."""

    x: list[int]

    def __hash__(self) -> int:
        return len(self.x)


def test_fields_defaults_and_equality() -> None:
    assert Point(1) == Point(x=1, y=2) and hash(Point(1)) == hash(Point(1, 2))
    assert Point(1) != Point(2) and Point(1) != Point3(1) and Point(1) != (1, 2)
    assert repr(Point3(1)) == "Point3(x=1, y=2, z=3)"
    assert Keyed(1, 2) == Keyed(1, 3) and Keyed(1, 2) != Keyed(2, 2)
    one = Identity(1)
    assert one == one and one != Identity(1) and len({one, Identity(1)}) == 2
    assert hash(OwnHash([1, 2])) == 2 and OwnHash([1]) == OwnHash([1])


def test_a_record_does_not_change() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match=r"Point\.x can't be changed"):
        point.x = 5  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del point.x
    assert replaced(point, y=9) == Point(1, 9) and point.y == 2
    with pytest.raises(TypeError):
        replaced(point, q=1)
    assert pickle.loads(pickle.dumps(Point3(1, 5))) == Point3(1, 5)


def test_wrong_use_is_refused() -> None:
    with pytest.raises(TypeError):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="without a default"):
        record()(type("Bad", (), {"__annotations__": {"a": int, "b": int}, "a": 1}))


def test_a_remembered_hash_is_not_pickled() -> None:
    """Texts hash differently in another process, so a worker's hash would lose its record in a table here."""
    point = Point(1)
    assert hash(point) == hash(Point(1))
    again = pickle.loads(pickle.dumps(point))
    assert "_hash" in point.__dict__ and "_hash" not in again.__dict__
    assert again == point and {point: 1}[again] == 1
