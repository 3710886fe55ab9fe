"""The device that was asked for, or a line that says what there is; never another in silence."""

from __future__ import annotations

import pytest
import torch
from toy_networks import network

from restorekit.errors import DeviceError, UsageError
from restorekit.inference import device as devices
from restorekit.inference.device import (
    available,
    choose_devices,
    choose_precision,
    describe,
    free_memory,
    has_fast_bfloat16,
)
from restorekit.inference.diagnosis import diagnose


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How many devices of each kind there are; change it at will."""
    found = {"cuda": 0, "mps": 0, "xpu": 0, "cpu": 1}
    monkeypatch.setattr(devices, "count", lambda kind: found[kind])
    return found


@pytest.mark.parametrize("request_", ["gpu", "cuda:x", "cuda:-1", "cpu:", "cuda:1:2", "", "cuda:²"])
def test_names_that_mean_no_device(request_: str) -> None:
    with pytest.raises(UsageError, match="unknown device") as info:
        choose_devices(request_)
    assert "auto, cuda, mps, xpu, cpu" in str(info.value)


@pytest.mark.parametrize("request_", ["cuda", "cuda:0", "mps", "xpu", "cpu:1", "cpu,cuda"])
def test_what_is_not_here_is_told_with_what_is(request_: str, machine: dict[str, int]) -> None:
    assert machine["cuda"] == 0
    with pytest.raises(DeviceError, match="is not here: got cpu with torch") as info:
        choose_devices(request_)
    assert "--device cpu" in str(info.value)


def test_several_and_numbered_devices(machine: dict[str, int]) -> None:
    machine["cuda"] = 2
    assert choose_devices("cuda:0, cuda:1") == [torch.device("cuda:0"), torch.device("cuda:1")]
    assert choose_devices("cuda") == [torch.device("cuda")]
    assert available() == ["cuda:0", "cuda:1", "cpu"]
    with pytest.raises(DeviceError, match="cuda:2 is not here: got cuda:0, cuda:1, cpu"):
        choose_devices("cuda:2")


@pytest.mark.parametrize("kind", ["cuda", "mps", "xpu", "cpu"])
def test_auto_takes_the_fastest_kind_that_is_here(kind: str, machine: dict[str, int]) -> None:
    assert choose_devices() == [torch.device("cpu")]
    machine[kind] = 1
    assert choose_devices("auto") == [torch.device(kind)]


def test_auto_on_this_machine() -> None:
    (found,) = choose_devices("auto")
    if not torch.cuda.is_available() and not torch.backends.mps.is_available():
        assert found.type in {"cpu", "xpu"}
    chosen = choose_precision(found, network())
    if found.type == "cpu":
        assert chosen == ("bf16" if has_fast_bfloat16(found) else "fp32")
    assert free_memory(found) > 2**20
    assert str(found) in describe(found)
    assert found.type in available()[0]


def test_diagnosis_names_versions_memory_and_devices() -> None:
    found = diagnose()
    assert found["torch"] == torch.__version__.split("+")[0] or found["torch"] in torch.__version__
    assert found["device cpu"].startswith("cpu (")
    assert "GB free" in found["main memory"]
    assert all("\n" not in line and line for line in found.values())
