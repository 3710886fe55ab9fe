"""SRN-DeblurNet against TensorFlow: what the authors' own graph makes of the same variables.

``srn_lstm.zip`` was written by TensorFlow 2.21 (``train.Saver``, with some of what Adam keeps) from
the graph of ``models/model.py`` in jiangsutx/SRN-Deblur at 2caaa85, its model ``lstm`` with 2, 3
and 4 features instead of 32, 64 and 128 and random variables. ``blurred.npy`` is what it was given,
``result0.npy`` to ``result2.npy`` what it made, the full size first, and ``gradient.npy`` that of
the sum of their mean squares by the first convolution, ``(H, W, in, out)``.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from restorekit.architectures.srn import ARCHITECTURE, SRN, canonical, doubled, halved, untrained
from restorekit.contracts import SizeRequirements
from restorekit.errors import CheckpointError
from restorekit.zoo.load import open_network
from restorekit.zoo.tensorflow import read_saved_model

pytestmark = pytest.mark.usefixtures("one_thread")

WRITTEN = Path(__file__).parent / "srn_lstm.zip"


def told(name: str) -> Tensor:
    with zipfile.ZipFile(WRITTEN) as archive:
        return torch.from_numpy(np.load(io.BytesIO(archive.read(f"{name}.npy"))))


def network(**changes: Any) -> SRN:
    torch.manual_seed(0)
    usual = {"channels": 3, "features": (2, 3, 4), "blocks": 1, "lstm": False}
    return SRN(**{**usual, **changes})


def test_the_authors_graph_makes_the_same_of_it() -> None:
    found = open_network(WRITTEN)
    assert found.architecture == "srn"
    assert found.hyperparameters == {
        "channels": 1, "features": (2, 3, 4), "blocks": 3, "lstm": True,
    }  # fmt: skip
    assert found.size_requirements == SizeRequirements(16, 16)
    module = found.module.requires_grad_()
    made = module.pyramid(told("blurred"))
    for number, result in enumerate(made):
        expected = told(f"result{number}")
        assert expected.std() > 0.01
        torch.testing.assert_close(result.detach(), expected, atol=1e-6, rtol=0)
    # Which also says where the gradient goes from size to size, and where it does not.
    torch.stack([it.square().mean() for it in made]).sum().backward()
    gradient = module.encoders[0].conv.weight.grad.permute(2, 3, 1, 0)
    torch.testing.assert_close(gradient, told("gradient"), atol=1e-7, rtol=1e-5)


def test_without_what_the_lstm_remembers_the_result_is_another() -> None:
    state = canonical(read_saved_model(WRITTEN))
    module = ARCHITECTURE.build(state).module
    forgetful = {key: it for key, it in state.items() if not key.startswith("lstm.")}
    with torch.no_grad():
        result = ARCHITECTURE.build(forgetful).module(told("blurred"))
        assert (result - told("result0")).abs().max() > 1e-2
        assert torch.equal(module(told("blurred")), module.pyramid(told("blurred"))[0])


def test_what_training_leaves_in_a_checkpoint_is_left_out() -> None:
    variables = read_saved_model(WRITTEN)
    assert {"g_net/enc1_1/weights/Adam", "beta1_power"} < variables.keys()
    state = canonical(variables)
    assert state.keys() == network(channels=1, blocks=3, lstm=True).state_dict().keys()
    assert canonical(state) == state


@pytest.mark.parametrize(
    ("channels", "lstm", "size"),
    [
        # Layer by layer, 25 i o + o for a convolution of 5 x 5: 4 832 + 2 403 at the ends, 51 264 +
        # 204 928 where it halves, 131 136 + 32 800 where it doubles, and 18 blocks of two.
        (3, False, 6_881_251),
        # The LSTM has 9 * 256 * 512 + 512 more; one channel, 3 200 + 1 602 less at the ends.
        (1, True, 8_056_609),
    ],
)
def test_the_released_size(channels: int, lstm: bool, size: int) -> None:
    with torch.device("meta"):
        module = SRN(channels=channels, features=(32, 64, 128), blocks=3, lstm=lstm)
    assert sum(it.numel() for it in module.parameters()) == size


def test_sizes_change_with_corners_together() -> None:
    x = torch.tensor([[0.0, 1.0], [4.0, 9.0]])[None, None]
    expected = [[0, 0.5, 1, 1], [2, 3.5, 5, 5], [4, 6.5, 9, 9], [4, 6.5, 9, 9]]
    torch.testing.assert_close(doubled(x)[0, 0], torch.tensor(expected))
    torch.testing.assert_close(halved(doubled(x)), x)


@pytest.mark.parametrize(("lstm", "reach"), [(False, 501), (True, 529)])
def test_how_far_it_sees(lstm: bool, reach: int) -> None:
    """By one bright column: 109 pixels and 392 for each block of a chain, 28 more by the LSTM."""
    module = network(channels=1, features=(1, 1, 1), lstm=lstm).double()
    for parameter in module.parameters():
        torch.nn.init.constant_(parameter, 0.05 if parameter.ndim > 1 else 0)
    columns, farthest = 16 * 68, 0
    middle = columns // 2
    # The places of a column on the grid of the smallest size that count most.
    for column in range(middle, middle + 16):
        x = torch.zeros(1, 1, 16, columns, dtype=torch.double)
        x[..., column] = 1
        with torch.no_grad():
            seen = module(x).abs().amax((0, 1, 2)).nonzero().flatten()
        farthest = max(farthest, int((seen - column).abs().max()))
    assert farthest == reach


def test_the_full_size_alone_reaches_all_weights() -> None:
    module = network(lstm=True)
    module(torch.rand(1, 3, 16, 32)).square().mean().backward()
    for name, parameter in module.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.any(), name


def test_training_begins_with_glorots_weights() -> None:
    torch.manual_seed(0)
    module = untrained(channels=3, features=[8, 16, 32], blocks=1, lstm=True)
    assert isinstance(module, SRN)
    limit = (6 / (25 * (32 + 32))) ** 0.5
    weight = module.decoders[2][0].conv1.weight
    assert 0.99 * limit < weight.abs().max() <= limit
    assert module.lstm is not None
    gates = module.lstm.gates.weight
    assert gates.abs().max() <= 2e-3
    # A normal deviate of 0.001 that was cut off at twice that.
    assert gates.std().item() == pytest.approx(0.00088, rel=0.01)
    assert not any(it.any() for name, it in module.named_parameters() if "bias" in name)


def test_a_missing_level_is_told() -> None:
    state = network().state_dict()
    cut = {key: value for key, value in state.items() if "encoders.1" not in key}
    with pytest.raises(CheckpointError, match=r"no SRN-DeblurNet: decoders\.1"):
        ARCHITECTURE.build(cut)
