"""Pairs from what moved: frames of a video added up, and the middle one of them as the truth."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from restorekit.batch.events import Event, Failed
from restorekit.errors import PhotoError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from restorekit.images.protocols import Bytes

BLURRED, SHARP = "blurred", "sharp"
"""The folders of a set of pairs."""
GAMMA = 2.2
"""Of the camera's response, as the GoPro set takes it to be."""


@dataclass(frozen=True)
class Averaging:
    """How frames become pairs.

    Raises:
        UsageError: Numbers of frames that cannot be meant, or a seed below 0.
    """

    fewest: int = 7
    """Frames of a pair; both ends count. Of the numbers between, the odd ones are drawn evenly, for
    only they have a middle."""
    most: int = 13
    gamma: float = GAMMA
    seed: int = 0
    """Of the numbers that are drawn; each video draws its own, told apart by its name."""

    def __post_init__(self) -> None:
        if not self._odd:
            raise UsageError(
                "--frames",
                expected="an odd number from 3 up, or a range such as 7-13",
                got=f"{self.fewest}-{self.most}",
            )
        if self.seed < 0:
            raise UsageError("--seed", expected="0 or more", got=str(self.seed))

    @property
    def _odd(self) -> list[int]:
        return [it for it in range(max(self.fewest, 3), self.most + 1) if it % 2]

    @classmethod
    def said(cls, text: str, seed: int = 0) -> Averaging:
        """What ``9`` or ``7-13`` says.

        Raises:
            UsageError: It says nothing of the kind.
        """
        found = re.fullmatch(r"(\d+)(?:-(\d+))?", text.strip())
        if found is None:
            raise UsageError("--frames", expected="a number such as 9, or 7-13", got=repr(text))
        return cls(int(found[1]), int(found[2] or found[1]), seed=seed)

    def lengths(self, name: str) -> Iterator[int]:
        """How many frames each pair of the video called ``name`` takes, without end."""
        import numpy as np

        rng = np.random.default_rng([self.seed, zlib.crc32(name.encode())])
        while True:
            yield int(rng.choice(self._odd))

    def at_most(self, count: int) -> int:
        """The largest number of frames for a pair where there are ``count``; 0: too few."""
        return max((it for it in self._odd if it <= count), default=0)


@dataclass(frozen=True)
class Averaged(Event):
    """A pair is written."""

    kind: ClassVar[str] = "averaged"
    source: Path
    """The video, or the folder of frames."""
    target: Path
    """The blurred one."""
    first: int
    """The number of the first frame, from 0."""
    frames: int


def average_frames(
    sources: Sequence[Path],
    output: Path,
    options: Averaging,
    *,
    overwrite: bool = False,
    on_event: Callable[[Event], None] = lambda _: None,
) -> list[Failed]:
    """Write pairs: ``output/blurred``, the mean of frames, and ``output/sharp``, the middle one.

    The frames of a pair follow on those of the pair before, and are added up in linear light:
    ``y = (1/M sum of x_i^gamma)^(1/gamma)``; what is left over at the end is not used. Nah, Kim and
    Lee, "Deep Multi-scale Convolutional Neural Network for Dynamic Scene Deblurring", 2017, section
    3, equation 2. Both are PNGs of 8 bits and of one name, ``VIDEO_00042.png`` from frame 42 on.

    Args:
        sources: Videos, and folders of frames in the natural order of their names.
        output: A folder, which is made where it is not there.
        options: How many frames, and with which response.
        overwrite: Whether files that are there are replaced.
        on_event: Told of each pair, an :class:`Averaged`, and of each source that failed.

    Returns:
        The sources whose frames cannot be read, differ in size, or are too few for a pair; they do
        not stop the others.

    Raises:
        UsageError: Two sources of one name.
        OutputError: A file is there already, or cannot be written.
    """
    names = [it.stem for it in sources]
    if len(set(names)) < len(names):
        raise UsageError("two videos of one name", got=", ".join(map(str, sources)))
    failed: list[Failed] = []
    for source in sources:
        try:
            _pairs_of(source, output, options, overwrite, on_event)
        except PhotoError as error:
            failed.append(Failed.because(source, error))
            on_event(failed[-1])
    return failed


def _pairs_of(
    source: Path,
    output: Path,
    options: Averaging,
    overwrite: bool,
    on_event: Callable[[Event], None],
) -> None:
    frames, first, pairs = _frames(source), 0, 0
    for drawn in options.lengths(source.name):
        left = list(islice(frames, drawn))
        length = options.at_most(len(left))
        if not length:
            break
        taken = left[:length]
        _check_sizes(taken, source)
        name = f"{source.stem}_{first:05}.png"
        # The truth comes first: a blurred one always has its own.
        _write(output / SHARP / name, taken[length // 2], overwrite=overwrite)
        _write(output / BLURRED / name, _mean(taken, options.gamma), overwrite=overwrite)
        on_event(Averaged(source, output / BLURRED / name, first, length))
        first, pairs = first + length, pairs + 1
    if not pairs:
        raise PhotoError(f"{source} has too few frames", expected=f"{options.fewest} or more")


def _check_sizes(frames: Sequence[Bytes], source: Path) -> None:
    for frame in frames:
        if frame.shape != frames[0].shape:
            expected, got = map(_form, (frames[0], frame))
            raise PhotoError(f"{source}: frames of two kinds", expected=expected, got=got)


def _form(frame: Bytes) -> str:
    height, width, channels = frame.shape
    return f"{width}x{height} of {channels} channels"


def _frames(source: Path) -> Iterator[Bytes]:
    """The frames of a video, or the photos of a folder."""
    from restorekit.batch.inputs import natural_key, search
    from restorekit.images.reading import read_bytes
    from restorekit.images.video import frames

    if not source.is_dir():
        yield from frames(source)
        return
    found = search(source, recursive=False)
    if found.failed:
        raise PhotoError(found.failed[0].message)
    for path in sorted(found.photos, key=natural_key):
        yield read_bytes(path, name=str(path))


def _mean(frames: Sequence[Bytes], gamma: float) -> Bytes:
    import numpy as np

    from restorekit.images.light import encoded, linear
    from restorekit.images.quantize import to_float, to_integers

    total = np.zeros(frames[0].shape, np.float32)
    for frame in frames:
        total += linear(to_float(frame), gamma)
    total /= len(frames)
    return to_integers(encoded(total, gamma), 8)


def _write(target: Path, pixels: Bytes, *, overwrite: bool) -> None:
    from restorekit.files import check_target, unwritable, whole
    from restorekit.images.photo import Metadata
    from restorekit.images.png import encode

    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        check_target(target, overwrite=overwrite)
        with whole(target) as part:
            part.write_bytes(encode(pixels, Metadata()))
    except OSError as error:
        raise unwritable(target, error) from error
