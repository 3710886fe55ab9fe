"""Which files become which, and in what form."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from restorekit.errors import UsageError
from restorekit.images.formats import FORMATS, format_named


@dataclass(frozen=True)
class FileOptions:
    """Which files become which.

    Raises:
        UsageError: Options that cannot be meant, or not together.
    """

    output: str | None = None
    """A file, a folder, ``-``, or None for beside the photos."""
    format: str | None = None
    """jpeg, png, webp, avif, tiff, bmp; None: that of ``output``, else of the photo."""
    quality: int | None = None
    """1 to 100; None: high, and never below the photo's own."""
    strip_metadata: bool = False
    recursive: bool = False
    overwrite: bool = False
    resume: bool = False
    fail_fast: bool = False

    def __post_init__(self) -> None:
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise UsageError("quality", expected="1 to 100", got=str(self.quality))
        self.chosen_format()

    def chosen_format(self) -> str | None:
        """The format asked for, by ``format`` or by the suffix of ``output``.

        Raises:
            UsageError: They contradict each other.
        """
        suffix = Path(self.output or "").suffix.lower()
        known = any(suffix in entry.suffixes for entry in FORMATS.values())
        of_output = format_named(suffix) if known and not Path(self.output or "").is_dir() else None
        if self.format is None:
            return of_output
        asked = format_named(self.format)
        if of_output not in {None, asked}:
            raise UsageError(f"--format {self.format} contradicts the name {self.output}")
        return asked
