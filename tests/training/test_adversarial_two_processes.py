"""A game that two processes share ends where one process ends it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import torch

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import sys
import torch
from lightning_fabric import Fabric
from torch import nn
from restorekit.training.learner import Learner
from restorekit.training.objective import make_objective
from restorekit.training.pairs import Batch
from restorekit.training.parts import (
    AdversaryPart, DataPart, NetworkPart, OptimizerPart, SchedulePart,
)
from restorekit.training.recipe import Recipe

form, critic, out, processes = *sys.argv[1:4], int(sys.argv[4])
recipe = Recipe(
    "tiny", "denoise", NetworkPart("dncnn"), DataPart(32, 4), {"l1": 1.0}, 10,
    optimizer=OptimizerPart("sgd", 0.01),
    adversary=AdversaryPart(
        critic, form, 0.1, features=4, steps=2, optimizer=OptimizerPart("sgd", 0.01)
    ),
)
fabric = Fabric(accelerator="cpu", devices=processes, precision="32-true")
fabric.launch()
torch.manual_seed(0)
network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 3, 3, padding=1))
learner = Learner(fabric, network, recipe.optimizer, SchedulePart(), steps=10)
game = make_objective(fabric, learner, recipe, print)
for number in range(3):
    clean = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(number))
    part = clean.chunk(processes)[fabric.global_rank]
    assert game.step(number, Batch(part * 0.5, part)) is not None
if fabric.is_global_zero:
    torch.save({name: it.bare.state_dict() for name, it in game.learners.items()}, out)
"""


def played(folder: Path, form: str, critic: str, processes: int) -> dict[str, torch.Tensor]:
    """All that both sides have learnt in three steps."""
    script, out = folder / "script.py", folder / f"{form}{processes}.pt"
    script.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), form, critic, str(out), str(processes)],
        check=False,
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    state = torch.load(out, weights_only=True)
    return {f"{side} {name}": it for side in state for name, it in state[side].items()}


@pytest.mark.slow
def test_two_processes_end_where_one_ends(tmp_path: Path) -> None:
    one, two = (played(tmp_path, "vanilla", "unet", processes) for processes in (1, 2))
    assert one.keys() == two.keys()
    for key, value in one.items():
        torch.testing.assert_close(value, two[key], rtol=1e-4, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("form", "critic"), [("wgan_gp", "patch"), ("relativistic", "vgg")])
def test_what_each_process_does_for_itself_is_shared_too(
    tmp_path: Path, form: str, critic: str
) -> None:
    """Mixtures and means of a part of the batch are others, but the game goes on and is finite."""
    state = played(tmp_path, form, critic, 2)
    assert all(torch.isfinite(it).all() for it in state.values())
