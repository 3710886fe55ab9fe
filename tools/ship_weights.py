"""Make the weights of a finished run part of the program.

    python tools/ship_weights.py RUN NAME [--weights newest]

RUN is the folder of ``restorekit train``; NAME an entry of ``weights_manifest.json`` with a source
that says ``"shipped": true``. The weights are written as float16 to
``restorekit/weights/NAME.safetensors``, their sha256 and size into the manifest, and the recipe,
the table and the curves of the run to ``docs/training/NAME/``; of a run that began with the weights
of another, name the earlier ones after --after. What half precision changes is measured on a photo.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restorekit.contracts import Size
from restorekit.files import sha256_of, whole
from restorekit.images.reading import read
from restorekit.images.restored import restored_bands
from restorekit.metrics.psnr import psnr
from restorekit.training.recipe import Recipe, parse_recipe
from restorekit.zoo.checkpoint import write_safetensors
from restorekit.zoo.load import load_network
from restorekit.zoo.restorers import DeviceOptions, load_restorers
from restorekit.zoo.shipped import FOLDER

if TYPE_CHECKING:
    from restorekit.contracts import Image, Task

ROOT = Path(__file__).parents[1]
MANIFEST = ROOT / "weights_manifest.json"
PHOTO = ROOT / "photos" / "chelsea.jpg"
KEPT = ("recipe.toml", "log.csv", "curves.png")
LEAST_PSNR = 60
"""Of half precision to float32, in dB: below it, a result of 8 bits may change in sight."""


def main() -> None:
    """Ship what the command line names."""
    options = _options()
    weights = options.run / f"{options.weights}.safetensors"
    target = FOLDER / f"{options.name}.safetensors"
    recipe = parse_recipe((options.run / "recipe.toml").read_text(encoding="utf-8"), str(weights))
    _write_half(weights, target, recipe)
    distance = psnr(_restored(target, recipe.task), _restored(weights, recipe.task))
    if distance < LEAST_PSNR:
        raise SystemExit(f"half precision is {distance:.1f} dB from float32: nothing was shipped")
    _enter(options.name, target)
    for run, folder in _records(options):
        folder.mkdir(parents=True, exist_ok=True)
        for name in KEPT:
            shutil.copyfile(run / name, folder / name)
    size = target.stat().st_size / 1e6
    print(f"{target}: {size:.2f} MB, {distance:.1f} dB from float32")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("name")
    parser.add_argument("--weights", choices=("best", "newest"), default="best")
    parser.add_argument("--after", type=Path, nargs="*", default=[])
    return parser.parse_args()


def _write_half(source: Path, target: Path, recipe: Recipe) -> None:
    tensors = load_network(str(source)).module.state_dict()
    half = {name: it.half() if it.is_floating_point() else it for name, it in tensors.items()}
    target.parent.mkdir(exist_ok=True)
    with whole(target) as partial:
        write_safetensors(partial, half, {"recipe": recipe.to_toml()})


def _restored(weights: Path, task: Task) -> Image:
    devices = DeviceOptions("cpu", "fp32")
    restorer = load_restorers(str(weights), task=task, devices=devices).restorers[0]
    photo = read(PHOTO).color[:192, :192]
    size = Size(192 * restorer.scale, 192 * restorer.scale)
    return np.concatenate([rows for _, rows in restored_bands(photo, restorer, size)])


def _enter(name: str, target: Path) -> None:
    """State the file in the manifest."""
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    entry = next(it for it in manifest["weights"] if it["name"] == name)
    source = next(it for it in entry["sources"] if it.get("shipped"))
    source["files"] = [
        {"name": target.name, "sha256": sha256_of(target), "bytes": target.stat().st_size}
    ]
    with whole(MANIFEST) as partial:
        partial.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _records(options: argparse.Namespace) -> list[tuple[Path, Path]]:
    """Each run with the folder that its record goes to."""
    docs = ROOT / "docs" / "training"
    runs = [(options.run, docs / options.name)]
    return [*((it, docs / it.name) for it in options.after), *runs]


if __name__ == "__main__":
    main()
