"""What a network has learnt from real bad photos: a quarter of the size, and as bad as those."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.contracts import DegradationFamily
from restorekit.degradations._step import RandomStep
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from restorekit.architectures._high_to_low import HighToLow
    from restorekit.contracts import Image


@dataclass(frozen=True)
class Learned(RandomStep):
    """``y = G(x, n)``: n is normal noise with variance 1 at each pixel, G a High-to-Low network.

    Bulat, Yang and Tzimiropoulos, "To learn image super-resolution, use a GAN to learn how to do
    image degradation first", 2018, section 3. Training with the recipe ``hllhgan`` gives such
    networks. Sides become 4 times shorter, rounded down. The same file and seed give the same
    picture, to the last bits of float32.

    Raises:
        UsageError: There is no such file.
    """

    file: str
    """Of the network's weights; its path as seen from where the program runs."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not Path(self.file).is_file():
            raise UsageError(
                f"learned: there is no file {self.file}",
                hint="restorekit train --recipe hllhgan writes one",
            )

    def _apply(self, image: Image) -> Image:
        from restorekit.architectures._high_to_low import degraded

        return degraded(_network(self.file), image, self._generator())


def _network(file: str) -> HighToLow:
    """The network in ``file``, read once by each process.

    Raises:
        CheckpointError: It holds something else.
    """
    path = Path(file)
    state = path.stat()
    return _read(path.absolute(), state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=4)
def _read(path: Path, _changed: int, _size: int) -> HighToLow:
    from restorekit.architectures._high_to_low import build
    from restorekit.zoo.checkpoint import read_tensors

    return build(read_tensors(path), str(path))


DEGRADATION = DegradationFamily(
    title="what a network learnt from real photos",
    make=Learned,
    typical="learned('degrader.safetensors')",
    drawn="learned('degrader.safetensors')",
    neutral=None,
    needs_file=True,
)
