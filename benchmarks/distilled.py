"""How near the house's networks for super-resolution come to their teacher.

    python benchmarks/distilled.py FOLDER [--scale 4] [--models bicubic restorekit-sr-x4 ...]
    python benchmarks/distilled.py FOLDER --write OUT      # the pictures too, a folder each

FOLDER holds photos of any quality, without truth: what is right is what the teacher,
realesrgan-x4plus, makes of them in the precision that a user gets here, made smaller by antialiased
bicubic for scale 2. Gradient energy is the mean over all pixels of squared differences of grey to
the next pixel, as a share of the teacher's; it falls where texture is blurred. Seconds are by the
clock for all photos together, after a first one that is not counted. --write keeps the pictures,
for `restorekit compare OUT/realesrgan-x4plus OUT/bicubic ... --contact-sheet sheet.png`.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

from restorekit.batch.pairs import named_photos
from restorekit.contracts import Size
from restorekit.images.protocols import grey
from restorekit.images.quantize import to_integers
from restorekit.images.reading import read
from restorekit.images.restored import restored_bands
from restorekit.metrics.psnr import psnr
from restorekit.tasks.super_resolve import SuperResolution, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.contracts import Image

TEACHER = "realesrgan-x4plus"


def gradient_energy(picture: Image) -> float:
    """The mean of the squared differences to the next pixel, in squared levels of 255."""
    g = grey(picture)[:, :, 0].astype(np.float64)
    return float(np.mean(np.diff(g, axis=0) ** 2) + np.mean(np.diff(g, axis=1) ** 2))


def results(model: str, photos: list[Image], scale: int) -> Iterator[tuple[Image, float]]:
    """What a model makes of each photo, and the seconds that it took."""
    restorer = load(SuperResolution(model=model, scale=scale)).restorers[0]
    for number, photo in enumerate([photos[0], *photos]):
        began = time.perf_counter()
        size = Size(photo.shape[0] * scale, photo.shape[1] * scale)
        picture = np.concatenate([rows for _, rows in restored_bands(photo, restorer, size)])
        if number:
            yield picture, time.perf_counter() - began


def main() -> None:
    """Print a row for each model, and its photos where they are asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--scale", type=int, default=4)
    parser.add_argument("--models", nargs="+", default=["bicubic", "restorekit-sr-x4"])
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    paths = named_photos(options.folder, recursive=False)
    photos = [read(path).color for path in paths.values()]
    wanted = list(results(TEACHER, photos, options.scale))
    print("| model | PSNR to the teacher | gradient energy | least, most | seconds |")
    print("|---|---|---|---|---|")
    for model in (*options.models, TEACHER):
        made = wanted if model == TEACHER else list(results(model, photos, options.scale))
        energies = [
            gradient_energy(picture) / gradient_energy(true)
            for (picture, _), (true, _) in zip(made, wanted, strict=True)
        ]
        near = [psnr(it, true) for (it, _), (true, _) in zip(made, wanted, strict=True)]
        total = sum(gradient_energy(it) for it, _ in made)
        share = total / sum(gradient_energy(it) for it, _ in wanted)
        mean = f"{share:.3f} (mean of photos {np.mean(energies):.3f})"
        print(
            f"| {model} | {np.mean(near):.2f} | {mean}"
            f" | {min(energies):.2f}, {max(energies):.2f} | {sum(it for _, it in made):.1f} |",
            flush=True,
        )
        if options.write:
            write(options.write / Path(model).name, dict(zip(paths, made, strict=True)))


def write(folder: Path, pictures: dict[str, tuple[Image, float]]) -> None:
    """The pictures as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (picture, _) in pictures.items():
        Pillow.fromarray(to_integers(picture, 8)).save(folder / f"{Path(name).stem}.png")


if __name__ == "__main__":
    main()
