"""Grey and colour, sizes, depths and borders; and the photo itself stays as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from toy_networks import blurred, network, restorer, whole

from restorekit.contracts import Size, SizeRequirements
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from restorekit.contracts import Bits

pytestmark = pytest.mark.usefixtures("one_thread")
DRAW = np.random.default_rng(2)
COLOUR = DRAW.random((30, 41, 3), dtype=np.float32)
GREY = DRAW.random((30, 41, 1), dtype=np.float32)
LUMA = np.float32([0.299, 0.587, 0.114])


def tinted(x: Tensor) -> Tensor:
    """Each channel in its own strength."""
    return x * torch.tensor([0.2, 0.9, 0.5], dtype=x.dtype)[:, None, None]


def test_grey_through_a_colour_network_is_the_luma_of_its_result() -> None:
    result = whole(restorer(network(tinted)), GREY)
    assert result.shape == (30, 41, 1)
    expected = GREY * float(LUMA @ np.float32([0.2, 0.9, 0.5]))
    assert np.abs(result - expected).max() < 1e-6


def test_grey_stays_exactly_as_bright_as_a_network_leaves_it() -> None:
    assert np.abs(whole(restorer(network(lambda x: x)), GREY) - GREY).max() < 1e-6


def test_colour_through_a_grey_network_is_each_channel_by_itself() -> None:
    shapes: list[torch.Size] = []

    def work(x: Tensor) -> Tensor:
        shapes.append(x.shape)
        return blurred(x)

    result = whole(restorer(network(work, channels=1)), COLOUR)
    expected = whole(restorer(network(channels=3)), COLOUR)
    assert np.abs(result - expected).max() < 1e-6
    assert shapes == [torch.Size((3, 1, 30, 41))]
    one = whole(restorer(network(channels=1)), GREY)
    assert one.shape == (30, 41, 1)
    assert np.ptp(one - whole(restorer(network()), GREY)) < 1e-6


def backwards(image: np.ndarray) -> np.ndarray:
    return image[::-1, ::-1]


def read_only(image: np.ndarray) -> np.ndarray:
    image = image.copy()
    image.flags.writeable = False
    return image


def every_other(image: np.ndarray) -> np.ndarray:
    return np.repeat(image, 2, axis=1)[:, ::2]


@pytest.mark.parametrize("view", [read_only, backwards, every_other, np.asfortranarray])
def test_any_array_is_taken_and_none_is_changed(view) -> None:
    image = view(COLOUR)
    before = image.copy()
    result = whole(restorer(network(), tile=20), image)
    np.testing.assert_array_equal(image, before)
    expected = whole(restorer(network(), tile=20), np.ascontiguousarray(image))
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_networks_that_work_in_place_do_not_reach_the_photo(precision) -> None:
    class InPlace(torch.nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.mul_(3)  # the very tensor that it was given, beyond 1

    made = network()
    object.__setattr__(made, "module", InPlace())
    image = COLOUR.copy()
    for tile in (0, 20):
        result = whole(restorer(made, tile=tile, precision=precision), image)
        np.testing.assert_array_equal(image, COLOUR)
        assert np.abs(result - np.clip(3 * COLOUR, 0, 1)).max() < 0.02


def test_results_do_not_share_memory_with_one_another() -> None:
    made = restorer(network(lambda x: x), tile=12)
    bands = [band.rows for band in made.bands(COLOUR)]
    before = [rows.copy() for rows in bands]
    bands[0][:] = 7
    for rows, expected in zip(bands[1:], before[1:], strict=True):
        np.testing.assert_array_equal(rows, expected)
    assert COLOUR.max() <= 1


@pytest.mark.parametrize("bits", [8, 16])
def test_depths_agree_within_rounding(bits: Bits) -> None:
    made = restorer(network(scale=2), tile=16)
    full = 2**bits - 1
    exact = whole(made, COLOUR).astype(np.float64)
    found = whole(made, COLOUR, bits=bits)
    assert found.dtype == (np.uint8 if bits == 8 else np.uint16)
    assert np.abs(found - exact * full).max() <= 0.51


@pytest.mark.parametrize("bits", [8, 16])
def test_every_integer_comes_back_through_a_network_that_does_nothing(bits: Bits) -> None:
    full = 2**bits - 1
    levels = np.arange(full + 1).reshape(-1, 64 if bits == 8 else 256, 1)
    image = (levels / np.float32(full)).astype(np.float32)
    # The luma weights of a colour network round in float32: a grey network shows the depth alone.
    made = restorer(network(lambda x: x, channels=1), tile=40)
    np.testing.assert_array_equal(whole(made, image, bits=bits), levels)


def test_results_are_clipped() -> None:
    wild = restorer(network(lambda x: 40 * x - 20), tile=16)
    for bits, full in ((8, 255), (16, 65535), (32, 1)):
        result = whole(wild, COLOUR, bits=bits)
        assert result.min() == 0
        assert result.max() == full


def test_sizes_that_a_network_cannot_take_are_filled_up_and_cut_off() -> None:
    seen: list[tuple[int, int]] = []

    def picky(x: Tensor) -> Tensor:
        seen.append((x.shape[2], x.shape[3]))
        assert min(seen[-1]) >= 16
        assert seen[-1][0] % 8 == 0 == seen[-1][1] % 8
        return F.pixel_shuffle(F.pixel_unshuffle(x, 8), 8)

    made = network(picky, size_requirements=SizeRequirements(minimum=16, multiple_of=8))
    for size in ((1, 1), (3, 40), (16, 16), (17, 31), (50, 9)):
        image = DRAW.random((*size, 3), dtype=np.float32)
        assert np.abs(whole(restorer(made, tile=24), image) - image).max() < 1e-6
    assert {side for pair in seen for side in pair} >= {16, 24}


def test_what_is_filled_up_mirrors_the_picture() -> None:
    seen: list[Tensor] = []

    def work(x: Tensor) -> Tensor:
        seen.append(x.clone())
        return x

    made = restorer(network(work, size_requirements=SizeRequirements(multiple_of=8)))
    whole(made, COLOUR[:6, :8])
    expected = np.concatenate([COLOUR[:6, :8], COLOUR[[4, 3], :8]])
    np.testing.assert_array_equal(seen[0][0].permute(1, 2, 0).numpy(), expected)
    whole(made, COLOUR[:1, :1])  # nothing to mirror: repeated
    assert (seen[1] == seen[1][..., :1, :1]).all()


def test_tiles_are_counted_before_they_are_run() -> None:
    made = restorer(network(), tile=20)
    calls: list[tuple[int, int]] = []
    whole(made, COLOUR, on_tile=lambda *call: calls.append(call))
    assert len(calls) == made.tiles(Size(30, 41)) == 2 * 3
    assert calls == [(i + 1, 6) for i in range(6)]
    assert restorer(network(), tile=0).tiles(Size(30, 41)) == 1
    with pytest.raises(UsageError, match="a tile of 8 pixels is too small"):
        restorer(network(), tile=8).tiles(Size(30, 41))


def test_feathered_seams_are_blended_not_cut() -> None:
    """Where tiles disagree, the result goes from the one to the other in small steps."""
    tone = iter([0.0, 1.0])
    made = network(lambda x: torch.full_like(x, next(tone)), receptive_field=None, overlap=24)
    result = whole(restorer(made, tile=36), COLOUR[:20])
    line = result[10, :, 0]
    assert line[0] == 0
    assert line[-1] == 1
    steps = np.diff(line)
    assert steps.min() >= 0
    assert steps.max() < 0.2
