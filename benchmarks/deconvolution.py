"""Deconvolution with known kernels, on the 32 shaken photos of Levin et al.

    python benchmarks/deconvolution.py FOLDER                   # every method without weights
    python benchmarks/deconvolution.py --photo PHOTO --kernel motion:23:30 --sigma 1

``FOLDER`` holds ``blurred/im1_kernel1_img.png`` and so on, and ``gt/im1.png``, ``gt/kernel1.png``;
as they are distributed, six of the eight pictures of kernels are turned by 180 degrees.

The protocol is the authors': 15 pixels of each border are left out, and the result is moved by up
to 5 pixels, in quarters and bilinearly, to where it is nearest to the truth. PSNR is the mean over
the photos; SSD the mean of the sums of squared differences, 1 being white. Noise is not told.

``--photo``: one large sharp photo, blurred by the kernel, with noise of the sigma and 8 bits.
Seconds are the processor's for each megapixel, all threads together, and the clock's; methods that
find the kernel themselves may be named, too.

A. Levin, Y. Weiss, F. Durand, W. T. Freeman, Understanding and evaluating blind deconvolution
algorithms, CVPR 2009.
"""

from __future__ import annotations

import argparse
import time
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restorekit.images.convolution import convolve
from restorekit.images.kernel_files import read_kernel
from restorekit.images.quantize import to_float, to_integers
from restorekit.images.reading import read
from restorekit.kernel_estimation import ESTIMATORS
from restorekit.kernels import delta
from restorekit.metrics.psnr import psnr
from restorekit.zoo.methods import CLASSICAL
from restorekit.zoo.restorers import WeightsOptions, load_restorers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.contracts import Image, Psf

PHOTOS, KERNELS = range(1, 5), range(1, 9)
UPRIGHT = {4, 8}
"""Kernels that are distributed as they are; the others are turned."""
BORDER, SHIFT, PARTS = 15, 5, 4


def grey(path: Path) -> Image:
    """``(H, W, 1)``."""
    return read(path).color[:, :, :1]


def kernel(folder: Path, number: int) -> Psf:
    """What blurred the photos of that kernel."""
    psf = read_kernel(str(folder / "gt" / f"kernel{number}.png"))
    return psf if number in UPRIGHT else np.rot90(psf, 2)


def moved(image: Image, down: float, right: float) -> Image:
    """Without its border, each pixel taken from so far away, bilinearly."""
    top, left = int(np.floor(down)), int(np.floor(right))
    result = np.zeros((), np.float32)
    for i, j in product((0, 1), repeat=2):
        share = abs(1 - i - (down - top)) * abs(1 - j - (right - left))
        if share:
            rows, columns = (
                slice(BORDER + step, side - BORDER + step)
                for step, side in zip((top + i, left + j), image.shape[:2], strict=True)
            )
            result = result + np.float32(share) * image[rows, columns]
    return result


def difference(result: Image, truth: Image) -> float:
    """The sum of squared differences, after the best shift."""
    inner = moved(truth, 0, 0)

    def at(down: float, right: float) -> float:
        return float(np.square(moved(result, down, right) - inner).sum(dtype=np.float64))

    whole = range(-SHIFT, SHIFT + 1)
    coarse = min(product(whole, whole), key=lambda it: at(*it))
    near = [part / PARTS for part in range(1 - PARTS, PARTS)]
    found = ((coarse[0] + i, coarse[1] + j) for i, j in product(near, near))
    return min(at(*it) for it in found if max(map(abs, it)) <= SHIFT)


def measured(folder: Path, name: str | None, weights: WeightsOptions) -> tuple[float, float, float]:
    """PSNR, SSD and seconds a photo of a method; of the blurred photos themselves for None."""
    errors: list[float] = []
    ratios: list[float] = []
    spent = 0.0
    for photo, number in product(PHOTOS, KERNELS):
        truth = grey(folder / "gt" / f"im{photo}.png")
        image = grey(folder / "blurred" / f"im{photo}_kernel{number}_img.png")
        psf = kernel(folder, number)
        method = load_restorers(
            name or "inverse", task="deblur", psf=psf if name else delta(), weights=weights
        ).restorers[0]
        began = time.perf_counter()
        result = np.concatenate([band.rows for band in method.bands(image)])
        spent += time.perf_counter() - began
        errors.append(difference(result, truth))
        ratios.append(-10 * np.log10(errors[-1] / moved(truth, 0, 0).size))
    return float(np.mean(ratios)), float(np.mean(errors)), spent / len(errors)


def table(folder: Path, names: Sequence[str], weights: WeightsOptions) -> None:
    """Print a row for each method."""
    print("| method | PSNR, dB | SSD | seconds a photo |\n|---|---|---|---|")
    for name in (None, *names):
        ratio, error, seconds = measured(folder, name, weights)
        told = f"{seconds:.2f}" if name else "-"
        print(
            f"| {name or 'the blurred photos'} | {ratio:.2f} | {error:.1f} | {told} |", flush=True
        )


def speed(
    path: Path, text: str, sigma: float, names: Sequence[str], weights: WeightsOptions
) -> None:
    """Print a row for each method on one large photo."""
    truth, psf = read(path).color, read_kernel(text)
    noise = np.random.default_rng(0).normal(0, sigma / 255, truth.shape)
    image = to_float(to_integers((convolve(truth, psf) + noise).astype(np.float32).clip(0, 1), 8))
    megapixels = image[:, :, 0].size / 1e6
    print(
        f"{image.shape[1]}x{image.shape[0]}, {text}, sigma {sigma:g}: {psnr(image, truth):.2f} dB\n"
    )
    print("| method | PSNR, dB | s a megapixel, processor | s in all, processor | clock |")
    print("|---|---|---|---|---|")
    for name in names:
        blind = name in ESTIMATORS
        told = None if blind else psf
        method = load_restorers(name, task="deblur", psf=told, weights=weights).restorers[0]
        began, clock = time.process_time(), time.perf_counter()
        result = np.concatenate([band.rows for band in method.bands(image)])
        spent, clock = time.process_time() - began, time.perf_counter() - clock
        print(
            f"| {name} | {psnr(result, truth):.2f} | {spent / megapixels:.2f} | {spent:.1f} "
            f"| {clock:.1f} |",
            flush=True,
        )


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="Levin's photos, truths and kernels")
    parser.add_argument("--photo", type=Path, help="a large sharp photo, to be blurred")
    parser.add_argument("--kernel", default="motion:23:30", help="that blurs it")
    parser.add_argument("--sigma", type=float, default=1.0, help="of its noise, in levels of 255")
    known = [method.name for method in CLASSICAL if method.task == "deblur"]
    parser.add_argument("--methods", nargs="+", default=known)
    parser.add_argument("--denoiser", help="of plug-and-play; default: that of denoise")
    options = parser.parse_args()
    weights = WeightsOptions(offline=True, denoiser=options.denoiser)
    if options.photo:
        speed(options.photo, options.kernel, options.sigma, options.methods, weights)
    else:
        table(options.folder, options.methods, weights)


if __name__ == "__main__":
    main()
