"""Restormer: numbers that the authors' own code made, and what its parts promise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from waves import waves, wavy_picture

from restorekit.architectures.restormer import ChannelNorm, Restormer, TransposedAttention, build
from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.usefixtures("one_thread")

COLOUR: dict[str, Any] = {
    "channels": 3,
    "features": 8,
    "blocks": (1, 2, 1, 1),
    "refinement": 2,
    "heads": (1, 2, 1, 2),
    "hidden": (21, 42, 85, 170),
    "centred": False,
}
GREY: dict[str, Any] = {
    **COLOUR,
    "channels": 1,
    "blocks": (2, 1, 1, 2),
    "heads": (2, 1, 4, 2),
    "centred": True,
}


@pytest.mark.parametrize(
    ("arguments", "spread", "pixel", "last_row"),
    [
        (
            COLOUR,
            0.02862893994,
            [0.00405221, 0.01029865, 0.01460596],
            [0.04221013, 0.02474776, 0.04985055],
        ),
        (GREY, 0.16441844885, [-0.04788477], [-0.31928609, 0.00826485, 0.03395516]),
    ],
    ids=["colour", "grey"],
)
@torch.no_grad()
def test_what_the_authors_code_makes(
    arguments: dict[str, Any], spread: float, pixel: Sequence[float], last_row: Sequence[float]
) -> None:
    """By ``basicsr/models/archs/restormer_arch.py`` of swz30/Restormer in float64, dim 8."""
    network = build(waves(Restormer(**arguments).state_dict()))
    assert network.hyperparameters == arguments
    channels = network.channels
    x = wavy_picture(channels, 16, 24)
    added = network.module(x) - x
    assert added.std().item() == pytest.approx(spread, rel=1e-7)
    assert added[0, :, 3, 5].tolist() == pytest.approx(pixel, abs=1e-7)
    assert added[0, -1, 15, [0, 7, 23]].tolist() == pytest.approx(last_row, abs=1e-7)


@torch.no_grad()
def test_without_centring_a_pixel_keeps_its_mean() -> None:
    x = torch.rand(1, 5, 3, 4) + 1
    plain, centred = (ChannelNorm(5, centred=it)(x) for it in (False, True))
    torch.testing.assert_close(centred.mean(1), torch.zeros(1, 3, 4), atol=1e-5, rtol=0)
    scale = 1 / torch.sqrt(x.var(1, correction=0) + 1e-5)
    torch.testing.assert_close(plain.mean(1), x.mean(1) * scale)


@torch.no_grad()
def test_attention_is_between_channels() -> None:
    """Far pixels count through the likeness of channels, and only through it."""
    torch.manual_seed(0)
    attention = TransposedAttention(6, 2)
    x = torch.rand(1, 6, 12, 12)
    other = x.clone()
    other[..., -1, -1] += 1
    assert (attention(x) - attention(other))[..., 0, 0].abs().max() > 1e-6
    attention.temperature.zero_()
    difference = attention(x) - attention(other)
    assert difference[..., 0, 0].abs().max() == 0


def test_two_pictures_in_are_no_photo() -> None:
    """The network for dual pixels takes six channels and gives three."""
    state = Restormer(**COLOUR).state_dict()
    state["patch_embed.proj.weight"] = torch.zeros(8, 6, 3, 3)
    with pytest.raises(CheckpointError, match="expected 1 or 3 channels, got 6"):
        build(state)
