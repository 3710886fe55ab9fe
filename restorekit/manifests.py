"""The tables that the program ships as JSON: found, and read so strictly that no slip stays hidden.

Every key is known, has its type, and is used.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from restorekit.errors import ManifestError

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Sequence

T = TypeVar("T", str, int, bool)

# In the wheel the tables lie beside this module, in a checkout at the top of the repository.
FOLDERS = (Path(__file__).parent, Path(__file__).parents[1])


def shipped(name: str) -> str:
    """The text of a table that the program ships.

    Raises:
        ManifestError: It is missing.
    """
    for folder in FOLDERS:
        if (folder / name).is_file():
            return (folder / name).read_text(encoding="utf-8")
    raise ManifestError(
        f"{name} is missing", expected=f"it in {FOLDERS[0]}", hint="install the program again"
    )


class Fields:
    """One JSON object, its keys taken one by one.

    Every method raises ManifestError where the object breaks the schema.

    Args:
        value: What should be an object.
        where: What messages call it.
    """

    def __init__(self, value: object, where: str) -> None:
        self.where = where
        self._left: dict[str, Any] = dict(self._checked(value, dict, "an object"))

    @classmethod
    def of(cls, text: str, origin: str, *, version: int | None = None) -> Fields:
        """The object that the JSON ``text`` holds.

        Args:
            text: The JSON.
            origin: What messages call it, such as its file name.
            version: Of the schema, which the object must have as ``version``; None: it has none.

        Raises:
            ManifestError: It is no JSON, no object, or of another version.
        """
        try:
            fields = cls(json.loads(text), origin)
        except ValueError as error:
            raise ManifestError(f"{origin} is no JSON", got=str(error)) from error
        if version is not None:
            found = fields.take("version", int)
            if found != version:
                raise ManifestError(f"{origin}: version", expected=str(version), got=str(found))
        return fields

    def has(self, key: str) -> bool:
        """Whether the key is there and not taken yet."""
        return key in self._left

    @overload
    def take(self, key: str, kind: type[T]) -> T: ...
    @overload
    def take(self, key: str, kind: type[T], *, default: T) -> T: ...
    @overload
    def take(self, key: str, kind: type[T], *, default: None) -> T | None: ...
    def take(self, key: str, kind: type[T], **options: T | None) -> T | None:
        """The value of a key; with a default, the key may be missing or null."""
        value = self._left.pop(key, None)
        if value is None and "default" in options:
            return options["default"]
        # bool is an int to Python, but not to a reader of the file.
        if type(value) is not kind:
            self._refuse(key, kind.__name__, value)
        return cast("T", value)

    def matching(self, key: str, pattern: re.Pattern[str], expected: str) -> str:
        """A string that ``pattern`` matches as a whole."""
        value = self.take(key, str)
        if not pattern.fullmatch(value):
            self._refuse(key, expected, value)
        return value

    def matching_or_null(self, key: str, pattern: re.Pattern[str], expected: str) -> str | None:
        """A string that ``pattern`` matches, or an explicit null."""
        return None if self._null(key) else self.matching(key, pattern, expected)

    def choice(self, key: str, known: Sequence[str]) -> str:
        """One of the ``known`` strings."""
        value = self.take(key, str)
        if value not in known:
            self._refuse(key, " or ".join(known), value)
        return value

    def positive(self, key: str) -> int:
        """An integer above zero."""
        value = self.take(key, int)
        if value < 1:
            self._refuse(key, "a positive number", value)
        return value

    def positive_or_null(self, key: str) -> int | None:
        """An integer above zero, or an explicit null."""
        return None if self._null(key) else self.positive(key)

    def unit_range(self, key: str) -> tuple[float, float]:
        """``[0, 1]``, the only range that networks are run with."""
        value = self._left.pop(key, None)
        if value != [0, 1]:
            self._refuse(key, "[0, 1]", value)
        return (0.0, 1.0)

    def strings(self, key: str) -> dict[str, str]:
        """An object whose values are strings."""
        inner = Fields(self._left.pop(key, None), f"{self.where}, {key}")
        return {name: inner.take(name, str) for name in tuple(inner._left)}

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of at least one string, none of them empty."""
        values = self._checked(self._left.pop(key, None), list, f"a list as {key!r}")
        if not values or not all(isinstance(value, str) and value for value in values):
            self._refuse(key, "texts", values)
        return tuple(values)

    def items(self, key: str) -> Iterator[Fields]:
        """The objects of a list that has at least one."""
        values = self._checked(self._left.pop(key, None), list, f"a list as {key!r}")
        if not values:
            self._refuse(key, "at least one", values)
        for number, value in enumerate(values):
            yield Fields(value, f"{self.where}, {key} {number + 1}")

    def done(self) -> None:
        """Refuse the keys that nobody took."""
        if self._left:
            raise ManifestError(
                f"{self.where}: unknown key {', '.join(map(repr, sorted(self._left)))}"
            )

    def _null(self, key: str) -> bool:
        if key in self._left and self._left[key] is None:
            del self._left[key]
            return True
        return False

    def _checked(self, value: object, kind: type[Any], expected: str) -> Any:
        if not isinstance(value, kind):
            raise ManifestError(self.where, expected=expected, got=repr(value)[:80])
        return value

    def _refuse(self, key: str, expected: str, value: object) -> None:
        raise ManifestError(f"{self.where}: {key!r}", expected=expected, got=repr(value)[:80])
