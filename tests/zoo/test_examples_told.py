"""A method that needs examples is told the folder, keeps what it gathers, and says who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image as PillowImage

from restorekit.errors import UsageError
from restorekit.zoo.cache import VARIABLE, Cache
from restorekit.zoo.events import Event, Notice
from restorekit.zoo.restorers import WeightsOptions, load_restorers

if TYPE_CHECKING:
    from pathlib import Path


def test_the_examples_are_the_identity_and_lie_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    photos = tmp_path / "photos"
    photos.mkdir()
    told: list[Event] = []
    identities: list[str] = []
    for seed in range(2):
        pixels = np.random.default_rng(seed).integers(0, 255, (40, 40, 3)).astype(np.uint8)
        PillowImage.fromarray(pixels).save(photos / f"{seed}.png")
        options = WeightsOptions(database=photos)
        loaded = load_restorers("example-based", task="sr", weights=options, on_event=told.append)
        assert loaded.description["database"] == str(photos)
        identities.append(loaded.identity)
        for band in loaded.restorers[0].bands(np.full((4, 4, 1), 0.5, np.float32)):
            assert band.rows.shape == (8, 8, 1)
    assert identities[0] != identities[1]
    assert all(it.startswith("example-based:") for it in identities)
    kept = sorted(Cache().examples().glob("*.safetensors"))
    assert {f"example-based:{path.stem.removesuffix('-x2')}" for path in kept} == set(identities)
    assert told[0] == Notice("gathering examples at scale 2 from 1 photos")


def test_without_a_folder_it_is_refused() -> None:
    with pytest.raises(UsageError, match=r"example-based needs photos .*--database FOLDER"):
        load_restorers("example-based", task="sr")
