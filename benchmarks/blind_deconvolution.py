"""Kernels found from the photo alone, on the 32 shaken photos of Levin et al.

    python benchmarks/blind_deconvolution.py FOLDER
    python benchmarks/blind_deconvolution.py FOLDER --method tv-l2 --each --estimator l0-gradient
    python benchmarks/blind_deconvolution.py --made PHOTOS --chain mixed_blur(2) --most 40

``FOLDER`` and the protocol are those of ``benchmarks/deconvolution.py``. The estimate is told the
side of the true kernel's picture and nothing else. The ratio is that of the sums of squared
differences of two deconvolutions by the same method, with the kernel found and with the true one;
up to 3 is a success by its authors' count. Seconds are the processor's, for finding the kernel.

``--made``: sharp photos, blurred by a chain as ``restorekit degrade`` does it; the estimate is told
nothing. A kernel is right where its likeness to the true one (the normalised correlation at the
best shift) is 0.8 or more; told are also how many the method calls reliable, and how many of those
are right.
"""

from __future__ import annotations

import argparse
import time
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from deconvolution import KERNELS, PHOTOS, difference, grey, kernel, moved

from restorekit.batch.pairs import named_photos
from restorekit.contracts import SizedKernel
from restorekit.degradations import parse, psf_of
from restorekit.images.quantize import to_float, to_integers
from restorekit.images.reading import read
from restorekit.kernel_estimation import ESTIMATORS
from restorekit.kernel_estimation._measures import likeness
from restorekit.zoo.restorers import load_restorers

if TYPE_CHECKING:
    from restorekit.contracts import Image, Psf

SUCCESS = 3
RIGHT = 0.8


def error(image: Image, truth: Image, psf: Psf, method: str) -> float:
    """The sum of squared differences after deconvolution with a kernel."""
    restorer = load_restorers(method, task="deblur", psf=psf).restorers[0]
    return difference(np.concatenate([band.rows for band in restorer.bands(image)]), truth)


def measured(
    folder: Path, photo: int, number: int, method: str, estimator: str
) -> tuple[float, float, float, bool]:
    """The ratio, PSNR and seconds of a photo, and whether its kernel is called reliable."""
    truth = grey(folder / "gt" / f"im{photo}.png")
    image = grey(folder / "blurred" / f"im{photo}_kernel{number}_img.png")
    psf = kernel(folder, number)
    began = time.process_time()
    named = ESTIMATORS[estimator]
    finder = named.with_size(len(psf)) if isinstance(named, SizedKernel) else named
    found = finder.estimate(image)
    spent = time.process_time() - began
    ours = error(image, truth, found.psf, method)
    psnr = -10 * np.log10(ours / moved(truth, 0, 0).size)
    return ours / error(image, truth, psf, method), float(psnr), spent, found.reliable


def table(folder: Path, method: str, estimator: str, *, each: bool) -> None:
    """Print a row for all photos, after one for each where they are asked for."""
    if each:
        print("| photo | kernel | ratio | PSNR, dB | seconds |\n|---|---|---|---|---|")
    rows: list[tuple[float, float, float, bool]] = []
    for photo, number in product(PHOTOS, KERNELS):
        rows.append(measured(folder, photo, number, method, estimator))
        if each:
            ratio, psnr, spent, _ = rows[-1]
            print(f"| {photo} | {number} | {ratio:.2f} | {psnr:.2f} | {spent:.1f} |", flush=True)
    ratios, psnrs, seconds, trusted = np.array(rows).T
    right = ratios <= SUCCESS
    print(
        "| kernel | deconvolution | success | median ratio | PSNR, dB | seconds a photo "
        "| called reliable | of those a success |"
    )
    print("|---|---|---|---|---|---|---|---|")
    print(
        f"| {estimator} | {method} | {right.sum()} of {len(rows)} | {np.median(ratios):.2f} "
        f"| {psnrs.mean():.2f} | {seconds.mean():.1f} | {trusted.sum():.0f} "
        f"| {(right & (trusted > 0)).sum()} |"
    )


def made(folder: Path, chain: str, estimator: str, most: int, *, each: bool) -> None:
    """Print a row for photos whose blur was made."""
    rows: list[tuple[float, float, bool, float]] = []
    for name, path in list(named_photos(str(folder)).items())[:: max(1, 320 // most)][:most]:
        drawn = parse(chain).settled(path.name, 0)
        image = to_float(to_integers(drawn(read(path).color), 8))
        began = time.process_time()
        found = ESTIMATORS[estimator].estimate(image)
        spent = time.process_time() - began
        alike = likeness(found.psf, psf_of(drawn))
        rows.append((alike, found.confidence, found.reliable, spent))
        if each:
            print(f"{name}: {alike:.2f}, confidence {found.confidence:.2f}, {drawn}", flush=True)
    trusted = [it for it in rows if it[2]]
    right = [sum(it[0] >= RIGHT for it in them) for them in (rows, trusted)]
    print(
        "| kernel | photos | mean likeness | right | called reliable | of those right | s a photo |"
    )
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {estimator} | {len(rows)} | {np.mean([it[0] for it in rows]):.2f} | {right[0]} "
        f"| {len(trusted)} | {right[1]} | {np.mean([it[3] for it in rows]):.1f} |"
    )


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="Levin's photos, truths and kernels")
    parser.add_argument("--estimator", default="consensus", help="what finds the kernel")
    parser.add_argument("--made", type=Path, help="a folder of sharp photos, to be blurred")
    parser.add_argument("--chain", default="mixed_blur(2)", help="that blurs them")
    parser.add_argument("--most", type=int, default=40, help="photos of that folder")
    parser.add_argument("--method", default="hyper-laplacian", help="deconvolution that follows")
    parser.add_argument("--each", action="store_true", help="a row for each photo too")
    options = parser.parse_args()
    if options.made:
        made(options.made, options.chain, options.estimator, options.most, each=options.each)
    else:
        table(options.folder, options.method, options.estimator, each=options.each)


if __name__ == "__main__":
    main()
