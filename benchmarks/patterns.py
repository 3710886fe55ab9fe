"""Periodic patterns that models lay over photos, beside what chance and the photo itself have.

    python benchmarks/patterns.py PHOTOS [--pattern "blur*"] --models deblurgan restorekit-sr-x4

Each photo goes through each model as a user runs it. What is the same in every square of 2, 4 or 8
pixels is a pattern that networks lay; what is the same in squares of 3, 5, 7 and 9 is chance, and
the photo's own. In levels of 255, mean and largest of the photos; 0.5 is what somebody may see.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import fmean

import numpy as np
import torch

from restorekit.contracts import Size
from restorekit.images.reading import read
from restorekit.images.restored import restored_bands
from restorekit.inference.guard import pattern
from restorekit.zoo.manifest import entry
from restorekit.zoo.restorers import DeviceOptions, load_restorers

PERIODS = (2, 4, 8)
BESIDE = (3, 5, 7, 9)


def strengths(picture: np.ndarray) -> list[float]:
    """Of each period, in levels of 255."""
    tensor = torch.from_numpy(picture)
    return [255 * pattern(tensor, period) for period in PERIODS + BESIDE]


def told(name: str, photos: list[list[float]]) -> str:
    """A row of the table."""
    cells = [f"{fmean(values):.2f} ({max(values):.2f})" for values in zip(*photos, strict=True)]
    return f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("photos", type=Path, help="a folder")
    parser.add_argument("--pattern", default="*.*", help="of the names of its photos")
    parser.add_argument("--models", nargs="+", default=["deblurgan", "restorekit-deblur"])
    options = parser.parse_args()
    photos = [read(path).color for path in sorted(options.photos.glob(options.pattern))]
    print(f"{len(photos)} photos; mean (largest), levels of 255")
    print(f"| model | {' | '.join(f'{period} pixels' for period in PERIODS + BESIDE)} |")
    print(f"|{'---|' * (1 + len(PERIODS + BESIDE))}")
    print(told("the photos", [strengths(photo) for photo in photos]), flush=True)
    for model in options.models:
        task = entry(model).task
        restorer = load_restorers(model, task=task, devices=DeviceOptions("cpu")).restorers[0]
        found: list[list[float]] = []
        for photo in photos:
            size = Size(*(side * restorer.scale for side in photo.shape[:2]))
            bands = restored_bands(photo, restorer, size)
            found.append(strengths(np.concatenate([rows for _, rows in bands])))
        print(told(model, found), flush=True)


if __name__ == "__main__":
    main()
