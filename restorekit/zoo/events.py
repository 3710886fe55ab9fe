"""What happens while weights are fetched, as values that any front end can show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """One line for a person: what begins, what failed and why, what was removed."""

    text: str


@dataclass(frozen=True)
class Progress:
    """How far the download of one file is."""

    name: str
    """The file."""
    done: int
    """Bytes that are here."""
    total: int | None
    """Bytes in all; None: the server did not say."""


Event = Notice | Progress
OnEvent = Callable[[Event], None]


def unheard(event: Event) -> None:
    """The listener that does nothing."""


def readable_size(size: int | None) -> str:
    """A number of bytes for a person, such as ``67 MB``; None is ``size unknown``."""
    if size is None:
        return "size unknown"
    if size < 1e6:
        return f"{size / 1e3:.0f} kB"
    return f"{size / 1e6:.1f} MB" if size < 1e7 else f"{size / 1e6:.0f} MB"
