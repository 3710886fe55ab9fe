"""Parameters: dataclasses that know their ranges and write themselves as a step of a chain."""

from __future__ import annotations

import dataclasses
import functools
import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from restorekit.errors import UsageError


class Range(NamedTuple):
    """The values that a number may have, both ends included: ``Annotated[float, Range(0, 1)]``."""

    low: float
    high: float
    step: int = 1
    """Of whole numbers: 2 from an odd one on leaves the odd ones."""

    def __str__(self) -> str:
        steps = f" in steps of {self.step}" if self.step > 1 else ""
        return f"{self.low:g} to {self.high:g}{steps}"


class Kind(NamedTuple):
    """What a parameter may be."""

    type: type
    """bool, int, float or str."""
    range: Range | None
    choices: tuple[str, ...]
    optional: bool
    """Whether it may be None."""

    @property
    def expected(self) -> str:
        """What it may be, in words."""
        if self.type is bool:
            return "True or False"
        if self.type is str:
            return " or ".join(map(repr, self.choices)) or "a text"
        whole = "a whole number from " if self.type is int else ""
        return f"{whole}{self.range}" + " or None" * self.optional

    def allows(self, value: object) -> bool:
        """Whether ``value`` is of this kind."""
        if value is None:
            return self.optional
        if isinstance(value, (bool, str)) or self.type in {bool, str}:
            right = self.type in {bool, str} and isinstance(value, self.type)
            return right and (not self.choices or value in self.choices)
        if not isinstance(value, int if self.type is int else (int, float)):
            return False
        low, high, step = self.range or Range(-math.inf, math.inf)
        return low <= value <= high and (step == 1 or (value - low) % step == 0)


@dataclass(frozen=True)
class Parameters:
    """A dataclass whose fields are checked when it is made.

    The module's name is the name in chains. ``str`` writes a step of a chain that reads back as
    an equal object: what has no default by its place, the rest by name where it differs from it.

    Raises:
        UsageError: A value out of its range.
    """

    def __post_init__(self) -> None:
        for name in kinds(type(self)):
            check(type(self), name, getattr(self, name))

    def __str__(self) -> str:
        placed: list[str] = []
        named: list[str] = []
        for field in sorted(dataclasses.fields(self), key=lambda it: bool(it.kw_only)):
            value = getattr(self, field.name)
            if field.default is dataclasses.MISSING:
                placed.append(_written(value))
            elif value != field.default:
                named.append(f"{field.name}={_written(value)}")
        return f"{name_of(type(self))}({', '.join(placed + named)})"


def _written(value: object) -> str:
    """Exactly, and as Python's own: NumPy's numbers and words write their type, too."""
    if isinstance(value, float):
        return repr(float(value))
    return repr(str(value)) if isinstance(value, str) else repr(value)


def name_of(owner: type[Parameters]) -> str:
    """The name in chains: that of the module."""
    return owner.__module__.rpartition(".")[2]


@functools.cache
def kinds(owner: type[Parameters]) -> dict[str, Kind]:
    """What each parameter of ``owner`` may be, in the order in which they are given."""
    hints = get_type_hints(owner, include_extras=True)
    fields = sorted(dataclasses.fields(owner), key=lambda it: bool(it.kw_only))
    return {field.name: _kind(hints[field.name]) for field in fields}


def check(owner: type[Parameters], name: str, value: object) -> None:
    """Nothing, where the parameter ``name`` of ``owner`` may be ``value``.

    Raises:
        UsageError: It may not.
    """
    kind = kinds(owner)[name]
    if not kind.allows(value):
        raise UsageError(f"{name_of(owner)}: {name}", expected=kind.expected, got=repr(value))


def _kind(hint: Any) -> Kind:
    allowed = None
    if get_origin(hint) is Annotated:
        hint, allowed = get_args(hint)
    if get_origin(hint) is Literal:
        return Kind(str, None, get_args(hint), optional=False)
    if get_origin(hint) is Union or type(None) in get_args(hint):
        (plain,) = (it for it in get_args(hint) if it is not type(None))
        return Kind(plain, allowed, (), optional=True)
    return Kind(hint, allowed, (), optional=False)
