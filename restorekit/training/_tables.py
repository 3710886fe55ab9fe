"""A TOML table as a frozen dataclass, so strictly that no slip stays hidden."""

from __future__ import annotations

import dataclasses
import types
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from restorekit.errors import UnknownNameError, UsageError

T = TypeVar("T")


def from_table(kind: type[T], table: object, where: str) -> T:
    """The dataclass ``kind`` with the values of ``table``, tables in it included.

    Args:
        kind: A dataclass of numbers, texts, tuples, mappings, None and other such dataclasses.
        table: What the TOML reader gave.
        where: What messages call the table.

    Raises:
        UsageError: A value is missing or of another type.
        UnknownNameError: A key is unknown; the message names the nearest.
    """
    if not isinstance(table, dict):
        raise UsageError(where, expected="a table", got=repr(table))
    values = cast("dict[str, object]", table)
    fields = {it.name: it for it in dataclasses.fields(cast("Any", kind))}
    for key in values:
        if key not in fields:
            raise UnknownNameError.among(f"key of {where}", key, fields)
    hints = get_type_hints(kind)
    for name, field in fields.items():
        required = field.default is dataclasses.MISSING
        if name not in values and required and field.default_factory is dataclasses.MISSING:
            raise UsageError(f"{where} lacks {name}")
    return kind(**{key: _value(hints[key], it, f"{where}.{key}") for key, it in values.items()})


def to_table(value: object) -> object:
    """What :func:`from_table` reads back; None and empty mappings are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = {it.name: to_table(getattr(value, it.name)) for it in dataclasses.fields(value)}
        return {key: it for key, it in pairs.items() if it is not None and it != {}}
    if isinstance(value, dict):
        mapping = cast("dict[str, object]", value)
        return {key: to_table(it) for key, it in mapping.items()}
    return list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value


def _value(hint: Any, value: object, where: str) -> object:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        (hint,) = (it for it in arguments if it is not type(None))
        return _value(hint, value, where)
    if origin is dict:
        return _mapping(arguments[1], value, where)
    if origin is tuple:
        return _numbers(arguments, value, where)
    if dataclasses.is_dataclass(hint):
        return from_table(cast("type[object]", hint), value, where)
    if hint is float and type(value) is int:
        return float(value)
    if origin is Literal:
        right, words = value in arguments, " or ".join(map(repr, arguments))
    else:
        right, words = type(value) is hint, _words(hint)
    return _checked(right, value, where, words)


def _mapping(hint: Any, value: object, where: str) -> object:
    _checked(isinstance(value, dict), value, where, "a table")
    entries = cast("dict[str, object]", value)
    if hint is Any:  # whatever its reader expects
        return entries
    return {key: _value(hint, it, f"{where}.{key}") for key, it in entries.items()}


def _numbers(arguments: tuple[Any, ...], value: object, where: str) -> object:
    _checked(isinstance(value, list), value, where, "a list")
    entries = cast("list[object]", value)
    if arguments[-1] is not Ellipsis:
        wanted = len(arguments)
        _checked(len(entries) == wanted, value, where, f"{wanted} values")
    return tuple(_value(arguments[0], it, where) for it in entries)


def _checked(right: bool, value: object, where: str, expected: str) -> object:
    if not right:
        raise UsageError(where, expected=expected, got=repr(value))
    return value


def _words(hint: Any) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}[hint]
