"""ZSSR: what it gains over bicubic, photo by photo, and how long it takes.

    python benchmarks/zssr.py gains FOLDER                  # of true photos, such as set5
    python benchmarks/zssr.py gains PHOTO --scales 2 --device cuda
    python benchmarks/zssr.py kernel FOLDER                 # blurred by another kernel

``gains``: each photo is cut to a multiple of the scale, made smaller by MATLAB's bicubic and
rounded to 8 bits, then enlarged. PSNR of the luma (BT.601, 16 to 235) without a border as wide as
the scale, as the papers measure it.

``kernel``: the same at twice the size, but blurred before it is made smaller. ZSSR is told the
kernel, and is not.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np

from restorekit.batch.pairs import named_photos
from restorekit.contracts import Sampling, Size
from restorekit.images.convolution import convolve
from restorekit.images.imresize import imresize
from restorekit.images.kernel_files import read_kernel
from restorekit.images.protocols import protocol
from restorekit.images.reading import read
from restorekit.images.restored import suited
from restorekit.metrics.psnr import METRIC as PSNR
from restorekit.zoo.restorers import DeviceOptions, load_restorers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.contracts import Image, Psf, Restorer

KERNEL = "gaussian:2:1:30"
"""Twice as wide along one axis as along the other, at the size of the result."""


def true_photo(path: Path, scale: int) -> Image:
    """In colour, cut to a multiple of the scale."""
    photo = read(path).color
    height, width = (side // scale * scale for side in photo.shape[:2])
    return np.ascontiguousarray(photo[:height, :width])


def made_smaller(photo: Image, scale: int, psf: Psf | None = None) -> Image:
    """As the papers make their input, blurred before where a kernel is told."""
    blurred = photo if psf is None else convolve(photo, psf)
    return rounded(imresize(blurred, 1 / scale))


def rounded(picture: np.ndarray) -> Image:
    """To 8 bits."""
    return ((picture * 255).round().clip(0, 255) / 255).astype(np.float32)


def enlarged(restorer: Restorer, photo: Image) -> tuple[Image, float]:
    """The whole result, and the seconds that it took."""
    began = time.perf_counter()
    result = np.concatenate([band.rows for band in restorer.bands(photo)])
    return result, time.perf_counter() - began


def decibels(result: Image, truth: Image, scale: int) -> float:
    """As the papers measure."""
    seen = protocol("y-crop", scale=scale)
    return PSNR(seen(result), seen(truth))


def at_scale(restorer: Restorer, scale: int) -> Restorer:
    """The same for another scale."""
    return suited(restorer, Size(64, 64), Size(64 * scale, 64 * scale))


def gains(paths: Sequence[Path], scales: Sequence[int], device: str, seed: int) -> None:
    """Print a row for each photo and scale, and the mean of each scale."""
    print("| photo | scale | bicubic dB | ZSSR dB | gain dB | seconds |\n|---|---|---|---|---|---|")
    for scale in scales:
        rows: list[tuple[float, float, float]] = []
        for path in paths:
            truth = true_photo(path, scale)
            photo = made_smaller(truth, scale)
            plain = decibels(rounded(imresize(photo, scale)), truth, scale)
            result, seconds = enlarged(at_scale(restorer_on(device, seed), scale), photo)
            rows.append((plain, decibels(result, truth, scale), seconds))
            print(row(path.stem, scale, *rows[-1]), flush=True)
        print(row("**mean**", scale, *(mean(column) for column in zip(*rows, strict=True))))


def row(name: str, scale: int, plain: float, found: float, seconds: float) -> str:
    """Of the table of gains."""
    gain = found - plain
    return f"| {name} | x{scale} | {plain:.2f} | {found:.2f} | {gain:+.2f} | {seconds:.0f} |"


def kernel(paths: Sequence[Path], text: str, device: str, seed: int) -> None:
    """Print a row for each photo: ZSSR without the kernel and with it."""
    print(f"x2, {text}\n")
    print("| photo | bicubic dB | ZSSR, not told | ZSSR, told | gain dB |\n|---|---|---|---|---|")
    psf = read_kernel(text)
    for path in paths:
        truth = true_photo(path, 2)
        photo = made_smaller(truth, 2, psf)
        plain = decibels(rounded(imresize(photo, 2)), truth, 2)
        untold, told = (
            decibels(enlarged(restorer_on(device, seed, it), photo)[0], truth, 2)
            for it in (None, psf)
        )
        print(
            f"| {path.stem} | {plain:.2f} | {untold:.2f} | {told:.2f} | {told - untold:+.2f} |",
            flush=True,
        )


def restorer_on(device: str, seed: int, psf: Psf | None = None) -> Restorer:
    """ZSSR as a user gets it."""
    loaded = load_restorers(
        "zssr", task="sr", psf=psf, sampling=Sampling(seed=seed), devices=DeviceOptions(device)
    )
    return loaded.restorers[0]


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("part", choices=["gains", "kernel"])
    parser.add_argument("photos", type=Path, help="a folder of them, or one")
    parser.add_argument("--scales", nargs="+", type=int, default=[2, 3, 4])
    parser.add_argument("--kernel", default=KERNEL, help="as restorekit sr --kernel takes it")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    paths = list(named_photos(options.photos).values())
    if options.part == "gains":
        gains(paths, options.scales, options.device, options.seed)
    else:
        kernel(paths, options.kernel, options.device, options.seed)


if __name__ == "__main__":
    main()
