"""A small run that takes a second: a chain of four convolutions, a few photos of 64 pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from small_recipe import small

from restorekit.training.request import Engine, Training

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from restorekit.training.recipe import Recipe


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Ten photos of waves, 64 x 80, and what a folder also holds."""
    folder = tmp_path / "photos"
    folder.mkdir()
    rows, columns = np.mgrid[:64, :80]
    for number in range(10):
        wave = np.sin(rows / (3 + number)) * np.cos(columns / (2 + number))
        pixels = np.stack([127 + 100 * wave, 127 - 80 * wave, 255 * columns / 80], axis=2)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / f"photo{number}.png")
    (folder / "notes.txt").write_text("no photo", encoding="utf-8")
    return folder


@pytest.fixture
def request_for(tmp_path: Path, photos: Path) -> Callable[..., Training]:
    """Make a request for a small run in a folder of its own."""

    def make(name: str = "run", recipe: Recipe | None = None, **options: Any) -> Training:
        usual = {
            "validate_every": 4,
            "engine": Engine(accelerator="cpu", precision="fp32", workers=0),
        }
        return Training(recipe or small(), str(photos), tmp_path / name, **{**usual, **options})

    return make
