"""Frozen records that cost a tenth of a `dataclass` to define.

The hook lives for a third of a second and defines some sixty records; `dataclass(frozen=True)` compiles six functions
for each of them, about a millisecond a class. A `record` compiles only `__init__` and shares the rest.
Type checkers read it as a frozen dataclass (PEP 681). `docs/decisions/0007-records.md` has the figures.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import get_annotations
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def record(*, key: tuple[str, ...] | None = None) -> Callable[[type[T]], type[T]]:
    """A frozen record of the annotated fields, in their order.

    `key`: the fields that make two records equal; all of them by default, `()` for identity.
    A default must be immutable: it is shared. Raises TypeError for a field without default after one with.
    """

    def decorate(cls: type[T]) -> type[T]:
        own = [name for name, kind in get_annotations(cls).items() if "ClassVar" not in str(kind)]
        names = tuple(dict.fromkeys((*getattr(cls, "_fields", ()), *own)))
        made: dict[str, Any] = {}
        defaults = [getattr(cls, name) for name in names if hasattr(cls, name)]
        if any(hasattr(cls, name) for name in names[: len(names) - len(defaults)]):
            raise TypeError(f"{cls.__name__}: a field without a default follows one with a default")
        lines = "\n ".join(f"d[{name!r}]={name}" for name in names) or "pass"
        exec(
            f"def __init__({','.join(('self', *names))}):\n d=self.__dict__\n {lines}", made
        )  # names are identifiers
        made["__init__"].__defaults__ = tuple(defaults)
        cls._fields = names  # type: ignore[attr-defined]
        for name, method in (
            ("__init__", made["__init__"]),
            ("__setattr__", _refuse),
            ("__delattr__", _refuse),
            ("__repr__", _repr),
            *(() if key == () else _equality(names if key is None else key)),
        ):
            if cls.__dict__.get(name) is None:
                setattr(cls, name, method)
        return cls

    return decorate


def replaced(one: T, **changes: Any) -> T:
    """The same record with other values in the named fields. Raises TypeError for a field that it has not."""
    return type(one)(**{name: getattr(one, name) for name in one._fields} | changes)  # type: ignore[attr-defined]


def _refuse(self: object, name: str, *_: object) -> NoReturn:
    raise AttributeError(
        f"{type(self).__name__}.{name} can't be changed; make another record with replaced()"
    )


def _repr(self: Any) -> str:
    return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self._fields)})"


def _equality(names: tuple[str, ...]) -> tuple[tuple[str, Callable[..., Any]], ...]:
    values: Callable[[Any], Any] = attrgetter(*names) if names else lambda self: ()

    def same(self: object, other: object) -> bool:
        if self is other:
            return True
        return values(self) == values(other) if type(self) is type(other) else NotImplemented

    def digest(self: object) -> int:
        # Nested records are keys of many tables: each is hashed once.
        known = self.__dict__
        found: int | None = known.get("_hash")
        if found is None:
            found = known["_hash"] = hash(values(self))
        return found

    return ("__eq__", same), ("__hash__", digest), ("__getstate__", _state)


def _state(self: Any) -> dict[str, Any]:
    """What is pickled: texts hash differently in another process."""
    return {name: value for name, value in self.__dict__.items() if name != "_hash"}
