"""How far a network's tiles differ from the whole picture, by the pixels that they share.

    python benchmarks/seams.py [--model realesrgan-x4plus] [--overlaps 64 96 128 160]

A piece of each photo, 96 x 256 pixels, goes through the network in float32, once whole and once as
two tiles; the difference is in levels of 255. Photos of other folders can be named after --photos.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import numpy as np
import torch

from restorekit.images.reading import read
from restorekit.inference.restorer import NetworkRestorer
from restorekit.zoo.load import load_network

PHOTOS = sorted((Path(__file__).parent.parent / "photos").glob("*.jpg"))
HEIGHT, WIDTH = 96, 256


def main() -> None:
    """Read the options and print a row for each photo and overlap."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="realesrgan-x4plus")
    parser.add_argument("--overlaps", type=int, nargs="+", default=[64, 96, 128, 160])
    parser.add_argument("--photos", type=Path, nargs="+", default=PHOTOS)
    options = parser.parse_args()
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
