"""HLLHGAN: its size and keys as its authors publish them, and the same pixels by their steps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from restorekit.architectures.hllhgan import ARCHITECTURE, HLLHGAN, canonical, reach_of
from restorekit.errors import CheckpointError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.usefixtures("one_thread")

RELEASED = (
    (r"^first\.", "layers_in."),
    (r"^groups\.1\.skip\.", "a1.0."),
    (r"^groups\.(\d)\.blocks\.(\d+)\.norm", r"layers_set_final.\1.\2.bn"),
    (r"^groups\.(\d)\.blocks\.", r"layers_set_final.\1."),
    (r"^groups\.(\d)\.norm\.", r"layers_set_final_up.\1.1."),
    (r"^groups\.(\d)\.conv\.", r"layers_set_final_up.\1.3."),
    (r"^last\.", "main."),
)


def network() -> HLLHGAN:
    torch.manual_seed(0)
    module = HLLHGAN(channels=3, features=(8, 6, 4), blocks=(2, 2))
    for _ in range(3):
        module(torch.rand(4, 3, 8, 8))  # statistics that are not 0 and 1
    return module.eval()


def as_released(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Under the keys of the authors' program, with the layer that it never runs."""
    found = {"a2.0.weight": torch.zeros(4, 6, 1, 1), "a2.0.bias": torch.zeros(4)}
    for name, value in state.items():
        key = name
        for pattern, replacement in RELEASED:
            key = re.sub(pattern, replacement, key)
        transposed = re.fullmatch(r"groups\.\d\.conv\.weight", name)
        found[key] = value.transpose(0, 1) if transposed else value
    return found


def test_the_size_of_the_release() -> None:
    with torch.device("meta"):
        module = HLLHGAN(channels=3, features=(256, 128, 96), blocks=(12, 3))
    # The authors' program has 15 490 403, with 96 * 128 + 96 in a layer that it does not run.
    assert sum(it.numel() for it in module.parameters()) == 15_490_403 - 12_384
    assert len(as_released(module.state_dict())) == 206


def test_keys_of_the_release_are_read() -> None:
    state = network().state_dict()
    released = as_released(state)
    assert not released.keys() & state.keys()
    assert ARCHITECTURE.detect(released)
    read = canonical(released)
    assert read.keys() == state.keys()
    assert all(torch.equal(read[key], state[key]) for key in state)
    built = ARCHITECTURE.build(released)
    assert (built.scale, built.channels) == (4, 3)
    assert built.hyperparameters["blocks"] == (2, 2)


def normed(state: Mapping[str, Tensor], name: str, x: Tensor) -> Tensor:
    kinds = ("running_mean", "running_var", "weight", "bias")
    return F.batch_norm(x, *(state[f"{name}.{kind}"] for kind in kinds))


def by_steps(state: Mapping[str, Tensor], x: Tensor) -> Tensor:
    """What the release does with its keys, but for the corners of its enlargement."""

    def block(name: str, y: Tensor) -> Tensor:
        z = F.conv2d(
            normed(state, f"{name}.bn1", y).relu(), state[f"{name}.conv1.weight"], padding=1
        )
        z = F.conv2d(
            normed(state, f"{name}.bn2", z).relu(), state[f"{name}.conv2.weight"], padding=1
        )
        if f"{name}.skip.weight" in state:
            y = F.conv2d(y, state[f"{name}.skip.weight"], state[f"{name}.skip.bias"])
        return y + z

    y = F.conv2d(2 * x - 1, state["layers_in.weight"], padding=1)
    for group in (0, 1):
        z = block(f"layers_set_final.{group}.1", block(f"layers_set_final.{group}.0", y))
        y = z + (F.conv2d(y, state["a1.0.weight"], state["a1.0.bias"]) if group else y)
        y = F.interpolate(y, scale_factor=2.0, mode="bilinear", align_corners=False)
        up = f"layers_set_final_up.{group}"
        y = normed(state, f"{up}.1", y).relu()
        y = F.conv_transpose2d(y, state[f"{up}.3.weight"], state[f"{up}.3.bias"])
    y = F.conv2d(y, state["main.0.weight"], padding=1).relu()
    y = F.conv2d(y, state["main.2.weight"], state["main.2.bias"]).relu()
    return (torch.tanh(F.conv2d(y, state["main.4.weight"], state["main.4.bias"])) + 1) / 2


def test_the_pixels_of_the_release() -> None:
    released = as_released(network().state_dict())
    x = torch.rand(2, 3, 9, 13)
    with torch.no_grad():
        result = ARCHITECTURE.build(released).module(x)
        torch.testing.assert_close(result, by_steps(released, x))
    assert result.shape == (2, 3, 36, 52)
    assert result.std() > 0.01


def test_what_the_network_sees() -> None:
    """Of the published size; the contract tests measure it of small ones."""
    assert reach_of((12, 3)) == 29


def test_groups_that_do_not_fit_together() -> None:
    for features, blocks in [((4, 4), (1, 1)), ((4,), ()), ((4, 4), (0,))]:
        with pytest.raises(UsageError, match="one of features more than of blocks"):
            HLLHGAN(channels=3, features=features, blocks=blocks)
    state = {
        key: it for key, it in network().state_dict().items() if not key.startswith("groups.1.b")
    }
    with pytest.raises(CheckpointError, match="blocks in each group"):
        ARCHITECTURE.build(state)
