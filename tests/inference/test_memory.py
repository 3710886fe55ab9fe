"""Too little memory: smaller tiles and the same picture, or one clear line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor
from toy_networks import CPU, blurred, network, restorer, whole

from restorekit.contracts import Size
from restorekit.errors import OutOfMemoryError
from restorekit.inference import memory
from restorekit.inference.memory import is_out_of_memory, largest_tile, main_memory_tile

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.contracts import Network

pytestmark = pytest.mark.usefixtures("one_thread")
IMAGE = np.random.default_rng(1).random((150, 210, 3), dtype=np.float32)
ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    RuntimeError("MPS backend out of memory (MPS allocated: 1 GB)"),
    MemoryError(),
]


def limited(side: int, error: Exception, seen: list[int]) -> Callable[[Tensor], Tensor]:
    """Fails on tiles with a longer side than this."""

    def work(x: Tensor) -> Tensor:
        seen.append(max(x.shape[2:]))
        if seen[-1] > side:
            raise error
        return blurred(x)

    return work


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: str(error)[:24] or "MemoryError")
@pytest.mark.parametrize(
    ("side", "tile", "told"),
    [
        (110, 0, [105]),
        (60, 0, [105, 40]),  # half of the 79 pixels that three equal tiles of 105 at most have
        (64, 64, []),
        (60, 100, [40]),
    ],
)
def test_tiles_halve_and_the_result_is_the_same(
    error: Exception, side: int, tile: int, told: list[int]
) -> None:
    notes: list[str] = []
    seen: list[int] = []
    calls: list[tuple[int, int]] = []
    made = restorer(network(limited(side, error, seen), scale=2), tile=tile, notes=notes)
    result = whole(made, IMAGE, on_tile=lambda *call: calls.append(call))
    assert np.abs(result - whole(restorer(network(scale=2)), IMAGE)).max() < 1e-6
    assert notes == [f"out of memory on cpu: tiles of {n} pixels from here on" for n in told]
    # Each size fails once: what did not fit is not tried again.
    assert len([n for n in seen if n > side]) == len(told)
    total = made.tiles(Size(150, 210))
    assert calls == [(i + 1, total) for i in range(total)]


def test_the_next_picture_begins_with_what_fitted() -> None:
    notes: list[str] = []
    seen: list[int] = []
    made = restorer(network(limited(110, MemoryError(), seen)), tile=0, notes=notes)
    whole(made, IMAGE)
    seen.clear()
    whole(made, IMAGE)
    assert max(seen) <= 105
    assert len(notes) == 1


def test_what_fitted_is_known_whatever_the_noise_of_the_next_picture() -> None:
    notes: list[str] = []
    seen: list[int] = []
    made = restorer(network(limited(110, MemoryError(), seen)), tile=0, notes=notes)
    whole(made.with_sigma(5), IMAGE)
    seen.clear()
    for sigma in (10.0, None):
        whole(made.with_sigma(sigma), IMAGE)
    assert max(seen) <= 105
    assert len(notes) == 1


def test_below_the_smallest_tile_it_is_an_error() -> None:
    seen: list[int] = []
    made = restorer(network(limited(5, MemoryError(), seen)), tile=0)
    with pytest.raises(OutOfMemoryError, match="toy does not fit on cpu: got not enough") as info:
        whole(made, IMAGE)
    assert "--device cpu" in str(info.value)
    assert "--model" in str(info.value)
    assert min(seen) <= 40  # the overlap of 8 and 32 pixels that count
    assert len(seen) <= 5


@pytest.mark.parametrize("error", [RuntimeError("shapes do not match"), ValueError("x"), KeyError])
def test_other_errors_are_not_hidden(error: Exception | type[Exception]) -> None:
    seen: list[int] = []
    made = restorer(network(limited(5, error, seen)), tile=0)  # pyright: ignore[reportArgumentType]
    with pytest.raises(error if isinstance(error, type) else type(error)):
        whole(made, IMAGE)
    assert len(seen) == 1


def test_what_running_out_of_memory_looks_like() -> None:
    assert all(is_out_of_memory(error) for error in ERRORS)
    assert not is_out_of_memory(ValueError("out of memory"))
    assert not is_out_of_memory(KeyboardInterrupt())


class Accelerator:
    """A device of which each pixel of a tile takes so many bytes."""

    def __init__(self, bytes_per_pixel: int) -> None:
        self.cost, self.peak = bytes_per_pixel, 0

    def memory_allocated(self, _: torch.device) -> int:
        return 1000

    def reset_peak_memory_stats(self, _: torch.device) -> None:
        self.peak = 1000

    def run(self, side: int) -> None:
        self.peak = max(self.peak, 1000 + self.cost * side**2)

    def max_memory_allocated(self, _: torch.device) -> int:
        return self.peak

    def empty_cache(self) -> None:
        pass


@pytest.mark.parametrize(
    ("free", "overlap", "side"),
    [
        (2**34, 16, 2048),
        (1000 * 700**2, 16, 576),
        (1000 * 50**2, 16, 64),
        (1000 * 50**2, 60, 120),
    ],
)
def test_tiles_of_an_accelerator_follow_its_free_memory(
    free: int, overlap: int, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Accelerator(1000)
    monkeypatch.setattr(torch, "cuda", made)
    monkeypatch.setattr(memory, "free_memory", lambda _: free)
    usual = network(overlap=overlap)
    assert largest_tile(torch.device("cuda"), made.run, usual) == side
    assert largest_tile(CPU, made.run, usual) == memory.UNKNOWN_DEVICE_TILE
    small = network(overlap=overlap, tile=256, keeps_tile=True)
    assert largest_tile(torch.device("cuda"), made.run, small) == min(side, 256)
    assert largest_tile(CPU, made.run, small) == 256


@pytest.mark.parametrize(
    ("free", "facts", "side"),
    [
        (2**34, {}, 768),
        (2**30, {}, 605),  # 0.7 GiB of 2048 bytes each
        (2**30, {"bytes_per_pixel": 4608}, 403),
        (2**34, {"bytes_per_pixel": 4608}, 768),
        (2**20, {}, 128),
        (2**20, {"overlap": 8}, 64),
    ],
)
def test_tiles_in_main_memory_follow_what_the_network_takes(
    free: int, facts: dict[str, int], side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda _: free)
    made = network(**{"tile": 768, "overlap": 64, **facts})
    assert main_memory_tile(made) == side
    assert restorer(made).tile == side


def live_bytes() -> int:
    """Memory of all tensors that are alive, each counted once."""
    import gc

    storages = {
        thing.untyped_storage().data_ptr(): thing.untyped_storage().nbytes()
        for thing in gc.get_objects()
        if type(thing) is Tensor
    }
    return sum(storages.values())


def test_memory_does_not_grow_with_the_height() -> None:
    peaks: dict[int, int] = {}
    for height in (400, 4000):
        found: list[int] = []

        def work(x: Tensor, found: list[int] = found, height: int = height) -> Tensor:
            if len(found) < 8 or len(found) > height // 60:
                found.append(live_bytes())
            else:
                found.append(0)
            return blurred(x)

        image = np.full((height, 64, 3), 0.5, np.float32)
        before, rows = live_bytes(), 0
        for band in restorer(network(work, scale=2), tile=48).bands(image):
            rows += len(band.rows)
        assert rows == 2 * height
        peaks[height] = max(found) - before - image.nbytes
    # A row of tiles of the result and what is carried to the next, and the tile itself.
    row_of_tiles = 48 * 64 * 3 * 4 * 2**2
    assert row_of_tiles < peaks[4000] < 3 * row_of_tiles
    assert peaks[4000] <= 1.1 * peaks[400]


def test_the_tile_is_measured_once_whatever_the_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def measured(made: Network) -> int:
        asked.append(made.tile)
        return made.tile

    monkeypatch.setattr("restorekit.inference.restorer.main_memory_tile", measured)
    first = restorer(network(tile=64))
    for sigma in (5.0, 10.0, None):
        told = first.with_sigma(sigma)
        assert (told.tile, told.sigma) == (64, sigma)
    assert asked == [64]
