"""What a network gains where freed memory is kept for the next tile: seconds, faults, memory.

    python benchmarks/heap.py realesrgan-x4plus sr --side 256
    python benchmarks/heap.py maxim-deblurring deblur --pairs 3

Each side is a process of its own, in turn; a piece of a photo is restored four times in each, and
the second fastest counts. The ratio is that of each pair.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import time
from pathlib import Path
from typing import NamedTuple

from restorekit.images.reading import read
from restorekit.inference import heap
from restorekit.zoo.restorers import load_restorers

PHOTO = Path(__file__).parent.parent / "photos" / "astronaut.jpg"
RUNS, COUNTED = 4, 1


class Read(NamedTuple):
    """What a process needed."""

    seconds: float
    faults: int
    """Pages that the system had to find, all in all."""
    memory: int
    """The most, in kB."""


def measured(model: str, task: str, side: int, *, kept: bool) -> Read:
    """A process's figures."""
    if not kept:
        heap.keep_freed_memory = lambda: False
        from restorekit.inference import make

        make.keep_freed_memory = heap.keep_freed_memory
    picture = read(PHOTO).color[:side, :side]
    restorer = load_restorers(model, task=task).restorers[0]  # pyright: ignore[reportArgumentType]
    seconds: list[float] = []
    for _ in range(RUNS):
        began = time.perf_counter()
        for _band in restorer.bands(picture):
            pass
        seconds.append(time.perf_counter() - began)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return Read(sorted(seconds)[COUNTED], used.ru_minflt, used.ru_maxrss)


def alone(model: str, task: str, side: int, *, kept: bool) -> Read:
    """The same in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measured, (model, task, side), {"kept": kept})


def main() -> None:
    """Read the options and print both sides."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("task")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    place = (options.model, options.task, options.side)
    pairs = [(alone(*place, kept=True), alone(*place, kept=False)) for _ in range(options.pairs)]
    ratios = [given.seconds / kept.seconds for kept, given in pairs]
    print(f"| {options.model} | seconds | page faults | MB |\n|---|---|---|---|")
    for name, side in (("kept", 0), ("given back", 1)):
        reads = [pair[side] for pair in pairs]
        seconds, faults, memory = (statistics.median(it) for it in zip(*reads, strict=True))
        print(f"| {name} | {seconds:.2f} | {faults:.0f} | {memory / 1024:.0f} |")
    print(f"times slower: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
