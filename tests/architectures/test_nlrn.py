"""NLRN against TensorFlow: what the authors' own graph makes of the same variables.

``nlrn_*.zip`` were written by TensorFlow 2.15 (``saved_model.simple_save``) from the graph of
``models/nlrn.py`` in Ding-Liu/NLRN at e9f1b9a, with 6 features and 4 compared instead of 128 and
64 and random variables: 3 steps as it stands, and 2 with the correlation propagation of
Ding-Liu/NLRN_v0. ``noisy.npy`` is what it was given, ``restored.npy`` what it made, not clipped.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from restorekit.architectures.nlrn import ARCHITECTURE, NLRN, build, canonical
from restorekit.contracts import SizeRequirements
from restorekit.zoo.load import open_network
from restorekit.zoo.tensorflow import read_saved_model

pytestmark = pytest.mark.usefixtures("one_thread")

HERE = Path(__file__).parent
PLAIN, PROPAGATING = HERE / "nlrn_plain.zip", HERE / "nlrn_propagating.zip"


def pictures(path: Path) -> list[Tensor]:
    """What the graph was given and what it made, ``(2, 1, 9, 9)``."""
    with zipfile.ZipFile(path) as archive:
        found = [np.load(io.BytesIO(archive.read(f"{name}.npy"))) for name in ("noisy", "restored")]
    return [torch.from_numpy(it.copy()) for it in found]


@torch.no_grad()
def result(path: Path, noisy: Tensor, *, propagates: bool) -> Tensor:
    state = canonical(read_saved_model(path))
    # Pictures of one patch, so that no mean of several hides the network's own numbers.
    state["protocol"] = torch.tensor([9, 7, propagates])
    return build(state).module(noisy)


@pytest.mark.parametrize(("path", "propagates"), [(PLAIN, False), (PROPAGATING, True)])
def test_the_authors_graph_makes_the_same_of_it(path: Path, propagates: bool) -> None:
    noisy, restored = pictures(path)
    assert (restored - noisy).abs().max() > 0.1
    ours = result(path, noisy, propagates=propagates)
    torch.testing.assert_close(ours, restored, atol=1e-5, rtol=0)
    other = result(path, noisy, propagates=not propagates)
    assert (other - restored).abs().max() > 1e-3


def test_the_released_size() -> None:
    with torch.device("meta"):
        module = NLRN(
            channels=1, features=128, inner=64, steps=15, propagates=False, patch=43, stride=7
        )
    sizes = {name: it.numel() for name, it in module.named_parameters()}
    # "330K" in table 4 of the paper, which leaves batch normalisation out
    assert sum(size for name, size in sizes.items() if "norm" not in name) == 330_625
    assert len(module.norms) == 15


def test_a_saved_model_of_the_user_runs_as_published() -> None:
    network = open_network(PLAIN)
    assert network.architecture == ARCHITECTURE.name
    assert network.hyperparameters == {
        "channels": 1,
        "features": 6,
        "inner": 4,
        "steps": 3,
        "propagates": False,
        "patch": 43,
        "stride": 7,
    }
    assert network.size_requirements == SizeRequirements(43, 7)
    assert ARCHITECTURE.detect(network.module.state_dict())
    assert not network.module.training


@pytest.mark.parametrize(("steps", "propagates"), [(12, True), (15, False)])
def test_the_authors_two_releases_differ_in_what_steps_hear(steps: int, propagates: bool) -> None:
    one = read_saved_model(PLAIN)
    more = {
        f"rnn/batch_normalization_{number}/{name}": torch.ones(6)
        for number in range(1, 3 * steps)
        for name in ("gamma", "beta", "moving_mean", "moving_variance")
    }
    found = build({**one, **more}).hyperparameters
    assert (found["steps"], found["propagates"]) == (steps, propagates)


@torch.no_grad()
def test_the_result_is_the_mean_of_all_patches_that_see_a_pixel() -> None:
    torch.manual_seed(0)
    arguments = {"channels": 1, "features": 4, "inner": 3, "steps": 2, "propagates": False}
    module = NLRN(**arguments, patch=6, stride=3).eval()
    x = torch.rand(2, 1, 12, 15)
    total, times = torch.zeros_like(x), torch.zeros_like(x)
    for top in (0, 3, 6):
        for left in (0, 3, 6, 9):
            place = (..., slice(top, top + 6), slice(left, left + 6))
            total[place] += module.restored(x[place])
            times[place] += 1
    torch.testing.assert_close(module(x), total / times)
    # A picture that ends between two patches is continued for the last one only.
    torch.testing.assert_close(module(x[..., :11, :])[..., :6, :], module(x)[..., :6, :])
