"""The default network sees further than a tile overlaps: what that costs on a real photo."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from restorekit.errors import DownloadError
from restorekit.images.reading import read
from restorekit.inference.restorer import NetworkRestorer
from restorekit.zoo.cache import Cache
from restorekit.zoo.load import load_network

PHOTO = Path(__file__).parents[2] / "photos" / "coffee.jpg"


@pytest.mark.slow
@pytest.mark.registry
@pytest.mark.parametrize("name", ["realesrgan-x4plus", "realesrgan-x4plus-anime"])
def test_tiles_differ_from_the_whole_by_less_than_a_level(name: str, tmp_path: Path) -> None:
    try:
        network = load_network(name, cache=Cache(tmp_path))
    except DownloadError as error:
        pytest.skip(f"no registry can be reached: {error}")
    picture = np.ascontiguousarray(read(PHOTO).color[100:196, 160:416])
    results = [
        np.concatenate([band.rows for band in restorer.bands(picture)])
        for restorer in (
            NetworkRestorer(
                network, name=name, device=torch.device("cpu"), precision="fp32", tile=tile
            )
            for tile in (0, 192)
        )
    ]
    assert np.abs(results[0] - results[1]).max() < 1 / 255
    # Tiles that only lie side by side would differ by several levels.
    assert np.abs(results[0] - results[1]).max() > 0
