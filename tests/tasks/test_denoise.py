"""Which denoiser serves where nobody names one, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hand_placed import place_denoisers

from restorekit.architectures.ffdnet import module_of
from restorekit.errors import ChecksumError, UsageError, WeightsError
from restorekit.tasks import denoise as task
from restorekit.tasks.denoise import Denoising, denoise, load
from restorekit.zoo import manifest, restorers
from restorekit.zoo.cache import Cache
from restorekit.zoo.checkpoint import write_safetensors
from restorekit.zoo.events import Event, Notice
from restorekit.zoo.restorers import DeviceOptions, WeightsOptions, load_first
from restorekit.zoo.standing_in import NEXT_BEST, denoisers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OFFLINE = WeightsOptions(offline=True)
ORDER = ["ffdnet", "ffdnet-ipol", "bm3d"]


class Ear:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, Notice):
            self.lines.append(event.text)


def store_ipol() -> None:
    """Random weights in place of those of ffdnet-ipol, as if they had been fetched."""
    torch.manual_seed(0)
    state = module_of(channels=3, features=6, convolutions=3, residual=True).state_dict()
    (source,) = manifest.entry("ffdnet-ipol").sources
    digests = {file.address: str(file.sha256) for file in source.files}
    Cache().store("ffdnet-ipol", lambda path: write_safetensors(path, state, {}), digests)


def test_the_order_is_that_of_the_manifest_and_the_task() -> None:
    assert list(denoisers(DeviceOptions(), told=True)) == ORDER
    assert list(denoisers(DeviceOptions("cuda"), told=True)) == ORDER[:2]
    # What comes with the program finds the noise by itself, on any device.
    for device in ("cpu", "cuda"):
        order = denoisers(DeviceOptions(device), told=False)
        assert order == (*ORDER[:2], "restorekit-denoise")
    assert manifest.entry(NEXT_BEST).task == "denoise"
    # From another place than the default, or both would fail together.
    assert all(source.package is None for source in manifest.entry(ORDER[0]).sources)
    assert all(source.package is not None for source in manifest.entry(ORDER[1]).sources)


def test_the_default_serves_where_it_is_here(tmp_path: Path) -> None:
    place_denoisers(tmp_path / "cache")
    ear = Ear()
    loaded = load(Denoising(weights=OFFLINE), ear)
    assert loaded.description["model"] == "ffdnet"
    assert not any("serves instead" in line for line in ear.lines)


def test_the_next_best_serves_and_says_so() -> None:
    store_ipol()
    ear = Ear()
    loaded = load(Denoising(weights=OFFLINE), ear)
    assert loaded.description["model"] == loaded.restorers[0].name == "ffdnet-ipol"
    (line,) = ear.lines
    assert line.startswith("the weights of ffdnet are not on this machine")
    assert line.endswith(": ffdnet-ipol serves instead")


def test_without_any_weights_the_method_that_needs_none_serves() -> None:
    ear = Ear()
    options = Denoising(sigma=20, weights=OFFLINE)
    assert load(options, ear).identity == "bm3d"
    assert [line.rpartition(": ")[2] for line in ear.lines] == [
        "ffdnet-ipol serves instead",
        "bm3d serves instead",
    ]
    assert "weights of ffdnet are" in ear.lines[0]
    assert "weights of ffdnet-ipol are" in ear.lines[1]
    clean = np.full((24, 32, 3), 0.5, np.float32)
    noise = np.random.default_rng(0).normal(0, 20 / 255, clean.shape)
    image = (clean + noise).clip(0, 1).astype(np.float32)
    result = denoise(image, options)
    np.testing.assert_array_equal(result, denoise(image, Denoising(model="bm3d", sigma=20)))
    assert np.abs(result - clean).mean() < 0.5 * np.abs(image - clean).mean()


@pytest.mark.parametrize("name", ["ffdnet", "ffdnet-ipol", "drunet"])
def test_a_model_that_was_named_serves_or_fails(name: str) -> None:
    ear = Ear()
    with pytest.raises(WeightsError, match=f"the weights of {name} are not on this machine"):
        load(Denoising(model=name, weights=OFFLINE), ear)
    assert ear.lines == []


def test_without_any_weights_what_comes_with_the_program_serves() -> None:
    ear = Ear()
    loaded = load(Denoising(weights=OFFLINE), ear)
    assert loaded.description["model"] == "restorekit-denoise"
    assert ear.lines[-1].endswith(": restorekit-denoise serves instead")


def test_on_a_gpu_that_was_named_no_method_of_the_cpu_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(task, "load_restorers", _failing(asked))
    with pytest.raises(WeightsError, match="no ffdnet-ipol"):
        load(Denoising(sigma=20, devices=DeviceOptions("cuda"), weights=OFFLINE))
    assert asked == ORDER[:2]
    asked.clear()
    with pytest.raises(WeightsError, match="no bm3d"):
        load(Denoising(sigma=20, devices=DeviceOptions("cpu"), weights=OFFLINE))
    assert asked == ORDER


def _failing(asked: list[str]) -> Callable[..., restorers.Loaded]:
    def fail(model: str, **_: object) -> restorers.Loaded:
        asked.append(model)
        raise ChecksumError(f"no {model}")

    return fail


def test_only_weights_that_cannot_be_had_let_another_one_serve() -> None:
    """What the user has asked for wrongly is wrong for every model."""
    ear, asked = Ear(), list[str]()

    def refuse(model: str) -> restorers.Loaded:
        asked.append(model)
        raise UsageError("no such device")

    with pytest.raises(UsageError, match="no such device"):
        load_first(["a", "b"], refuse, ear)
    assert (asked, ear.lines) == (["a"], [])
