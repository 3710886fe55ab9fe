"""How far a network's tiles differ from the whole picture, by the pixels that they share.

    python benchmarks/seams.py [--model realesrgan-x4plus] [--overlaps 64 96 128 160]
    python benchmarks/seams.py --large PHOTO --models maxim-deblurring dmphn [--kernel motion:15:30]

A piece of each photo, 96 x 256 pixels, goes through the network in float32, once whole and once as
two tiles; the difference is in levels of 255. Photos of other folders can be named after --photos.

With --large the middle of a photo, 3072 x 2048 pixels or --size, is blurred and goes through each
network as a user runs it, whole and in its usual tiles. Steps are told by the metric ``seam`` at
all lines on which one tile passes into the next, of the tiled result and, for comparison, of the
whole one, which has edges of its own there. The difference is the root mean square over the same
lines and over all others.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from restorekit.images.convolution import convolve
from restorekit.images.kernel_files import read_kernel
from restorekit.images.reading import read
from restorekit.inference.restorer import NetworkRestorer
from restorekit.metrics.seam import seam
from restorekit.zoo.load import load_network
from restorekit.zoo.restorers import DeviceOptions, load_restorers

if TYPE_CHECKING:
    from restorekit.tiling import Axis

PHOTOS = sorted((Path(__file__).parent.parent / "photos").glob("*.jpg"))
HEIGHT, WIDTH = 96, 256


def passing(axis: Axis) -> list[int]:
    """The lines on which one tile of an axis passes into the next, with the first one after."""
    found: set[int] = set()
    for span, weights in zip(axis.spans, axis.weights, strict=True):
        inner = np.flatnonzero((weights > 0) & (weights < 1))
        found.update(int(it) + span.start for it in inner)
        found.update(int(it) + span.start + 1 for it in inner)
    return sorted(found)


def of_large(options: argparse.Namespace) -> None:
    """Print a row for each network: whole against tiles, on the middle of a large photo."""
    picture, (wide, tall) = read(options.large).color, options.size
    top, left = (picture.shape[0] - tall) // 2, (picture.shape[1] - wide) // 2
    piece = convolve(picture[top : top + tall, left : left + wide], read_kernel(options.kernel))
    print("| network | tile | overlap | PSNR to the whole | off there | elsewhere | seam | whole |")
    print("|---|---|---|---|---|---|---|---|")
    for model in options.models:
        made = [
            load_restorers(model, task="deblur", devices=DeviceOptions("cpu", tile=tile))
            for tile in (0, None)
        ]
        whole, tiled = (
            np.concatenate([band.rows for band in it.restorers[0].bands(piece)]) for it in made
        )
        off = (tiled - whole) * 255
        restorer = made[1].restorers[0]
        assert isinstance(restorer, NetworkRestorer)
        rows, columns = (passing(it) for it in restorer.plan(tall, wide))
        there = np.zeros((tall, wide), np.bool_)
        there[rows], there[:, columns] = True, True
        apart = [float(np.sqrt(np.square(off[it]).mean())) for it in (there, ~there)]
        psnr = 20 * np.log10(255 / np.sqrt(np.square(off).mean()))
        steps = [seam(it.clip(0, 1), rows, columns) for it in (tiled, whole)]
        told = made[1].description
        print(
            f"| {model} | {told['tile']} | {told['overlap']} | {psnr:.1f} dB "
            f"| {apart[0]:.2f} | {apart[1]:.2f} | {steps[0]:.2f} | {steps[1]:.2f} |",
            flush=True,
        )
        if options.keep:
            np.save(options.keep / f"{model}.npy", np.stack([tiled, whole]))


def main() -> None:
    """Read the options and print a row for each photo and overlap, or for each network."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="realesrgan-x4plus")
    parser.add_argument("--overlaps", type=int, nargs="+", default=[64, 96, 128, 160])
    parser.add_argument("--photos", type=Path, nargs="+", default=PHOTOS)
    parser.add_argument("--large", type=Path, help="a photo of 6 megapixels or more")
    parser.add_argument("--size", type=int, nargs=2, default=(3072, 2048), help="of that piece")
    parser.add_argument("--models", nargs="+", default=["maxim-deblurring"], help="for --large")
    parser.add_argument("--kernel", default="motion:15:30", help="for --large")
    parser.add_argument("--keep", type=Path, help="a folder for both results as .npy, for --large")
    options = parser.parse_args()
    if options.large:
        of_large(options)
        return
    network = load_network(options.model)
    print("| photo | overlap | largest difference | mean | values off by a level |")
    print("|---|---|---|---|---|")
    for path in options.photos:
        picture = read(path).color
        top, left = (picture.shape[0] - HEIGHT) // 2, (picture.shape[1] - WIDTH) // 2
        piece = np.ascontiguousarray(picture[top : top + HEIGHT, left : left + WIDTH])
        results: dict[int, np.ndarray] = {}
        for overlap in (0, *options.overlaps):
            restorer = NetworkRestorer(
                dataclasses.replace(network, overlap=overlap),
                name=options.model,
                device=torch.device("cpu"),
                precision="fp32",
                tile=(WIDTH + overlap) // 2 if overlap else 0,
            )
            results[overlap] = np.concatenate([band.rows for band in restorer.bands(piece)])
        for overlap in options.overlaps:
            off = np.abs(results[overlap] - results[0]) * 255
            share = (off > 1).mean() * 100
            print(
                f"| {path.stem} | {overlap} | {off.max():.2f} | {off.mean():.4f} | {share:.2f} % |",
                flush=True,
            )


if __name__ == "__main__":
    main()
