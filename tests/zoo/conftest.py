"""A misbehaving server, an empty cache, and weights that are small enough to serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bad_server import Server

from restorekit.zoo.cache import Cache

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A checkpoint of a small SRVGGNetCompact, as ``torch.save`` writes it."""
    import torch

    from restorekit.architectures.srvggnet_compact import SRVGGNetCompact

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("tiny") / "tiny.pth"
    torch.save({"params_ema": SRVGGNetCompact(3, 8, 2, 4).state_dict()}, path)
    return path.read_bytes()
