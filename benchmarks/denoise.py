"""Denoisers: their speed and their memory. Their figures are read by figures.py.

    python benchmarks/denoise.py speed                    # every denoiser whose weights are here
    python benchmarks/denoise.py memory PHOTO             # enlarged to 12 megapixels

``speed``: a crop of a photo with noise of sigma 25, told; restorekit with everything on ``auto``
against the naive call of the same network (float32, contiguous tensors, the whole picture,
``torch.inference_mode``), or against scikit-image where it has the same method. The two take turns
in one process; the ratio is taken pair by pair. Networks for grey have the green channel.

``memory``: the largest memory of ``restorekit denoise`` as a process of its own, less that of an
interpreter that has imported torch.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F

from restorekit.errors import WeightsError
from restorekit.images.reading import read
from restorekit.inference.restorer import NetworkRestorer
from restorekit.zoo.listing import names_for
from restorekit.zoo.restorers import WeightsOptions, load_restorers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from restorekit.contracts import Image, Network, Precision, Restorer

PHOTO = Path(__file__).parent.parent / "photos" / "astronaut.jpg"
SIGMA = 25
WARM_UP = 64


def precision_of(restorer: Restorer) -> Precision:
    """The precision that a user gets here; methods without weights have float32 alone."""
    return restorer.precision if isinstance(restorer, NetworkRestorer) else "fp32"


def speed(side: int, pairs: int, names: Sequence[str]) -> None:
    """Print a row for each method: seconds per megapixel, ours and the other way's."""
    color = noisy_crop(side)
    print(
        f"{side} x {side} pixels, {pairs} pairs, {torch.get_num_threads()} threads, seconds per "
        "megapixel and the ratio: median (least to most)\n"
    )
    print("| method | picture | precision | restorekit | the other way | times slower |")
    print("|---|---|---|---|---|---|")
    left_out: list[str] = []
    for name in names:
        try:
            loaded = load_restorers(
                name, task="denoise", sigma=SIGMA, weights=WeightsOptions(offline=True)
            )
        except WeightsError:
            left_out.append(name)
            continue
        restorer = loaded.restorers[0]
        network = restorer.network if isinstance(restorer, NetworkRestorer) else None
        image = color[:, :, 1:2].copy() if network and network.channels == 1 else color
        others = naive(network) if network else PEERS.get(name)
        ours, theirs = timed(ours_of(restorer), others, image, pairs)
        ratios = [b / a for a, b in zip(ours, theirs, strict=False)]
        print(
            f"| {name} | {'grey' if image.shape[2] == 1 else 'colour'} | {precision_of(restorer)} "
            f"| {spread(ours)} | {spread(theirs)} | {spread(ratios)} |",
            flush=True,
        )
    if left_out:
        print(f"\nwithout weights here: {', '.join(left_out)}")


def noisy_crop(side: int) -> Image:
    """The centre of the photo with white noise, ``(side, side, 3)``, not clipped."""
    photo = read(PHOTO).color
    top, left = (photo.shape[0] - side) // 2, (photo.shape[1] - side) // 2
    noise = np.random.default_rng(0).normal(0, SIGMA / 255, (side, side, 3))
    return (photo[top : top + side, left : left + side] + noise).astype(np.float32)


def timed(
    ours: Callable[[Image], object],
    theirs: Callable[[Image], object] | None,
    image: Image,
    pairs: int,
) -> tuple[list[float], list[float]]:
    """Seconds per megapixel of both ways, in turns, once both are warm."""
    found: tuple[list[float], list[float]] = ([], [])
    ways = [ours] if theirs is None else [ours, theirs]
    for way in ways:
        way(image[:WARM_UP, :WARM_UP].copy())
    for _ in range(pairs):
        for way, seconds in zip(ways, found, strict=False):
            began = time.perf_counter()
            way(image)
            took = time.perf_counter() - began
            seconds.append(took / (image.shape[0] * image.shape[1]) * 1e6)
    return found


def ours_of(restorer: Restorer) -> Callable[[Image], object]:
    """The whole result, as users get it."""
    return lambda image: [band.rows for band in restorer.bands(image, bits=8)]


def naive(network: Network) -> Callable[[Image], object]:
    """The network as it is called without further thought."""
    module, fit = network.module.eval(), network.size_requirements.fit

    @torch.inference_mode()
    def run(image: Image) -> object:
        height, width = image.shape[:2]
        x = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]
        if network.noise_map:
            x = torch.cat([x, torch.full_like(x[:, :1], SIGMA / 255)], dim=1)
        x = F.pad(x, (0, fit(width) - width, 0, fit(height) - height), mode="replicate")
        y = module(x)[0, :, :height, :width].clamp(0, 1).permute(1, 2, 0)
        return (y * 255).round().to(torch.uint8).numpy()

    return run


def skimage_nl_means(image: Image) -> object:
    """Patches and distances as ours."""
    from skimage.restoration import denoise_nl_means

    sigma = SIGMA / 255
    return denoise_nl_means(
        image,
        patch_size=3,
        patch_distance=6,
        h=0.75 * sigma,
        sigma=sigma,
        fast_mode=True,
        channel_axis=2,
    )


def skimage_wavelet(image: Image) -> object:
    """Over 16 shifts, since ours does not depend on them."""
    from skimage.restoration import cycle_spin, denoise_wavelet

    options = {"sigma": SIGMA / 255, "wavelet": "db2", "rescale_sigma": False, "channel_axis": 2}
    return cycle_spin(image, func=denoise_wavelet, max_shifts=(3, 3, 0), func_kw=options)


PEERS: dict[str, Callable[[Image], object]] = {
    "nl-means": skimage_nl_means,
    "wavelet": skimage_wavelet,
}
"""The same methods of scikit-image."""


def spread(values: Sequence[float]) -> str:
    """Median and range."""
    if not values:
        return "-"
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def memory(photo: Path, megapixels: int, methods: Sequence[str]) -> None:
    """Print a row for each method: the memory of the whole command, and seconds."""
    started = peak_of([sys.executable, "-c", "import torch"])[0]
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder, "large.jpg")
        enlarge(photo, megapixels, large)
        print(f"{megapixels} megapixels; an interpreter with torch: {started:.2f} GB\n")
        print("| method | largest memory beyond that, GB | seconds |\n|---|---|---|")
        for method in methods:
            command = [str(Path(sys.executable).with_name("restorekit")), "denoise", str(large)]
            command += ["-m", method, "-o", str(Path(folder, f"{method}.jpg"))]
            peak, seconds = peak_of(command)
            print(f"| {method} | {peak - started:.2f} | {seconds:.0f} |", flush=True)


def enlarge(photo: Path, megapixels: int, large: Path) -> None:
    """Write ``photo`` at that size with noise, without which some methods have nothing to do."""
    from PIL import Image as PillowImage

    unit = (megapixels * 1e6 / 12) ** 0.5
    with PillowImage.open(photo) as opened:
        size = (round(4 * unit), round(3 * unit))
        whole = np.asarray(opened.convert("RGB").resize(size, PillowImage.Resampling.BICUBIC))
    noise = np.random.default_rng(0).normal(0, SIGMA, whole.shape)
    pixels = (whole + noise).round().clip(0, 255).astype(np.uint8)
    PillowImage.fromarray(pixels).save(large, quality=95)


def peak_of(command: Sequence[str]) -> tuple[float, float]:
    """The largest memory of a process in GB, and its seconds."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = process.stderr.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(told)
    return usage.ru_maxrss * 1024 / 1e9, time.perf_counter() - began


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parts = parser.add_subparsers(dest="part", required=True)
    part = parts.add_parser("speed", help="seconds per megapixel")
    part.add_argument("--side", type=int, default=512, help="of the crop, at most 512")
    part.add_argument("--pairs", type=int, default=5)
    part.add_argument("--methods", nargs="+", default=names_for("denoise"))
    part = parts.add_parser("memory", help="of a large photo")
    part.add_argument("photo", type=Path)
    part.add_argument("--megapixels", type=int, default=12)
    usual = ["dncnn", "ffdnet", "bm3d", "nl-means", "maxim-denoising"]
    part.add_argument("--methods", nargs="+", default=usual)
    options = parser.parse_args()
    if options.part == "speed":
        speed(options.side, options.pairs, options.methods)
    else:
        memory(options.photo, options.megapixels, options.methods)


if __name__ == "__main__":
    main()
