"""A tile that a network spoils is mended where it can be, and else left as it was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn
from toy_networks import CPU, network

from restorekit.images.reading import read
from restorekit.inference.guard import grid_period
from restorekit.inference.guarded import Guarded
from restorekit.inference.make import make_restorer
from restorekit.inference.restorer import NetworkRestorer

if TYPE_CHECKING:
    from restorekit.contracts import Image, Precision

PHOTO = read(Path(__file__).parents[2] / "photos/astronaut.jpg").color[100:356, 100:420].copy()

pytestmark = pytest.mark.usefixtures("one_thread")


class Spoils(nn.Module):
    """Lays a chequered pattern over what is bright, or over all in bfloat16."""

    def __init__(self, *, only_bfloat16: bool = False, beyond: int = 0) -> None:
        super().__init__()
        self.only_bfloat16 = only_bfloat16
        self.beyond = beyond
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.only_bfloat16 and x.dtype == torch.float32:
            return x
        if max(x.shape[2:]) <= self.beyond:
            return x
        down, across = (torch.arange(length) % 2 for length in x.shape[2:])
        return x + 0.05 * (down[:, None] ^ across)


def guarded(
    module: nn.Module, precision: Precision = "fp32", notes: list[str] | None = None
) -> Guarded:
    made = make_restorer(
        network(module, overlap=16),
        name="toy",
        device=CPU,
        precision=precision,
        guarded=True,
        on_note=(notes if notes is not None else []).append,
    )
    assert isinstance(made, Guarded)
    return made


def whole(restorer: NetworkRestorer) -> Image:
    return np.concatenate([band.rows for band in restorer.bands(PHOTO)])


def test_a_grid_at_every_size_leaves_the_photo_as_it_was_and_is_told() -> None:
    notes: list[str] = []
    result = whole(guarded(Spoils(), notes=notes))
    assert np.abs(result - PHOTO).max() < 1e-6
    assert notes
    assert all("a grid of 2 pixels" in note for note in notes)
    assert "are left as they were" in notes[0]


def test_without_the_guard_the_grid_is_there() -> None:
    spoilt = make_restorer(network(Spoils(), overlap=16), name="toy", device=CPU, precision="fp32")
    assert type(spoilt) is NetworkRestorer
    assert grid_period(torch.from_numpy(PHOTO), torch.from_numpy(whole(spoilt))) == 2


def test_a_higher_precision_mends_it_without_a_word() -> None:
    notes: list[str] = []
    made = guarded(Spoils(only_bfloat16=True), "bf16", notes)
    assert np.abs(whole(made) - PHOTO).max() < 1e-6
    assert not notes
    # Only what was spoilt: the next tile begins in the usual precision again.
    assert made.precision == "bf16"


def test_smaller_tiles_mend_it_without_a_word() -> None:
    notes: list[str] = []
    assert np.abs(whole(guarded(Spoils(beyond=200), notes=notes)) - PHOTO).max() < 1e-6
    assert not notes


class Recolours(nn.Module):
    """Makes everything brighter by more than is a tint; and lays a pattern over it, or not."""

    def __init__(self, *, spoils: bool = False) -> None:
        super().__init__()
        self.spoils = Spoils() if spoils else nn.Identity()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.spoils(0.7 * x + 0.3)


def recolouring(module: nn.Module, notes: list[str], *, meant: bool) -> Image:
    made = make_restorer(
        network(module, overlap=16),
        name="toy",
        device=CPU,
        precision="fp32",
        guarded=True,
        recolours=meant,
        on_note=notes.append,
    )
    return whole(made)


def test_other_colours_are_a_fault_unless_they_are_meant() -> None:
    notes: list[str] = []
    result = recolouring(Recolours(), notes, meant=True)
    np.testing.assert_allclose(result, 0.7 * PHOTO + 0.3, atol=1e-6)
    assert not notes
    recolouring(Recolours(), notes, meant=False)
    assert "colours shifted by" in notes[0]


def test_where_colours_are_meant_to_change_a_grid_leaves_the_whole_tile_as_it_was() -> None:
    notes: list[str] = []
    np.testing.assert_array_equal(recolouring(Recolours(spoils=True), notes, meant=True), PHOTO)
    # In one, not in four, for those would differ in their colours.
    assert notes == ["toy made a grid of 2 pixels: 320 x 256 pixels are left as they were"]
