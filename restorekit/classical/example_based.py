"""Example-based enlarging: the detail that similar patches of other photos have.

From a folder of photos pairs are made: a patch of the photo made small, and the detail that was
lost there. A photo is enlarged by bicubic interpolation, and around each of its pixels the detail
of the 24 examples that look most like the place is added, weighted so that their small patches
make up that of the photo. Neighbouring places overlap, and agree by their mean, which unlike the
one pass of the first paper does not depend on where one begins.

The detail is that of brightness; red, green and blue take it in equal parts.

The photos of the folder should be sharp, and resemble the one that is enlarged: what they do not
show cannot be found. Noise and the blocks of JPEG are looked up like all else, and grow stronger.

W. T. Freeman, T. R. Jones, E. C. Pasztor, Example-based super-resolution, IEEE Computer Graphics
and Applications 22 (2002); H. Chang, D.-Y. Yeung, Y. Xiong, Super-resolution through neighbor
embedding, CVPR (2004).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from restorekit.contracts import Band, Bits, Resample, Size, Task
from restorekit.errors import UsageError
from restorekit.images.quantize import to_integers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from restorekit.classical._example_folder import ExampleFolder
    from restorekit.classical._patches import Floats
    from restorekit.contracts import Image, OnTile

LARGEST_SCALE = 4
"""Beyond that there are too few examples of so few pixels: the rest is interpolated."""
MOST_PAIRS = 300_000
"""Of a database: 37 MB on the disk for a scale of 2, 100 MB for one of 4."""
PIXELS = 1 << 16
"""Of the photo that are enlarged at once."""


@dataclass(frozen=True)
class ExampleBased:
    """Enlarges with examples from a folder of photos, a few rows at a time."""

    name: str
    title: str
    scale: int = 2
    examples: ExampleFolder | None = None
    task: Task = "sr"
    resample: Resample = "bicubic"
    enlarged: Literal[False] = False

    @property
    def identity(self) -> str:
        """See :class:`restorekit.contracts.Exemplified`; empty without examples."""
        return self.examples.identity if self.examples else ""

    def with_examples(
        self,
        folder: Path,
        *,
        kept: Path | None = None,
        on_note: Callable[[str], None] | None = None,
        most: int = MOST_PAIRS,
    ) -> ExampleBased:
        """The same with examples from the photos in ``folder``, gathered when first needed.

        Args:
            folder: Looked into with the folders in it.
            kept: Where what was gathered is kept for another time; None: nowhere.
            on_note: Told what takes time, and which photos cannot serve.
            most: Pairs for each scale; more are better and slower.

        Raises:
            UsageError: There is no such folder, or no photo in it.
        """
        from restorekit.classical._example_folder import example_folder

        found = example_folder(folder, kept=kept, on_note=on_note or (lambda _: None), most=most)
        return replace(self, examples=found)

    def at_scale(self, scale: int) -> ExampleBased:
        """See :class:`restorekit.contracts.Scalable`; 4 at most."""
        fit = min(scale, LARGEST_SCALE)
        return self if fit == self.scale else replace(self, scale=fit)

    def tiles(self, size: Size) -> int:
        """See :class:`restorekit.contracts.Restorer`; a tile is some rows."""
        return len(_cut(size))

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`.

        Raises:
            UsageError: It has no examples, or no photo of theirs can serve.
            OutputError: The examples cannot be kept.
        """
        from restorekit.classical._example_pairs import luma_of
        from restorekit.classical._patches import MARGIN
        from restorekit.images.resize import resize_rows

        size, scale = Size(image.shape[0], image.shape[1]), self.scale
        large = Size(size.height * scale, size.width * scale)
        luma = np.pad(luma_of(image), MARGIN, mode="symmetric")
        parts = _cut(size)
        for number, (top, bottom) in enumerate(parts, 1):
            rows = resize_rows(image, large, self.resample, top * scale, bottom * scale)
            if scale > 1:
                rows = rows + self._detail(luma, top, bottom)[:, :, None]
            rows = rows.clip(0, 1)
            if on_tile:
                on_tile(number, len(parts))
            yield Band(top * scale, rows if bits == 32 else to_integers(rows, bits))

    def _detail(self, luma: Floats, top: int, bottom: int) -> Floats:
        """What rows ``top`` to ``bottom`` of the photo lack, at the size of the result."""
        from restorekit.classical._patches import MARGIN, PATCH, overlapped, windows_at

        height, width = (side - 2 * MARGIN for side in luma.shape)
        # Patches around the rows next to these reach into them.
        first, last = max(0, top - PATCH // 2), min(height, bottom + PATCH // 2)
        rows, columns = np.indices((last - first, width)).reshape(2, -1)
        windows = windows_at(luma, rows + first, columns)
        details = self._folder().at(self.scale).details(windows)
        found = overlapped(details.reshape(last - first, width, -1), self.scale)
        return found[(top - first) * self.scale : (bottom - first) * self.scale]

    def _folder(self) -> ExampleFolder:
        if self.examples is None:
            raise UsageError(
                f"{self.name} needs photos to take examples from", hint="--database FOLDER"
            )
        return self.examples


def _cut(size: Size) -> tuple[tuple[int, int], ...]:
    """Where the parts begin and end, in rows of the photo."""
    step = max(1, PIXELS // size.width)
    return tuple((top, min(top + step, size.height)) for top in range(0, size.height, step))


RESTORER = ExampleBased("example-based", title="detail from photos of your own: --database")
