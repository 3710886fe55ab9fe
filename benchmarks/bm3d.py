"""BM3D's figures beside the published ones.

    python benchmarks/bm3d.py FOLDER          # with bsd68/, cbsd68/ and set12/, of PNG files, in it
    python benchmarks/bm3d.py FOLDER --sets set12 --sigmas 25 --every 3

Noise of each picture from a generator seeded by its number, added in float without clipping; the
result clipped and rounded to 8 bits; PSNR over the whole picture, its mean over the set. Seconds
are those of the processor, in one thread, so that other work on the machine counts little.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from restorekit.classical.bm3d import RESTORER
from restorekit.images.quantize import to_integers
from restorekit.images.reading import read
from restorekit.metrics.psnr import psnr

PUBLISHED = {
    "set12": {15: 32.37, 25: 29.97, 50: 26.72},
    "bsd68": {15: 31.07, 25: 28.57, 50: 25.62},
    "cbsd68": {15: 33.52, 25: 30.71, 50: 27.38},
}
"""As K. Zhang and others give them: grey in Beyond a Gaussian denoiser, IEEE Transactions on Image
Processing 26 (2017), colour in FFDNet, the same journal 27 (2018)."""


def row(files: list[Path], sigma: int) -> tuple[float, float]:
    """Mean PSNR, and seconds of the processor for each megapixel."""
    found: list[float] = []
    seconds, pixels = 0.0, 0
    for number, path in enumerate(files):
        picture = read(path).color
        noise = np.random.default_rng(number).normal(0, sigma / 255, picture.shape)
        noisy = (picture + noise).astype(np.float32)
        began = time.process_time()
        bands = RESTORER.with_sigma(sigma).bands(noisy, bits=8)
        restored = np.concatenate([band.rows for band in bands])
        seconds += time.process_time() - began
        pixels += picture.shape[0] * picture.shape[1]
        found.append(psnr(restored, to_integers(picture, 8)))
    return float(np.mean(found)), seconds / pixels * 1e6


def main() -> None:
    """Read the options and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="+", choices=PUBLISHED, default=list(PUBLISHED))
    parser.add_argument("--sigmas", type=int, nargs="+", choices=(15, 25, 50), default=(15, 25, 50))
    parser.add_argument("--every", type=int, default=1, help="only every n-th picture of a set")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| set | pictures | sigma | published dB | measured dB | seconds per megapixel |")
    print("|---|---|---|---|---|---|")
    for name in options.sets:
        files = sorted((options.folder / name).glob("*.png"))[:: options.every]
        for sigma in options.sigmas:
            mean, seconds = row(files, sigma)
            said = PUBLISHED[name][sigma]
            print(
                f"| {name} | {len(files)} | {sigma} | {said:.2f} | {mean:.2f} | {seconds:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
