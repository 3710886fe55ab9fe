"""Which denoiser serves photos of cameras best: the noise of real sensors, after JPEG.

    python benchmarks/camera_noise.py FOLDER              # of the PolyU set: X_real.JPG, X_mean.JPG
    python benchmarks/camera_noise.py FOLDER --every 5 --methods ffdnet ffdnet:10 bm3d

The set has 100 crops of 512 x 512 from five cameras, each with the mean of many photos of the same
scene as its truth. J. Xu et al., Real-world noisy image denoising: a new benchmark, 2018.
Everything on ``auto``, as users get it; ``ffdnet:10`` is ffdnet told a sigma of 10. PSNR over all
pixels and channels of 8-bit results; seconds of the wall clock on as many threads as torch takes.
``kept`` is the PSNR of the restored truth against itself: what a method takes from photos that have
no noise (no more than 60 counts, so that untouched photos do not rule the mean).
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restorekit.images.quantize import to_integers
from restorekit.images.reading import read
from restorekit.metrics.psnr import psnr
from restorekit.zoo.restorers import load_restorers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.contracts import Image, Restorer

METHODS = (
    "ffdnet", "ffdnet:10", "fdncnn", "dncnn", "maxim-denoising", "bm3d", "nl-means",
    "total-variation", "wavelet", "bilateral", "guided", "domain-transform", "median", "gaussian",
)  # fmt: skip
UNTOUCHED = 60.0


def restored(restorer: Restorer, image: Image) -> Image:
    """The whole result."""
    return np.concatenate([band.rows for band in restorer.bands(image, bits=8)])


def row(method: str, pairs: Sequence[tuple[Path, Path]]) -> tuple[list[float], list[float], float]:
    """PSNR of each photo, of each truth put through the method, and seconds per megapixel."""
    name, _, sigma = method.partition(":")
    loaded = load_restorers(name, task="denoise", sigma=float(sigma) if sigma else None)
    found: list[float] = []
    kept: list[float] = []
    seconds, pixels = 0.0, 0
    for noisy, clean in pairs:
        image, truth = read(noisy).color, read(clean).color
        began = time.perf_counter()
        result = restored(loaded.restorers[0], image)
        seconds += time.perf_counter() - began
        pixels += image.shape[0] * image.shape[1]
        found.append(psnr(result, to_integers(truth, 8)))
        same = psnr(restored(loaded.restorers[0], truth), to_integers(truth, 8))
        kept.append(min(UNTOUCHED, same))
    return found, kept, seconds / pixels * 1e6


def main() -> None:
    """Read the options and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only every n-th pair")
    parser.add_argument("--methods", nargs="+", default=METHODS)
    options = parser.parse_args()
    noisy = sorted(options.folder.glob("*_real.JPG"))[:: options.every]
    pairs = [(it, it.with_name(it.name.replace("_real", "_mean"))) for it in noisy]
    untouched = [
        psnr(to_integers(read(a).color, 8), to_integers(read(b).color, 8)) for a, b in pairs
    ]
    print(f"{len(pairs)} pairs, noisy {np.mean(untouched):.2f} dB\n")
    print("| method | PSNR dB | photos made worse | kept dB | seconds per megapixel |")
    print("|---|---|---|---|---|")
    for method in options.methods:
        found, kept, seconds = row(method, pairs)
        worse = sum(after < before for after, before in zip(found, untouched, strict=True))
        print(
            f"| {method} | {np.mean(found):.2f} | {worse} | {np.mean(kept):.1f} | {seconds:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
