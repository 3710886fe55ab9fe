"""Photos for training, decoded once into one file that every process maps into its memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from restorekit.degradations import parse
from restorekit.errors import PhotoError, RestorekitError, UsageError
from restorekit.files import unwritable, whole
from restorekit.images.protocols import grey, luma
from restorekit.images.quantize import to_float, to_integers
from restorekit.images.reading import read_bytes
from restorekit.images.video import VIDEO_SUFFIXES, frames

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Bytes = npt.NDArray[np.uint8]
    """``(H, W, 1 or 3)``."""

Color = Literal["rgb", "grey", "luma"]
FRAME_SECONDS = 1.0
"""Between the frames of a video that are learnt from: neighbours hardly differ."""


class Refused(NamedTuple):
    """A photo that cannot be used, and why."""

    path: Path
    reason: str


class Place(NamedTuple):
    """Where a photo lies in the packed file."""

    path: str
    offset: int
    height: int
    width: int


@dataclass(frozen=True)
class PackedPhotos:
    """Decoded photos of 8 bits and one number of channels, side by side in one file."""

    file: Path
    places: tuple[Place, ...]
    channels: int

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: int) -> Bytes:
        """The photo ``(H, W, C)``; only what is looked at is read from the disk."""
        _, offset, height, width = self.places[index]
        shape = (height, width, self.channels)
        return np.memmap(self.file, np.uint8, mode="r", offset=offset, shape=shape)

    def only(self, chosen: Sequence[int]) -> PackedPhotos:
        """Some of the photos, by their numbers."""
        return replace(self, places=tuple(self.places[it] for it in chosen))

    def name(self, index: int) -> str:
        """The file name of a photo, without its suffix."""
        return Path(self.places[index].path).stem


def pack(
    photos: Sequence[Path], file: Path, *, color: Color, smallest: int, chain: str = ""
) -> tuple[PackedPhotos, list[Refused]]:
    """Decode ``photos`` into ``file``; what lies there already is used if it is of the same photos.

    Args:
        photos: What to decode; of videos, a frame a second.
        file: Where to; a table of the contents is written beside it.
        color: What becomes of each: all three channels, its grey or its luma.
        smallest: The least height and width that a photo must have.
        chain: Degradations that each goes through; chance is the same each time.

    Returns:
        The photos, and those that cannot be used.

    Raises:
        UsageError: None can be used.
        OutputError: The file cannot be written.
    """
    table = file.with_suffix(".json")
    settings = [color, smallest, chain]
    wanted = [[str(it), it.stat().st_size, it.stat().st_mtime_ns, *settings] for it in photos]
    if (found := _packed_before(file, table, wanted)) is not None:
        return found
    places: list[Place] = []
    refused: list[Refused] = []
    try:
        with whole(file) as partial, partial.open("wb") as stream:
            for path in photos:
                try:
                    for name, pixels in _pictures(path):
                        fit = _through(chain, _fitted(pixels, name, color, smallest))
                        places.append(Place(name, stream.tell(), *fit.shape[:2]))
                        stream.write(np.ascontiguousarray(fit).data)
                except RestorekitError as error:
                    refused.append(Refused(path, str(error)))
        if not places:
            raise UsageError("no photo can be used", got=refused[0].reason if refused else "none")
        content = {"photos": wanted, "places": places, "refused": [(str(p), r) for p, r in refused]}
        with whole(table) as partial:
            partial.write_text(json.dumps(content), encoding="utf-8")
    except OSError as error:
        raise unwritable(file, error) from error
    return PackedPhotos(file, tuple(places), 3 if color == "rgb" else 1), refused


def _packed_before(
    file: Path, table: Path, wanted: list[list[str | int]]
) -> tuple[PackedPhotos, list[Refused]] | None:
    try:
        content = json.loads(table.read_text(encoding="utf-8"))
        if content["photos"] != wanted or not file.is_file():
            return None
        places = tuple(Place(*it) for it in content["places"])
        refused = [Refused(Path(path), reason) for path, reason in content["refused"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return PackedPhotos(file, places, 3 if wanted[0][3] == "rgb" else 1), refused


def _pictures(path: Path) -> Iterator[tuple[str, Bytes]]:
    """A photo, or frames of a video, each with its name."""
    if path.suffix.lower() not in VIDEO_SUFFIXES:
        yield str(path), read_bytes(path)
        return
    for number, frame in enumerate(frames(path, seconds=FRAME_SECONDS)):
        yield str(path.with_suffix(f".{number:05}{path.suffix}")), frame


def _fitted(pixels: Bytes, name: str, color: Color, smallest: int) -> Bytes:
    if min(pixels.shape[:2]) < smallest:
        raise PhotoError(
            f"{name} is too small",
            expected=f"at least {smallest}x{smallest} pixels",
            got=f"{pixels.shape[1]}x{pixels.shape[0]}",
        )
    if color == "rgb":
        return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
    return luma(pixels) if color == "luma" else grey(pixels)


def _through(chain: str, pixels: Bytes) -> Bytes:
    if not chain:
        return pixels
    return to_integers(parse(chain).draw(np.random.default_rng(0))(to_float(pixels)), 8)
