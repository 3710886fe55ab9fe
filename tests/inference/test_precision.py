"""No picture is worse because of numbers: what is not finite is tried in a higher precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor
from toy_networks import CPU, blurred, network, restorer, whole

from restorekit.errors import DeviceError, NumericalError, UsageError
from restorekit.inference import device as devices
from restorekit.inference.device import choose_precision, has_fast_bfloat16
from restorekit.inference.precision import higher, lower

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.contracts import Precision

pytestmark = pytest.mark.usefixtures("one_thread")
IMAGE = np.random.default_rng(0).random((20, 24, 3), dtype=np.float32)


def beyond_half(x: Tensor) -> Tensor:
    """Runs over in float16 only: its largest number is 65504."""
    return blurred(x) * 1e5 / 1e5


def beyond_both(x: Tensor) -> Tensor:
    """Finite in float32 only: 1 + 2**-12 is 1 in both shorter formats, and x / 0 is infinite."""
    step = torch.full_like(x, 1 + 2**-12) - 1
    return blurred(x) * step / step


def white_hot(x: Tensor) -> Tensor:
    """Plus infinity, which clipping alone would turn into white."""
    return blurred(x) * 1e5


@pytest.mark.parametrize(
    ("work", "start", "end", "told"),
    [
        (beyond_half, "fp32", "fp32", []),
        (beyond_half, "bf16", "bf16", []),
        (beyond_half, "fp16", "bf16", ["fp16 overflowed: bf16 from here on"]),
        (beyond_both, "bf16", "fp32", ["bf16 overflowed: fp32 from here on"]),
        (
            beyond_both,
            "fp16",
            "fp32",
            ["fp16 overflowed: bf16 from here on", "bf16 overflowed: fp32 from here on"],
        ),
        (white_hot, "fp16", "bf16", ["fp16 overflowed: bf16 from here on"]),
    ],
)
def test_overflow_climbs_until_it_is_finite(
    work: Callable[[Tensor], Tensor], start: Precision, end: Precision, told: list[str]
) -> None:
    notes: list[str] = []
    made = restorer(network(work), precision=start, notes=notes, tile=16)
    result = whole(made, IMAGE)
    assert notes == told
    assert made.precision == end
    expected = whole(restorer(network(work)), IMAGE)
    assert np.abs(result - expected).max() < (1e-6 if end == "fp32" else 0.01)
    # A second picture starts where the first ended, whatever its noise: no note is told again.
    whole(made.with_sigma(5), IMAGE)
    assert notes == told


def test_a_precision_that_was_not_checked_is_left_out() -> None:
    notes: list[str] = []
    made = network(beyond_half, precisions=frozenset({"fp16", "fp32"}))
    result = whole(restorer(made, precision="fp16", notes=notes), IMAGE)
    assert notes == ["fp16 overflowed: fp32 from here on"]
    assert np.isfinite(result).all()
    assert higher("fp32", made) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("start", ["fp32", "fp16"])
def test_what_float32_cannot_hold_is_an_error(value: float, start: Precision) -> None:
    def spoiled(x: Tensor) -> Tensor:
        x = x.clone()
        x[..., -1, -1] = value  # one pixel, of one tile
        return x

    made = restorer(network(spoiled), precision=start, tile=16)
    with pytest.raises(NumericalError, match=r"toy gave numbers that are not finite, .*float32"):
        whole(made, IMAGE)


def test_a_large_sum_of_finite_numbers_is_no_overflow() -> None:
    notes: list[str] = []
    made = restorer(network(lambda x: x * 0 + 3e38), notes=notes)
    assert (whole(made, IMAGE) == 1).all()
    assert notes == []


def test_lowering_copies_and_keeps_what_must_stay() -> None:
    made = network(full_precision=("work.last",))
    chain = torch.nn.Sequential()
    chain.add_module("first", torch.nn.Conv2d(3, 4, 3))
    chain.add_module("last", torch.nn.Conv2d(4, 3, 3))
    made.module.work = chain
    low = lower(made, CPU, "bf16")
    assert low.get_submodule("work.first").weight.dtype == torch.bfloat16
    assert low.get_submodule("work.last").weight.dtype == torch.float32
    assert not any(p.requires_grad for p in low.parameters())
    assert all(p.dtype == torch.float32 for p in made.module.parameters())
    assert all(p.requires_grad for p in made.module.parameters())


@pytest.mark.parametrize(
    ("capabilities", "fast"),
    [
        ({}, None),
        ({"avx2": True, "amx_bf16": False}, False),
        ({"avx512_bf16": True, "amx_bf16": False}, False),
        ({"amx_bf16": True, "avx512_bf16": False}, True),
    ],
)
def test_bfloat16_where_it_is_faster(
    capabilities: dict[str, bool], fast: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    if fast is None:  # a torch that does not say: its older, private name is asked
        for old in (True, False):
            name = "_is_amx_tile_supported"
            monkeypatch.setattr(torch.cpu, name, lambda old=old: old, raising=False)
            assert has_fast_bfloat16(CPU) == old
        return
    assert has_fast_bfloat16(CPU) == fast
    assert choose_precision(CPU, network()) == ("bf16" if fast else "fp32")


@pytest.mark.parametrize("capability", [(7, 5), (8, 0), (9, 0)])
def test_bfloat16_on_newer_gpus(
    capability: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert has_fast_bfloat16(torch.device("cuda")) == (capability >= (8, 0))


def test_precision_of_a_kind_of_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "has_fast_bfloat16", lambda _: True)
    assert choose_precision(CPU, network()) == "bf16"
    assert choose_precision(torch.device("cuda"), network()) == "fp16"
    assert choose_precision(torch.device("mps"), network()) == "fp32"
    exact = network(precisions=frozenset({"fp32"}))
    for kind in ("cpu", "cuda", "mps"):
        assert choose_precision(torch.device(kind), exact) == "fp32"


def test_precisions_that_are_refused() -> None:
    exact = network(precisions=frozenset({"fp32", "bf16"}))
    assert choose_precision(CPU, exact, "bf16") == "bf16"
    with pytest.raises(DeviceError, match=r"toy does not run in fp16: expected bf16, fp32") as info:
        choose_precision(CPU, exact, "fp16")
    assert "--precision auto" in str(info.value)
    with pytest.raises(UsageError, match="unknown precision 'fp8': expected auto, fp32"):
        choose_precision(CPU, exact, "fp8")  # pyright: ignore[reportArgumentType]
