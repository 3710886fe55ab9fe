"""Microseconds a pixel by the sides of tiles and blocks: how the sides in the code were chosen.

    python benchmarks/sides.py --model realesrgan-x4plus --picture 512 --dense 128 192 256 100000
    python benchmarks/sides.py --model realesr-animevideov3 --picture 1024 --tiles 192 256 512 1024

A crop of a photo, enlarged where it is too small, is restored in the default precision; each
setting is run in turn, several times over, and its fastest run counts.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from restorekit.architectures import rrdbnet
from restorekit.contracts import Size
from restorekit.images.reading import read
from restorekit.images.resize import resize
from restorekit.zoo.restorers import DeviceOptions, load_restorers

PHOTO = Path(__file__).parent.parent / "photos" / "astronaut.jpg"


def main() -> None:
    """Read the options and print a row for each setting."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="realesrgan-x4plus")
    parser.add_argument("--picture", type=int, default=512, help="side of the picture")
    parser.add_argument(
        "--tiles", type=int, nargs="+", default=[0], help="sides of tiles; 0: whole"
    )
    parser.add_argument("--dense", type=int, nargs="+", default=[rrdbnet.DENSE_SIDE])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    side = options.picture
    picture = resize(read(PHOTO).color, Size(side, side), "lanczos").clip(0, 1).astype(np.float32)
    fastest: dict[tuple[int, int], float] = {}
    for _ in range(options.rounds):
        for tile in options.tiles:
            loaded = load_restorers(options.model, task="sr", devices=DeviceOptions(tile=tile))
            for dense in options.dense:
                rrdbnet.DENSE_SIDE = dense
                began = time.perf_counter()
                for _band in loaded.restorers[0].bands(picture, bits=8):
                    pass
                seconds = time.perf_counter() - began
                key = (tile, dense)
                fastest[key] = min(fastest.get(key, seconds), seconds)
    print(f"{options.model}, {side} x {side} pixels, fastest of {options.rounds}")
    for (tile, dense), seconds in fastest.items():
        print(f"tile {tile:5}  dense block {dense:6}  {seconds / side**2 * 1e6:6.2f} us a pixel")


if __name__ == "__main__":
    main()
