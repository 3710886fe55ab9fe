"""Times restorekit against the way its peers run the same network, pair by pair.

    python benchmarks/speed.py                          # RealESRGAN_x4plus on photos/astronaut.jpg
    python benchmarks/speed.py --isa AVX512_CORE        # as on a CPU without bfloat16 units
    python benchmarks/speed.py --model realesr-animevideov3 --pairs 5

What a peer does: spandrel's module of the network (the authors' own code), float32, contiguous,
the whole photo at once ("tile 0") or in tiles of 400 pixels padded by 10, the result rounded to 8
bits. What restorekit does: ``load_restorers`` with everything on ``auto``.

Each measurement is a process of its own: weights are loaded, a small crop warms up, then the photo
is restored once under the clock. The two sides take turns; the ratio is taken pair by pair. Peak
memory is the process's own (maximum resident set size). PSNR is against the peers' float32 whole.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Pixels = npt.NDArray[np.uint8]

PHOTO = Path(__file__).parent.parent / "photos" / "astronaut.jpg"
WAYS = ("restorekit", "peer-tile-0", "peer-tile-400")
WARM_UP = 64
PEER_PAD = 10


def peer(model: str, tile: int) -> Callable[[npt.NDArray[np.float32]], Pixels]:
    """The network as the peers run it on a CPU."""
    import torch
    from spandrel import ModelLoader

    from restorekit.zoo.fetch import fetch

    module = ModelLoader().load_from_file(str(fetch(model))).model.eval()

    def whole(x: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return module(x)

    def tiled(x: torch.Tensor, scale: int = 4) -> torch.Tensor:
        height, width = x.shape[2:]
        result = x.new_zeros((1, 3, height * scale, width * scale))
        for top in range(0, height, tile):
            for left in range(0, width, tile):
                bottom, right = min(top + tile, height), min(left + tile, width)
                y, z = max(top - PEER_PAD, 0), max(left - PEER_PAD, 0)
                made = whole(x[..., y : bottom + PEER_PAD, z : right + PEER_PAD].contiguous())
                rows = slice((top - y) * scale, (bottom - y) * scale)
                columns = slice((left - z) * scale, (right - z) * scale)
                target = result[..., top * scale : bottom * scale, left * scale : right * scale]
                target.copy_(made[..., rows, columns])
        return result

    def run(image: npt.NDArray[np.float32]) -> Pixels:
        x = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]
        y = (tiled(x) if tile else whole(x))[0].clamp(0, 1).permute(1, 2, 0).numpy()
        return (y * 255).round().astype(np.uint8)

    return run


def ours(model: str, precision: str) -> Callable[[npt.NDArray[np.float32]], Pixels]:
    """The network as restorekit runs it."""
    from restorekit.zoo.restorers import DeviceOptions, load_restorers

    options = DeviceOptions(precision=precision)
    restorer = load_restorers(model, task="sr", devices=options).restorers[0]

    def run(image: npt.NDArray[np.float32]) -> Pixels:
        return np.concatenate([band.rows for band in restorer.bands(image, bits=8)])

    return run


def measure(way: str, model: str, precision: str, photo: Path, result: Path) -> None:
    """One measurement, printed as JSON; the pixels go to ``result``."""
    from restorekit.images.reading import read

    image = read(photo).color
    run = (
        ours(model, precision)
        if way == "restorekit"
        else peer(model, int(way.rsplit("-", maxsplit=1)[-1]))
    )
    run(image[:WARM_UP, :WARM_UP])
    began = time.perf_counter()
    pixels = run(image)
    seconds = time.perf_counter() - began
    np.save(result, pixels)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "megabytes": kilobytes / 1024}))


def in_process(way: str, options: argparse.Namespace, result: Path) -> dict[str, float]:
    """``measure`` in a process of its own."""
    environment = dict(os.environ)
    precision = "auto"
    if options.isa:
        environment["ONEDNN_MAX_CPU_ISA"] = options.isa
        precision = "fp32"
    command = [sys.executable, __file__, "--one", way, "--model", options.model]
    command += ["--photo", str(options.photo), "--precision", precision, "--result", str(result)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def psnr(a: Pixels, b: Pixels) -> float:
    """In decibels, over all channels, peak 255."""
    error = np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2)
    return float("inf") if error == 0 else 10 * float(np.log10(255**2 / error))


def compare(options: argparse.Namespace) -> None:
    """All pairs, then a table."""
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        results = {way: Path(folder) / f"{way}.npy" for way in WAYS}
        for pair in range(options.pairs):
            for way in WAYS:
                found[way].append(in_process(way, options, results[way]))
                print(f"pair {pair + 1} {way}: {found[way][-1]['seconds']:.2f} s", flush=True)
        reference = np.load(results["peer-tile-0"])
        quality = {way: psnr(np.load(results[way]), reference) for way in WAYS}
    describe(options)
    print("| way | seconds, median (min to max) | times slower, pair by pair | peak MB | PSNR dB |")
    print("|---|---|---|---|---|")
    for way in WAYS:
        seconds = [run["seconds"] for run in found[way]]
        pairs = zip(seconds, found["restorekit"], strict=True)
        ratios = [other / mine["seconds"] for other, mine in pairs]
        peak = statistics.median(run["megabytes"] for run in found[way])
        print(
            f"| {way} | {spread(seconds, 2)} | {spread(ratios, 2)} "
            f"| {peak:.0f} | {quality[way]:.1f} |"
        )


def spread(values: list[float], digits: int) -> str:
    """Median and range."""
    low, high = min(values), max(values)
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def describe(options: argparse.Namespace) -> None:
    """The machine and the protocol, in a line."""
    import torch

    capability = getattr(torch.cpu, "get_capabilities", dict)()
    units = [
        unit for unit in ("amx_bf16", "avx512_bf16", "avx512_f", "avx2") if capability.get(unit)
    ]
    print(
        f"{options.model}, {options.photo.name}, {options.pairs} pairs, torch {torch.__version__}, "
        f"{torch.get_num_threads()} threads, {platform.machine()} with {', '.join(units)}"
        + (f", limited to {options.isa}" if options.isa else "")
    )


def main() -> None:
    """Read the options and compare, or measure one side."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="realesrgan-x4plus")
    parser.add_argument("--photo", type=Path, default=PHOTO)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--isa", help="limit oneDNN, as with AVX2 or AVX512_CORE")
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--precision", default="auto", help=argparse.SUPPRESS)
    parser.add_argument("--result", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        measure(options.one, options.model, options.precision, options.photo, options.result)
    else:
        compare(options)


if __name__ == "__main__":
    main()
