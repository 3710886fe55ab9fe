"""An empty cache for everyone, and folders of small photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

BENCH = Path(__file__).parents[2] / "../shared/bench"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def bench() -> Callable[[str], Path]:
    """A folder of the benchmark photos, which lie beside the repository."""

    def find(name: str) -> Path:
        if not (BENCH / name).is_dir():
            pytest.skip(f"needs ../shared/bench/{name}")
        return BENCH / name

    return find


@pytest.fixture
def photo(tmp_path: Path) -> Callable[..., Path]:
    """Writes a noise photo of the seed, ``offset`` levels lighter."""

    def write(name: str, seed: int = 0, *, size: Any = (16, 20), offset: int = 0) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shape = size if len(size) == 3 else (*size, 3)
        pixels = np.random.default_rng(seed).integers(0, 200, shape) + offset
        Image.fromarray(pixels.astype(np.uint8)).save(path)
        return path

    return write
