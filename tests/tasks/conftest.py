"""The photos of tests/images, an empty cache for everyone, and one real network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hand_placed import MODEL, place_weights

from restorekit.zoo.restorers import DeviceOptions, WeightsOptions, load_restorers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from restorekit.contracts import Restorer

# The pictures and profiles that are made there serve here too.
sys.path.insert(0, str(Path(__file__).parents[1] / "images"))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds the small network."""
    return place_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="session")
def network(weights: Path) -> Iterator[Restorer]:
    """The small network on the CPU, in float32, on one core, for others may be at work beside."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RESTOREKIT_CACHE", str(weights))
        loaded = load_restorers(
            MODEL,
            task="sr",
            weights=WeightsOptions(offline=True),
            devices=DeviceOptions("cpu", "fp32"),
        )
    yield loaded.restorers[0]
    torch.set_num_threads(threads)
