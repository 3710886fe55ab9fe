"""Super-resolution of photos that unknown kernels made small: what finding the kernel is worth.

    python benchmarks/kernel_super_resolution.py PHOTOS --most 4 --side 320
    python benchmarks/kernel_super_resolution.py PHOTOS --scale 4

As on DIV2KRK (Bell-Kligler et al., 2019, section 5): each photo, or its middle, is made smaller by
``kernel_downscale``, which draws another kernel for each, and rounded to 8 bits; at scale 4 with a
kernel of scale 2 applied twice. Then it is enlarged by every method. PSNR and SSIM of the luma
(BT.601, 16 to 235) without a border as wide as the scale and the kernel's reach. The kernel's PSNR
takes its values as a picture's, 1 being white. Seconds are the processor's.

Published on DIV2KRK, scale 2: bicubic 28.73, ZSSR 29.10, KernelGAN + ZSSR 30.36, true kernel + ZSSR
32.44.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from restorekit import kernels
from restorekit.batch.pairs import named_photos
from restorekit.contracts import DownScaling, Size
from restorekit.degradations.kernel_downscale import KernelDownscale
from restorekit.errors import UsageError
from restorekit.images.convolution import down_scaled
from restorekit.images.imresize import imresize
from restorekit.images.protocols import protocol
from restorekit.images.quantize import to_float, to_integers
from restorekit.images.reading import read
from restorekit.images.restored import suited
from restorekit.kernel_estimation import ESTIMATORS
from restorekit.kernel_estimation._down_scaling_kernel import twice
from restorekit.metrics.psnr import METRIC as PSNR
from restorekit.metrics.ssim import METRIC as SSIM
from restorekit.zoo.restorers import load_restorers

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.contracts import Image, KernelEstimate, Psf, Restorer

BORDER = 8
"""Pixels beside the scale that are not compared."""


class Row(NamedTuple):
    """Of a method on one photo."""

    psnr: float
    ssim: float
    kernel: float
    """PSNR of the kernel; NaN where it is told none."""
    seconds: float


def true_photo(path: Path, side: int, scale: int) -> Image:
    """The middle of a photo, up to ``side`` pixels a side, in multiples of the scale."""
    photo = read(path).color
    tall, wide = (min(side, length) // scale * scale for length in photo.shape[:2])
    top, left = ((have - want) // 2 for have, want in zip(photo.shape, (tall, wide), strict=False))
    return np.ascontiguousarray(photo[top : top + tall, left : left + wide])


def true_kernel(seed: int, scale: int) -> DownScaling:
    """As DIV2KRK draws them; of scale 4, that of 2 twice."""
    drawn = KernelDownscale(2, seed=seed).kernel()
    return drawn if scale == 2 else DownScaling(twice(drawn.psf), 4)


def kernel_psnr(found: Psf, truth: Psf) -> float:
    """In dB, 1 being white."""
    side = max(len(found), len(truth))
    first, second = (kernels.resized(it, side)[0] for it in (found, truth))
    error = np.square(first - second).mean()
    return float(-10 * np.log10(error)) if error else float("inf")


def enlarged(model: str, photo: Image, scale: int, kernel: DownScaling | None) -> Image | None:
    """By a model that is told the kernel, or none; None where it knows none like this."""
    try:
        restorer: Restorer = load_restorers(model, task="sr", psf=kernel).restorers[0]
    except UsageError as error:
        print(f"{model}: {error}", flush=True)
        return None
    chosen = suited(restorer, Size(64, 64), Size(64 * scale, 64 * scale))
    return np.concatenate([band.rows for band in chosen.bands(photo)])


def methods(scale: int, found: KernelEstimate, truth: DownScaling) -> dict[str, tuple[str, object]]:
    """What is compared: the model, and the kernel that it is told."""
    told = DownScaling(found.psf, scale)
    srmd = f"srmd-x{scale}"
    return {
        "bicubic": ("bicubic", None),
        "ZSSR, bicubic's kernel": ("zssr", None),
        "KernelGAN + ZSSR": ("zssr", told),
        "true kernel + ZSSR": ("zssr", truth),
        "SRMD, bicubic's kernel": (srmd, None),
        "KernelGAN + SRMD": (srmd, told),
        "true kernel + SRMD": (srmd, truth),
    }


def judged(result: Image, truth: Image, scale: int) -> tuple[float, float]:
    """PSNR and SSIM."""
    seen = protocol("y-crop", scale=scale + BORDER)
    return PSNR(seen(result), seen(truth)), SSIM(seen(result), seen(truth))


def measured(path: Path, side: int, scale: int, seed: int) -> dict[str, Row]:
    """A row for each method on one photo."""
    truth, kernel = true_photo(path, side, scale), true_kernel(seed, scale)
    photo = to_float(to_integers(down_scaled(truth, kernel), 8))
    found, spent = timed(lambda: ESTIMATORS["kernelgan"].at_scale(scale).estimate(photo))
    rows: dict[str, Row] = {}
    for name, (model, told) in methods(scale, found, kernel).items():
        if model == "bicubic":
            result, seconds = timed(lambda: imresize(photo, scale).astype(np.float32).clip(0, 1))
        else:
            result, seconds = timed(
                lambda model=model, told=told: enlarged(model, photo, scale, told)
            )
        near = kernel_psnr(kernels.bicubic(scale) if told is None else told.psf, kernel.psf)
        if result is not None:
            seconds += spent if "KernelGAN" in name else 0
            rows[name] = Row(*judged(result, truth, scale), near, seconds)
    told = f"confidence {found.confidence:.2f}, reliable: {found.reliable}"
    print(f"\n{path.stem}, seed {seed}, {told}\n", flush=True)
    print_table({name: [row] for name, row in rows.items()})
    return rows


def timed(work: Callable[[], object]) -> tuple[object, float]:
    """What it gives, and its seconds."""
    began = time.process_time()
    return work(), time.process_time() - began


def print_table(rows: dict[str, list[Row]]) -> None:
    """The mean of each method; a kernel that matches wholly counts for none."""
    print(
        "| method | photos | PSNR, dB | SSIM | kernel, dB | s a photo |\n|---|---|---|---|---|---|"
    )
    for name, them in rows.items():
        psnr, ssim, near, seconds = np.array(them).T
        kernel = f"{near.mean():.1f}" if np.isfinite(near).all() else "-"
        print(
            f"| {name} | {len(them)} | {psnr.mean():.2f} | {ssim.mean():.4f} | {kernel} "
            f"| {seconds.mean():.0f} |",
            flush=True,
        )


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("photos", type=Path, help="a folder of sharp photos")
    parser.add_argument("--scale", type=int, choices=(2, 4), default=2)
    parser.add_argument("--most", type=int, default=8, help="photos, evenly from the folder")
    parser.add_argument("--side", type=int, default=500, help="of their middle, in pixels")
    options = parser.parse_args()
    paths = list(named_photos(str(options.photos)).values())
    chosen = np.linspace(0, len(paths) - 1, min(options.most, len(paths))).round().astype(int)
    every: dict[str, list[Row]] = {}
    for number in chosen:
        found = measured(paths[number], options.side, options.scale, int(number))
        for name, row in found.items():
            every.setdefault(name, []).append(row)
    print(f"\nAll, scale {options.scale}\n")
    print_table(every)


if __name__ == "__main__":
    main()
