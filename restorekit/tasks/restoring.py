"""One photo through one restorer: colour, transparency, size, strength, and back to integers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from restorekit.contracts import Band, Blind, Denoiser, Finishing, Size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.contracts import Image, OnTile, Pixels, Restorer
    from restorekit.images.photo import Photo

DOUBTFUL = 5
"""Below this an estimate may have missed coarse noise, which looks like detail."""
LEVEL = 1.01 / 255
"""How far the channels of a black-and-white photo may be apart: one level, and rounding."""


@dataclass(frozen=True)
class Restoration:
    """A photo, what restores it, and what the result must be.

    Transparency is restored as a picture of its own. Colours outside sRGB, which no network has
    seen, are enlarged beside the picture and added to it. A black-and-white photo that is stored
    in colour is restored as grey, or networks would tint it.
    """

    photo: Photo
    restorer: Restorer
    size: Size
    """Of the result."""
    bits: Literal[8, 16]
    """Depth of the result."""
    finishing: Finishing = field(default_factory=Finishing)
    """What is done with the restored picture then; grain is not for transparency."""
    restores_transparency: bool = True
    """Whether transparency is restored too; else, at the photo's own size, it is left as it is."""

    def run(self, on_tile: OnTile | None = None) -> Pixels:
        """The restored photo in the colour space of its file, ready to be written.

        Returns:
            ``(H, W, C)`` integers; C is 1 or 3, and one more with transparency.

        Raises:
            RunError: The restorer cannot be run.
        """
        import numpy as np

        from restorekit.images.quantize import to_integers

        photo, channels = self.photo, self.photo.color.shape[2]
        shape = (*self.size, channels + photo.has_alpha)
        canvas: Pixels = np.empty(shape, np.uint8) if self.bits == 8 else np.empty(shape, np.uint16)
        passes = 1 + (photo.alpha is not None and self.restores_transparency)
        for top, rows in self._color(_share(on_tile, 0, passes)):
            canvas[top : top + len(rows), :, :channels] = rows
        if photo.alpha is not None and not self.restores_transparency:
            canvas[..., channels:] = to_integers(photo.alpha, self.bits)
        elif photo.alpha is not None:
            smooth = replace(self.finishing, grain=0)
            for top, rows in self._sized(photo.alpha, smooth, _share(on_tile, 1, passes)):
                canvas[top : top + len(rows), :, channels:] = to_integers(rows, self.bits)
        elif photo.has_alpha:
            canvas[..., channels] = 2**self.bits - 1
        return canvas

    def _color(self, on_tile: OnTile | None) -> Iterator[Band]:
        """Bands of the restored colours, as the file's own integers."""
        from restorekit.images.alpha import bleed
        from restorekit.images.finish import finish
        from restorekit.images.resize import resize_rows

        photo, size = self.photo, self.size
        if self._is_direct and not _is_grey(photo.color):
            yield from self.restorer.bands(photo.color, bits=self.bits, on_tile=on_tile)
            return
        color = photo.color if photo.alpha is None else bleed(photo.color, photo.alpha)
        for top, rows in self._sized(color, self.finishing, on_tile):
            excess = plain = None
            if photo.excess is not None:
                span = (size, self.restorer.resample, top, top + len(rows))
                excess = resize_rows(photo.excess, *span)
                plain = self._unbled(resize_rows(color, *span).clip(0, 1), top)
            yield Band(top, finish(self._unbled(rows, top), photo, excess, self.bits, plain))

    @property
    def _is_direct(self) -> bool:
        """Whether the restorer's own integers are the file's."""
        from restorekit.images.restored import natural_size, suited, too_small

        suits = suited(self.restorer, self.photo.size, self.size) is self.restorer
        plain = self.photo.profile is None and self.photo.alpha is None
        return (
            plain
            and suits
            and not too_small(self.photo.size, self.size, self.restorer)
            and self.finishing.leaves_all
            and not self.restorer.enlarged
            and self.size == natural_size(self.photo.size, self.restorer)
        )

    def _unbled(self, rows: Image, top: int) -> Image:
        """At the photo's own size, what lies under full transparency stays what it was."""
        import numpy as np

        photo = self.photo
        if photo.alpha is None or self.size != photo.size:
            return rows
        part = slice(top, top + len(rows))
        return np.where(photo.alpha[part] == 0, photo.color[part], rows)

    def _sized(
        self, image: Image, finishing: Finishing, on_tile: OnTile | None
    ) -> Iterator[tuple[int, Image]]:
        from restorekit.images.resize import resize_rows
        from restorekit.images.restored import restored_bands

        restored = partial(
            restored_bands,
            restorer=self.restorer,
            size=self.size,
            finishing=finishing,
            on_tile=on_tile,
        )
        if not _is_grey(image):
            yield from restored(image)
            return
        grey = image[:, :, 1:2]
        # What little colour there is, from lossy compression, is enlarged beside the grey.
        tint = image - grey
        for top, rows in restored(grey):
            span = (self.size, self.restorer.resample, top, top + len(rows))
            yield top, (rows + resize_rows(tint, *span)).clip(0, 1)


def prepared_for(restorer: Restorer, photo: Photo) -> tuple[Restorer, tuple[str, ...]]:
    """The restorer, told how the photo is blurred and how noisy it is, where it has to be told.

    Returns:
        It, and what was found, a line each.
    """
    notes: tuple[str, ...] = ()
    if isinstance(restorer, Blind):
        restorer, note = restorer.prepared(photo.color)
        notes = (note,)
    told, more = told_the_noise(restorer, photo)
    return told, (*notes, *more)


def told_the_noise(restorer: Restorer, photo: Photo) -> tuple[Restorer, tuple[str, ...]]:
    """The restorer, told how noisy the photo is where it has to be told; and what it was told."""
    if not isinstance(restorer, Denoiser) or not restorer.takes_sigma or restorer.sigma is not None:
        return restorer, ()
    from restorekit.classical._deconvolution import Deconvolution
    from restorekit.images.noise_level import noise_level

    if isinstance(restorer, Deconvolution):
        return restorer, ()  # it looks for itself, and counts what its kernel is wrong by as noise

    color = photo.color[:, :, 1:2] if _is_grey(photo.color) else photo.color
    sigma = noise_level(color)
    doubt = "; where more is to be seen, try --sigma 15 or higher" if sigma < DOUBTFUL else ""
    return restorer.with_sigma(sigma), (f"noise of sigma {sigma:.1f}, estimated{doubt}",)


def _is_grey(image: Image) -> bool:
    """Whether a picture with three channels is black and white: none differs by over a level."""
    if image.shape[2] != 3:
        return False
    from restorekit.images.quantize import block_rows

    return all(
        float(abs(image[rows, :, 0::2] - image[rows, :, 1:2]).max(initial=0)) <= LEVEL
        for rows in block_rows(image)
    )


def _share(on_tile: OnTile | None, index: int, passes: int) -> OnTile | None:
    """``on_tile`` for one of several equal passes, so that it counts the tiles of all."""
    if on_tile is None or passes == 1:
        return on_tile
    return lambda done, total: on_tile(index * total + done, passes * total)
