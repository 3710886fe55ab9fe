"""Example-based enlarging: what it gains on Set5 by how many examples it has, and what it takes.

    python benchmarks/example_based.py SET5 PHOTOS        # two folders of photos
    python benchmarks/example_based.py SET5 PHOTOS --scales 2 --pairs 300000

A row for each scale and size of the database: PSNR of bicubic and of ours, the mean over SET5,
and seconds of processor time: to gather the examples from PHOTOS, and for each megapixel of the
result. The protocol of the tables: cropped to a multiple of the scale, luma rounded to 8 bits, made
small by MATLAB's bicubic without rounding, as many pixels as the scale cut off at each side.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from restorekit.classical.example_based import RESTORER
from restorekit.images.imresize import imresize
from restorekit.images.protocols import luma
from restorekit.images.quantize import to_float, to_integers
from restorekit.images.reading import read_bytes
from restorekit.metrics.psnr import psnr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.classical.example_based import ExampleBased
    from restorekit.contracts import Image


def table(
    truths: Sequence[Image], photos: Path, scales: Sequence[int], sizes: Sequence[int]
) -> None:
    """Print a row for each scale and size of the database."""
    print(f"{len(truths)} photos, {torch.get_num_threads()} threads\n")
    print("| scale | pairs | bicubic dB | example-based dB | gathered in s | s per megapixel |")
    print("|---|---|---|---|---|---|")
    for scale in scales:
        bicubic = statistics.mean(difference(small_of(it, scale), it, scale) for it in truths)
        for most in sizes:
            restorer = RESTORER.at_scale(scale).with_examples(photos, most=most)
            assert restorer.examples is not None
            began = time.process_time()
            found = restorer.examples.at(scale)
            gathered = time.process_time() - began
            gained, seconds = measured(restorer, truths)
            print(
                f"| {scale} | {len(found.pairs.windows)} | {bicubic:.2f} | {gained:.2f} "
                f"| {gathered:.0f} | {seconds:.0f} |",
                flush=True,
            )


def measured(restorer: ExampleBased, truths: Sequence[Image]) -> tuple[float, float]:
    """The mean PSNR, and seconds for each megapixel of the results."""
    found: list[float] = []
    began = time.process_time()
    for truth in truths:
        small = small_of(truth, restorer.scale)
        result = np.concatenate([band.rows for band in restorer.bands(small)])
        found.append(difference(result, truth, restorer.scale))
    seconds = time.process_time() - began
    return statistics.mean(found), seconds / sum(truth.size for truth in truths) * 1e6


def small_of(truth: Image, scale: int) -> Image:
    """The photo made small, in float32."""
    return imresize(cropped(truth, scale), 1 / scale).astype(np.float32)


def cropped(truth: Image, scale: int) -> Image:
    """The photo, its sides multiples of the scale."""
    height, width = (side // scale * scale for side in truth.shape[:2])
    return truth[:height, :width]


def difference(result: Image, truth: Image, scale: int) -> float:
    """PSNR in dB; a result of less than the size of the truth is enlarged by bicubic."""
    truth = cropped(truth, scale)
    if result.shape != truth.shape:
        result = imresize(result, scale).astype(np.float32)
    inside = (slice(scale, -scale),) * 2
    return psnr(to_integers(result[inside], 8), to_integers(truth[inside], 8))


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("set5", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--scales", type=int, nargs="+", default=[2, 3, 4])
    parser.add_argument("--pairs", type=int, nargs="+", default=[30_000, 100_000, 300_000])
    options = parser.parse_args()
    truths = [to_float(luma(read_bytes(path))) for path in sorted(options.set5.glob("*.bmp"))]
    table(truths, options.photos, options.scales, options.pairs)


if __name__ == "__main__":
    main()
