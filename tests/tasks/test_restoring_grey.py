"""Black-and-white photos stay so, also where they are stored in colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hand_placed import place_weights

from restorekit.contracts import Size
from restorekit.images.photo import Encoding, Photo
from restorekit.inference.restorer import NetworkRestorer
from restorekit.tasks.restoring import Restoration
from restorekit.zoo.cache import Cache
from restorekit.zoo.load import load_network

if TYPE_CHECKING:
    from pathlib import Path


def test_equal_channels_stay_equal_through_a_colour_network(tmp_path: Path) -> None:
    network = load_network(
        "realesr-general-x4v3", offline=True, cache=Cache(place_weights(tmp_path))
    )
    restorer = NetworkRestorer(
        network, name="general", device=torch.device("cpu"), precision="fp32"
    )
    draw = np.random.default_rng(3)
    grey = draw.random((24, 31, 1), np.float32).round(1)
    photo = Photo("grey", np.repeat(grey, 3, axis=2), Encoding("png", 8, lossless=True))
    pixels = Restoration(photo, restorer, size=Size(96, 124), bits=8).run()
    assert pixels.shape == (96, 124, 3)
    assert (np.ptp(pixels, axis=2) == 0).all()
    # The network itself would tint it.
    (tinted,) = [band.rows for band in restorer.bands(photo.color, bits=8)]
    assert np.ptp(tinted, axis=2).max() > 2


@pytest.mark.parametrize("levels", [0, 1])
def test_the_last_level_of_colour_is_kept(levels: int) -> None:
    from restorekit.catalog import Catalog

    draw = np.random.default_rng(4)
    pixels = np.repeat(draw.integers(5, 250, (17, 23, 1)), 3, axis=2)
    pixels[..., 2] += draw.integers(0, levels + 1, (17, 23))
    color = (pixels / np.float32(255)).astype(np.float32)
    photo = Photo("grey", color, Encoding("png", 8, lossless=True))
    identity = Catalog("restorekit.classical", "RESTORER", "method")["nearest"]
    result = Restoration(photo, identity, size=Size(17, 23), bits=8).run()
    np.testing.assert_array_equal(result, pixels)
