"""Training pairs a second: the recipes of two papers against per-sample OpenCV code, in one run.

    pip install opencv-python-headless
    python benchmarks/degradations.py --seconds 10 --rounds 5

Both sides degrade the same random crops of the same photos in the same number of processes of one
thread each, as a training's data loader does, and take turns. Seconds are of processor time, which
others on the machine hardly lengthen: with as many free cores as processes they are the clock's.
The other side is ``opencv_degradations.py``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import opencv_degradations

from restorekit.degradations import parse
from restorekit.images.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

PHOTOS = Path(__file__).parents[1] / "photos"
SIDES = {"real_esrgan": 256, "bsrgan": 288}
"""Of the crops in pixels, as the papers train with."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def photos() -> list[np.ndarray]:
    """The pictures that crops are taken from."""
    return [read(path).color for path in sorted(PHOTOS.glob("*.jpg"))]


def crop(pictures: list[np.ndarray], side: int) -> np.ndarray:
    """A crop at random."""
    picture = random.choice(pictures)
    top, left = (random.randrange(length - side + 1) for length in picture.shape[:2])
    return np.ascontiguousarray(picture[top : top + side, left : left + side])


def degrader(recipe: str, way: str) -> Callable[[np.ndarray], np.ndarray]:
    """What one side does with a crop."""
    if way == "opencv":
        return getattr(opencv_degradations, recipe)
    drawn, rng = parse(f"{recipe}(4)"), np.random.default_rng()

    def degrade(image: np.ndarray) -> np.ndarray:
        return drawn.draw(rng)(image)

    return degrade


def worker(recipe: str, way: str, seconds: float) -> float:
    """Pairs a second of one process's processor time, after a moment to warm up."""
    cv2.setNumThreads(1)
    random.seed(os.getpid())
    np.random.seed(os.getpid())  # noqa: NPY002 - the other side's generator
    pictures, degrade, side = photos(), degrader(recipe, way), SIDES[recipe]
    for _ in range(5):
        degrade(crop(pictures, side))
    count, began = 0, time.process_time()
    while (passed := time.process_time() - began) < seconds:
        result = degrade(crop(pictures, side))
        assert result.shape == (side // 4, side // 4, 3)
        assert result.dtype == np.float32
        count += 1
    return count / passed


def rate(recipe: str, way: str, seconds: float, processes: int) -> float:
    """Pairs a second of all processes together."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        jobs = [pool.apply_async(worker, (recipe, way, seconds)) for _ in range(processes)]
        return sum(job.get() for job in jobs)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--processes", type=int, default=2)
    args = parser.parse_args()
    os.environ.update(ONE_THREAD)  # the processes are started after this, and load NumPy then
    print(f"{args.processes} processes of one thread, {args.rounds} rounds of {args.seconds:g} s")
    print("| recipe | crop | OpenCV, pairs/s | restorekit, pairs/s | ratio, median (range) |")
    print("|---|---|---|---|---|")
    for recipe, side in SIDES.items():
        pairs = [
            [rate(recipe, way, args.seconds, args.processes) for way in ("opencv", "ours")]
            for _ in range(args.rounds)
        ]
        theirs, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratios = sorted(own / other for other, own in pairs)
        spread = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(f"| {recipe}(4) | {side} x {side} | {theirs:.1f} | {ours:.1f} | {spread} |")


if __name__ == "__main__":
    main()
