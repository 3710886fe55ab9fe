"""What tests of every folder may ask for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome


def pytest_configure() -> None:
    """Torch keeps to one thread in a process beside which others test: two on each core wait."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Small networks on one core: threads that wait for a busy core make them 80 times slower."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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


@pytest.fixture(scope="session")
def chrome() -> Iterator[Chrome]:
    """One browser for all tests, skipped visibly where there is none."""
    from browsing import started_chrome

    started = started_chrome()
    yield started
    started.quit()
