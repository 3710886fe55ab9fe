"""Kernels found from the photo alone, on the 32 shaken photos of Levin et al.

    python benchmarks/blind_deconvolution.py FOLDER
    python benchmarks/blind_deconvolution.py FOLDER --method tv-l2 --each

``FOLDER`` and the protocol are those of ``benchmarks/deconvolution.py``. The estimate is told the
side of the true kernel's picture and nothing else. The ratio is that of the sums of squared
differences of two deconvolutions by the same method, with the kernel found and with the true one;
up to 3 is a success by its authors' count. Seconds are the processor's, for finding the kernel.
"""

from __future__ import annotations

import argparse
import time
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from deconvolution import KERNELS, PHOTOS, difference, grey, kernel, moved

from restorekit.kernel_estimation.edge_prediction import estimate_kernel
from restorekit.zoo.restorers import load_restorers

if TYPE_CHECKING:
    from restorekit.contracts import Image, Psf

SUCCESS = 3


def error(image: Image, truth: Image, psf: Psf, method: str) -> float:
    """The sum of squared differences after deconvolution with a kernel."""
    restorer = load_restorers(method, task="deblur", psf=psf).restorers[0]
    return difference(np.concatenate([band.rows for band in restorer.bands(image)]), truth)


def measured(folder: Path, photo: int, number: int, method: str) -> tuple[float, float, float]:
    """The ratio, PSNR and seconds of a photo."""
    truth = grey(folder / "gt" / f"im{photo}.png")
    image = grey(folder / "blurred" / f"im{photo}_kernel{number}_img.png")
    psf = kernel(folder, number)
    began = time.process_time()
    found = estimate_kernel(image, len(psf))
    spent = time.process_time() - began
    ours = error(image, truth, found, method)
    psnr = -10 * np.log10(ours / moved(truth, 0, 0).size)
    return ours / error(image, truth, psf, method), float(psnr), spent


def table(folder: Path, method: str, *, each: bool) -> None:
    """Print a row for all photos, after one for each where they are asked for."""
    if each:
        print("| photo | kernel | ratio | PSNR, dB | seconds |\n|---|---|---|---|---|")
    rows: list[tuple[float, float, float]] = []
    for photo, number in product(PHOTOS, KERNELS):
        rows.append(measured(folder, photo, number, method))
        if each:
            ratio, psnr, spent = rows[-1]
            print(f"| {photo} | {number} | {ratio:.2f} | {psnr:.2f} | {spent:.1f} |", flush=True)
    ratios, psnrs, seconds = np.array(rows).T
    print("| deconvolution | success | median ratio | PSNR, dB | seconds a photo |")
    print("|---|---|---|---|---|")
    print(
        f"| {method} | {(ratios <= SUCCESS).sum()} of {len(rows)} | {np.median(ratios):.2f} "
        f"| {psnrs.mean():.2f} | {seconds.mean():.1f} |"
    )


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="Levin's photos, truths and kernels")
    parser.add_argument("--method", default="hyper-laplacian", help="deconvolution that follows")
    parser.add_argument("--each", action="store_true", help="a row for each photo too")
    options = parser.parse_args()
    table(options.folder, options.method, each=options.each)


if __name__ == "__main__":
    main()
