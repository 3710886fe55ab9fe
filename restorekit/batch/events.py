"""What happens in a batch, as small frozen records for the console, ``--json`` and the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import ClassVar, cast

from restorekit.contracts import Size
from restorekit.errors import RestorekitError, RunError, UsageError


@dataclass(frozen=True)
class Event:
    """The root of all events."""

    kind: ClassVar[str]
    """What happened, as ``as_dict`` calls it."""

    def as_dict(self) -> dict[str, object]:
        """The event in plain JSON values: ``event`` is its kind, then its fields.

        Paths are strings, and ``-`` where a ``source`` or a ``target`` is a standard stream; a
        size is ``{"width": ..., "height": ...}`` in pixels.
        """
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {"event": self.kind, **{name: _plain(name, it) for name, it in values.items()}}


@dataclass(frozen=True)
class BatchStarted(Event):
    """The batch begins."""

    kind: ClassVar[str] = "batch_started"
    photos: int
    ignored: int
    """Files among the inputs that are no photos."""


@dataclass(frozen=True)
class Started(Event):
    """The photo is being decoded."""

    kind: ClassVar[str] = "started"
    source: Path | None


@dataclass(frozen=True)
class Decoded(Event):
    """The photo is in memory and waits for a device."""

    kind: ClassVar[str] = "decoded"
    source: Path | None
    size: Size


@dataclass(frozen=True)
class TileDone(Event):
    """A tile of the photo is restored."""

    kind: ClassVar[str] = "tile"
    source: Path | None
    tile: int
    """How many tiles of the photo are done, from 1 to ``tiles``."""
    tiles: int
    seconds_left: float | None
    """For the whole batch; None until it can be known."""


@dataclass(frozen=True)
class Done(Event):
    """The result is written."""

    kind: ClassVar[str] = "done"
    source: Path | None
    target: Path | None
    size: Size
    result_size: Size
    seconds: float
    """Spent on this photo in decoding, restoring and writing, without the waiting between them."""
    seconds_left: float | None
    """For the whole batch; None until it can be known."""
    notes: tuple[str, ...] = ()
    """What the user must be told, such as a depth that the format cannot hold."""
    found: Mapping[str, object] = field(default_factory=dict[str, object])
    """What was found in the photo, such as its blur: JSON values."""


@dataclass(frozen=True)
class Skipped(Event):
    """The photo was restored before: same content, same options, result untouched."""

    kind: ClassVar[str] = "skipped"
    source: Path | None
    target: Path | None


@dataclass(frozen=True)
class Failed(Event):
    """The photo has no result."""

    kind: ClassVar[str] = "failed"
    source: Path | None
    message: str
    """One line."""

    @classmethod
    def because(cls, source: Path | None, error: BaseException) -> Failed:
        """The failure of ``source`` that ``error`` is; the message names both."""
        name = source or "standard input"
        if isinstance(error, (RunError, UsageError)) and str(name) not in str(error):
            message = f"{name}: {error}"  # a method does not know which photo it was given
        elif isinstance(error, RestorekitError):
            message = str(error)
        elif isinstance(error, MemoryError):
            message = f"{name}: not enough main memory for this photo"
        elif isinstance(error, OSError) and error.strerror:
            message = f"{error.filename or name}: {error.strerror}"
        else:
            message = " ".join(f"{name}: unexpected {type(error).__name__}: {error}".split())
        return cls(source, message)


@dataclass(frozen=True)
class BatchFinished(Event):
    """The batch is over. ``left`` photos were not reached (interrupted, or stopped on failure)."""

    kind: ClassVar[str] = "batch_finished"
    done: int
    skipped: int
    failed: int
    left: int
    ignored: int
    seconds: float


def _plain(name: str, value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Size):
        return {"width": value.width, "height": value.height}
    if value is None and name in {"source", "target"}:
        return "-"
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    return value
