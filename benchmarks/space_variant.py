"""Blur that differs over the photo: one kernel, a grid of them, and the true ones.

    python benchmarks/space_variant.py PHOTO... --chain "rotation_shake(1, 4)" --grid 3x3

Each sharp photo is blurred by a hand that rolls the camera, with noise of one level and 8 bits.
``one`` is the kernel found in the whole photo, ``grid`` one for each cell, each as ``restorekit
deblur`` takes it; ``true`` are told the true kernels of the cells' middles. PSNR is that of all
channels without 16 pixels of each border, in dB. Seconds are the processor's, for finding the
kernels of the grid and for undoing them.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restorekit.classical._denser_map import middles, of_kernels
from restorekit.classical._space_variant import SpaceVariant
from restorekit.cli.options import cells
from restorekit.contracts import Cells, Size
from restorekit.degradations import parse
from restorekit.degradations.rotation_shake import RotationShake
from restorekit.images.quantize import to_float, to_integers
from restorekit.images.reading import read
from restorekit.kernel_estimation import ESTIMATORS
from restorekit.kernel_estimation._blind import UNSURE, BlindDeconvolution
from restorekit.zoo.methods import CLASSICAL

if TYPE_CHECKING:
    from restorekit.contracts import Image, KernelMap, Restorer

BORDER = 16


def psnr(result: Image, truth: Image) -> float:
    """In dB, without the border."""
    inner = np.s_[BORDER:-BORDER, BORDER:-BORDER]
    return float(-10 * np.log10(np.square(result[inner] - truth[inner]).mean(dtype=np.float64)))


def restored(restorer: Restorer, photo: Image) -> Image:
    """All of its bands."""
    return np.concatenate([band.rows for band in restorer.bands(photo)])


def true_map(shake: RotationShake, size: Size, grid: Cells) -> KernelMap:
    """The kernels of the middles of the cells."""
    places = middles(grid, size) + (np.array(size) - 1) / 2
    return of_kernels(grid, [shake.psf_at((row, column), size) for row, column in places])


def row(path: Path, chain: str, grid: Cells, method: str, estimator: str) -> list[float]:
    """PSNR of the photo, with one kernel, with the grid, and told the truth; seconds."""
    truth = read(path).color
    drawn = parse(f"{chain}|gaussian_noise(1)").settled(path.name, 0)
    shake = next(it for it in drawn.steps if isinstance(it, RotationShake))
    photo = to_float(to_integers(drawn(truth), 8))
    blind = BlindDeconvolution(ESTIMATORS[estimator], CLASSICAL[method])
    one, told = blind.prepared(photo)
    print(f"{path.name}: {drawn}\n  {told}", flush=True)
    began = time.process_time()
    found, told = blind.with_grid(grid).prepared(photo)
    print(f"  {told}", flush=True)
    between = time.process_time()
    results = [photo, restored(one, photo)]
    after_one = time.process_time()
    results.append(restored(found, photo))
    ended = time.process_time()
    knowing = SpaceVariant(
        CLASSICAL[method].with_sigma(UNSURE), true_map(shake, Size(*truth.shape[:2]), grid)
    )
    results.append(restored(knowing, photo))
    return [*(psnr(it, truth) for it in results), between - began, ended - after_one]


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("photos", type=Path, nargs="+", help="sharp photos, to be blurred")
    parser.add_argument("--chain", default="rotation_shake(1, 4)", help="that blurs them")
    parser.add_argument("--grid", default="3x3", help="rows by columns")
    parser.add_argument("--method", default="tv-l2", help="deconvolution that follows")
    parser.add_argument("--estimator", default="consensus", help="what finds the kernels")
    options = parser.parse_args()
    grid = cells(options.grid) or Cells(3, 3)
    rows = [
        row(it, options.chain, grid, options.method, options.estimator) for it in options.photos
    ]
    print("| photo | blurred | one | grid | grid, true | s to find | s to undo |")
    print("|---|---|---|---|---|---|---|")
    for name, values in [
        *((it.stem, values) for it, values in zip(options.photos, rows, strict=True)),
        ("mean", list(np.mean(rows, axis=0))),
    ]:
        figures = [*(f"{it:.2f}" for it in values[:4]), *(f"{it:.0f}" for it in values[4:])]
        print(f"| {name} | {' | '.join(figures)} |")


if __name__ == "__main__":
    main()
