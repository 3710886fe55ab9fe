"""A folder as a lazy table of names.

The folder is the registry: a module in it is an entry, its file name (with hyphens for
underscores) is the name that users type, and it defines one constant. Listing imports nothing.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING, Generic, TypeVar

from restorekit.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

T = TypeVar("T")


class Catalog(Generic[T]):
    """The modules of one package, each seen as the constant that it defines.

    Args:
        package: Dotted name of the folder, such as ``restorekit.architectures``.
        constant: Name of the constant in each module, such as ``ARCHITECTURE``.
        kind: What an entry is called in messages, such as ``network``.
    """

    def __init__(self, package: str, constant: str, kind: str) -> None:
        self.package = package
        self.constant = constant
        self.kind = kind

    def names(self) -> list[str]:
        """The names of all entries, sorted; private modules (``_x.py``) are none."""
        folder = importlib.import_module(self.package).__path__
        modules = (module.name for module in pkgutil.iter_modules(folder))
        return sorted(name.replace("_", "-") for name in modules if not name.startswith("_"))

    def __contains__(self, name: str) -> bool:
        return name in self.names()

    def __getitem__(self, name: str) -> T:
        """The entry called ``name``.

        Raises:
            UnknownNameError: There is none; the message lists the nearest names.
        """
        entry: T = getattr(self._module(name), self.constant)
        return entry

    def text(self, name: str) -> str:
        """What the module of the entry says of itself; empty where Python runs with ``-OO``.

        Raises:
            UnknownNameError: There is no such entry.
        """
        return inspect.cleandoc(self._module(name).__doc__ or "")

    def _module(self, name: str) -> ModuleType:
        if name not in self.names():
            raise UnknownNameError.among(self.kind, name, self.names())
        return importlib.import_module(f"{self.package}.{name.replace('-', '_')}")

    def __iter__(self) -> Iterator[T]:
        """Every entry, imported one after the other."""
        return (self[name] for name in self.names())
