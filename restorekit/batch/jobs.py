"""What a batch is made of: each photo with the file that it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.batch.events import Failed


@dataclass(frozen=True)
class Job:
    """One photo and its result."""

    source: Path | None
    """None: standard input."""
    target: Path | None
    """None: standard output."""
    root: Path | None = None
    """The folder of the results that belong together: it holds their journal."""


@dataclass(frozen=True)
class Plan:
    """The jobs of a batch, in natural order, no two with the same target."""

    jobs: tuple[Job, ...]
    failed: tuple[Failed, ...] = ()
    """Inputs that are no job: names that stand for nothing, folders without photos."""
    ignored: int = 0
    """Files among the inputs that are no photos (hidden files and the system's among them)."""
