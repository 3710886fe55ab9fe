"""Two processes that share each batch end where one process ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

PROGRAM = """
import dataclasses, sys
from pathlib import Path
from restorekit.training.request import Engine, Training
from restorekit.training.train import train
from small_recipe import small

photos, out, processes = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
recipe = small()
plain = {**recipe.network.hyperparameters, "batch_norm": False}
network = dataclasses.replace(recipe.network, hyperparameters=plain)
recipe = dataclasses.replace(recipe, network=network, losses={"l1": 1.0}, ema=0.9)
engine = Engine(accelerator="cpu", devices=processes, precision="fp32", workers=0)
train(Training(recipe, photos, out, validate_every=6, engine=engine))
"""


@pytest.mark.slow
def test_two_processes_end_where_one_ends(tmp_path: Path, photos: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(PROGRAM, encoding="utf-8")
    states: list[dict[str, torch.Tensor]] = []
    for processes in (1, 2):
        out = tmp_path / f"run{processes}"
        # Each process has a thread: two processes on two cores.
        done = subprocess.run(
            [sys.executable, str(script), str(photos), str(out), str(processes)],
            check=False,
            capture_output=True,
            text=True,
            timeout=240,
            env={
                **os.environ,
                "OMP_NUM_THREADS": "1",
                "PYTHONPATH": str(Path(__file__).parents[1]),
            },
        )
        assert done.returncode == 0, done.stderr[-2000:]
        state = torch.load(out / "last.ckpt", weights_only=True)
        assert state["progress"]["step"] == 12
        states.append({**state["network.module"], **state["network.average"]})
    one, two = states
    assert one.keys() == two.keys()
    for key, value in one.items():
        torch.testing.assert_close(value, two[key], rtol=1e-4, atol=1e-6)
