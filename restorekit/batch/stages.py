"""What is done with each photo of a batch; a task fills this in, a batch runs it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from restorekit.contracts import OnTile, Size


class Picture(Protocol):
    """A decoded photo, as far as a batch cares."""

    @property
    def size(self) -> Size:
        """Height and width in pixels."""
        ...


P = TypeVar("P", bound=Picture)
R = TypeVar("R")


class Saved(NamedTuple):
    """What ``save`` wrote."""

    size: Size
    notes: tuple[str, ...] = ()
    """What the user must be told about this photo."""
    found: Mapping[str, object] = MappingProxyType({})
    """What was found in it, for programs: JSON values."""


@dataclass(frozen=True)
class Stages(Generic[P, R]):
    """What is done with each photo. Each may raise what it likes: only its photo fails."""

    measure: Callable[[Path], Size]
    """The size of a photo, from the file's header alone. Called from two threads."""
    load: Callable[[Path | None], P]
    """Decodes a photo; None is standard input. Called from one thread."""
    workers: Sequence[Callable[[P, OnTile], R]]
    """Restore a photo, one function for each device. Each is called from its own thread and calls
    ``on_tile(done, all)`` after each tile, which is where it is interrupted."""
    save: Callable[[R, Path | None], Saved]
    """Writes a result whole or not at all; None is standard output. Called from one thread."""
    memory: Callable[[Size], int]
    """Bytes of main memory that a photo of this size holds from its decoding to its end."""
