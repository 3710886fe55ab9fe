"""What tests of every folder may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Small networks on one core: threads that wait for a busy core make them 80 times slower."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def chrome() -> Iterator[Chrome]:
    """One browser for all tests, skipped visibly where there is none."""
    from browsing import started_chrome

    started = started_chrome()
    yield started
    started.quit()
