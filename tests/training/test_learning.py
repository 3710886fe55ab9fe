"""It learns: two minutes of a small DnCNN on real photos."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from restorekit.training.events import Event, Stepped, Validated
from restorekit.training.parts import SchedulePart
from restorekit.training.recipe import read_recipe
from restorekit.training.request import Engine, Training
from restorekit.training.train import train

BENCH = Path(__file__).parents[3] / "shared" / "bench"


@pytest.mark.slow
def test_two_minutes_gain_four_decibels(tmp_path: Path) -> None:
    photos, measured = BENCH / "train_photos", BENCH / "set12"
    if not (photos.is_dir() and measured.is_dir()):
        pytest.skip("needs the training photos and Set12")
    recipe = read_recipe("dncnn-25")
    smaller = {**recipe.network.hyperparameters, "convolutions": 6, "features": 48}
    recipe = dataclasses.replace(
        recipe,
        network=dataclasses.replace(recipe.network, hyperparameters=smaller),
        schedule=SchedulePart("cosine", warmup=10),
    ).with_(steps=300, batch=8, lr=2e-3)
    events: list[Event] = []
    request = Training(
        recipe,
        str(photos),
        tmp_path / "run",
        validation=str(measured),
        validate_every=300,
        engine=Engine(accelerator="cpu"),
    )
    train(request, events.append)
    found = next(it for it in events if isinstance(it, Validated))
    assert found.degraded == pytest.approx(20.3, abs=0.3)
    assert found.restored > found.degraded + 4
    last = [it for it in events if isinstance(it, Stepped)][-1]
    assert last.losses["l2"] < 0.004
