"""``restorekit enhance``: photos in, the same photos without rain, haze or darkness out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from restorekit.architectures.maxim import MAXIM

if TYPE_CHECKING:
    from conftest import Command

pytestmark = pytest.mark.usefixtures("one_thread")
PIXELS = np.random.default_rng(0).integers(20, 120, (120, 160, 3)).astype(np.uint8)


@pytest.fixture(autouse=True)
def _photo(_elsewhere: None) -> None:
    Image.fromarray(PIXELS).save("a.png")
    torch.manual_seed(0)
    module = MAXIM(features=4, sides=(4, 2, 2), stages=2, groups=1, bottlenecks=1)
    torch.nn.init.zeros_(module.output.weight)
    torch.nn.init.constant_(module.output.bias, 0.2)
    save_file(module.state_dict(), "lighter.safetensors")


@pytest.mark.parametrize(
    ("task", "suffix"),
    [
        ("derain", "derained"),
        ("dehaze", "dehazed"),
        ("lowlight", "brightened"),
        ("retouch", "retouched"),
    ],
)
def test_every_task_with_a_file_of_weights(command: Command, task: str, suffix: str) -> None:
    done = command("enhance", "a.png", "--task", task, "-m", "lighter.safetensors", "--tile", "100")
    assert done.status == 0
    assert ("work side 100" in done.err) == (task != "derain")
    with Image.open(f"a_{suffix}.png") as result:
        np.testing.assert_array_equal(np.asarray(result), PIXELS + 51)


def test_less_strength_less_change(command: Command) -> None:
    options = ("-t", "lowlight", "-m", "lighter.safetensors", "--strength", "0.5", "-o", "b.png")
    assert command("enhance", "a.png", *options).status == 0
    with Image.open("b.png") as result:
        assert np.abs(np.asarray(result) - (PIXELS + 25.5)).max() <= 0.5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--task: expected derain or dehaze or lowlight or retouch, got none"),
        (["--task", "paint"], "'paint' is not one of 'derain', 'dehaze', 'lowlight', 'retouch'"),
        (["--task", "lowlight", "--offline"], "maxim-enhancement are not on this machine"),
        (["-m", "maxim-dehazing-indoor", "--offline"], "maxim-dehazing-indoor are not on"),
        (["-t", "derain", "-m", "maxim-retouching"], "maxim-retouching is for retouch"),
        (["-m", "dncnn"], "dncnn is for denoise"),
        (["-m", "lighter.safetensors"], "does not tell what it is for"),
        (["-t", "dehaze", "--color-lock"], "would hold the colours that are to be changed"),
    ],
)
def test_one_clear_line(command: Command, arguments: list[str], words: str) -> None:
    done = command("enhance", "a.png", *arguments)
    assert done.status == 2 or "weights" in done.err
    assert words in done.complaint
    assert sorted(path.name for path in Path().iterdir()) == ["a.png", "lighter.safetensors"]
