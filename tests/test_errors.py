"""One tree of errors, one line each: what happened, what was expected, what was found."""

from __future__ import annotations

import inspect
import re

import pytest

from restorekit import errors
from restorekit.errors import RestorekitError, UnknownNameError

TREE = [
    cls
    for _, cls in inspect.getmembers(errors, inspect.isclass)
    if cls.__module__ == errors.__name__
]


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"^    ([ │├└─]*)(\w+Error)\b", line)
        if found:
            path[len(found[1]) // 4 :] = [found[2]]
            drawn[found[2]] = path[-2] if len(path) > 1 else "Exception"
    assert drawn == {cls.__name__: cls.__base__.__name__ for cls in TREE}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "a.png cannot be read"),
        ({"got": "nothing"}, "a.png cannot be read: got nothing"),
        (
            {"expected": "a photo", "got": "a poem"},
            "a.png cannot be read: expected a photo, got a poem",
        ),
        ({"hint": "look inside"}, "a.png cannot be read (look inside)"),
        (
            {"expected": "x", "got": "two\nlines\t of it ", "hint": "y"},
            "a.png cannot be read: expected x, got two lines of it (y)",
        ),
    ],
)
@pytest.mark.parametrize("cls", TREE)
def test_every_message_is_one_line(
    cls: type[RestorekitError], given: dict[str, str], said: str
) -> None:
    error = cls("a.png cannot be read", **given)
    assert str(error) == said
    assert isinstance(error, RestorekitError)


def test_unknown_names_list_the_nearest() -> None:
    known = ("lanczos", "bicubic", "bilinear", "nearest")
    near = str(UnknownNameError.among("method", "lancsoz", known))
    assert near == "unknown method 'lancsoz' (did you mean lanczos?)"
    both = str(UnknownNameError.among("method", "bi-cubinear", known))
    assert both.endswith("(did you mean bilinear or bicubic?)")
    far = str(UnknownNameError.among("method", "zzz", known))
    assert far == "unknown method 'zzz' (known: bicubic, bilinear, lanczos, nearest)"
    many = str(
        UnknownNameError.among("model", "zzz", (f"{it}-x{n}" for it in "ba" for n in range(50)))
    )
    assert many == "unknown model 'zzz' (100 are known: a-..., b-...)"
    assert issubclass(UnknownNameError, errors.UsageError)
