"""A network that learns to tell noise, and is sampled."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric

from restorekit.architectures.sr3 import untrained
from restorekit.contracts import Sampling
from restorekit.errors import UsageError
from restorekit.training.diffusion import Denoising, Noised
from restorekit.training.events import Event, Stepped, Validated
from restorekit.training.learner import Learner
from restorekit.training.objective import make_objective
from restorekit.training.pairs import Batch
from restorekit.training.parts import AdversaryPart, DiffusionPart, NetworkPart, SchedulePart
from restorekit.training.recipe import Recipe, parse_recipe, read_recipe
from restorekit.training.record import Record
from restorekit.training.train import train
from restorekit.zoo.restorers import DeviceOptions, load_restorers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from restorekit.training.request import Training

    Requests = Callable[..., Training]

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.filterwarnings("error")]

LEVELS = {"multipliers": [1, 2], "blocks": 1, "attention": []}


def small(name: str = "sr3", **changes: Any) -> Recipe:
    """A recipe of a few steps, twice as large."""
    recipe = read_recipe(name)
    network = {**recipe.network.hyperparameters, "features": 8, **LEVELS, "timesteps": 100}
    data = dataclasses.replace(recipe.data, scale=2, degradation="downscale(2)")
    recipe = dataclasses.replace(
        recipe,
        network=NetworkPart("sr3", network),
        data=data,
        schedule=SchedulePart(),
        ema=0.9,
    ).with_(steps=12, batch=4, patch=16, lr=3e-3)
    return dataclasses.replace(recipe, **changes)


def objective(
    recipe: Recipe, rank: int = 0, processes: int = 1, seed: int = 0
) -> tuple[Denoising, list[Noised]]:
    """The objective as one process of some has it, and what its network is shown."""
    fabric = Fabric(accelerator="cpu", devices=1, precision="32-true")
    torch.manual_seed(0)
    module = untrained(**recipe.network.hyperparameters)
    learner = Learner(fabric, module, recipe.optimizer, recipe.schedule, steps=10)
    engine: Any = SimpleNamespace(global_rank=rank, world_size=processes)
    made = make_objective(engine, learner, recipe, lambda _: None, seed=seed)
    assert isinstance(made, Denoising)
    shown: list[Noised] = []
    made._regression.step = lambda _, batch: shown.append(Noised(*batch)) or {}  # type: ignore[assignment]
    return made, shown


@pytest.fixture
def unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """No curves are drawn, which takes longer than these runs do."""
    for name in ("validated", "write"):
        monkeypatch.setattr(Record, name, lambda *_: None)


def batch(pairs: int = 4) -> Batch:
    draw = torch.Generator().manual_seed(0)
    return Batch(*(torch.rand(pairs, 3, 16, 16, generator=draw) for _ in range(2)))


def test_what_the_network_is_shown() -> None:
    """Equation 4 of SR3, and its levels."""
    made, shown = objective(small())
    pair = batch()
    made.step(3, pair)
    (one,) = shown
    assert one.degraded is pair.degraded
    assert one.levels.shape == (4, 1)
    gammas = one.levels[:, :, None, None].square()
    expected = gammas.sqrt() * (2 * pair.clean - 1) + (1 - gammas).sqrt() * one.noise
    torch.testing.assert_close(one.noisy, expected, rtol=0, atol=1e-4)
    assert abs(one.noise.mean()) < 0.05
    assert one.noise.std().item() == pytest.approx(1, abs=0.05)
    assert len(set(one.levels.flatten().tolist())) == 4


def test_the_degraded_picture_is_given_noise_and_that_is_told() -> None:
    made, shown = objective(small("sr3-plus"))
    pair = batch()
    made.step(0, pair)
    (one,) = shown
    assert one.levels.shape == (4, 2)
    given = one.levels[:, 1, None, None, None]
    noise = 2 * one.degraded - 1 - given * (2 * pair.degraded - 1)
    for number in range(4):
        expected = float(1 - given[number].square().squeeze())
        assert noise[number].var().item() == pytest.approx(expected, rel=0.15)
    # At most half of the steps: what a cosine leaves there is a little under a half.
    assert all(0.49 < float(it) ** 0.5 <= 1 for it in given.flatten() ** 4)


def test_gammas_are_drawn_evenly_over_the_steps() -> None:
    made, _ = objective(small())
    gammas = made._taught.gammas
    drawn = np.array([made.draw(pair, (1, 1, 1)).left[0] for pair in range(4000)])
    edges = np.array(gammas[::-10])  # ten steps in each
    counts, _ = np.histogram(drawn, edges)
    assert counts.sum() == 4000
    assert (np.abs(counts - 400) < 5 * np.sqrt(400 * 0.9)).all()


def test_processes_that_share_a_batch_draw_what_one_would() -> None:
    recipe = small("sr3-plus")
    alone, shown = objective(recipe)
    alone.step(5, batch())
    for rank in (0, 1):
        made, parts = objective(recipe, rank, 2)
        made.step(5, Batch(*(it.chunk(2)[rank] for it in batch())))
        for whole, part in zip(shown[0], parts[0], strict=True):
            assert torch.equal(whole.chunk(2)[rank], part)
    other, others = objective(recipe, seed=1)
    other.step(5, batch())
    assert not torch.equal(shown[0].noise, others[0].noise)
    alone.step(6, batch())
    assert not torch.equal(shown[0].noise, shown[1].noise)


@pytest.mark.usefixtures("unrecorded")
def test_a_stopped_run_goes_on_bit_for_bit(request_for: Requests) -> None:
    recipe = small("sr3-plus").with_(steps=4)
    often = {"validate_every": 2}
    train(request_for("whole", recipe, **often))

    def stop(event: Event) -> None:
        if isinstance(event, Validated) and event.step == 4:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        train(request_for("parts", recipe, **often), stop)
    train(request_for("parts", recipe, resume=True, **often))
    states = [
        torch.load(request_for(name).out / "last.ckpt", weights_only=True)
        for name in ("whole", "parts")
    ]
    for part in ("network.module", "network.average"):
        for key, value in states[0][part].items():
            assert torch.equal(value, states[1][part][key]), key


@pytest.mark.usefixtures("unrecorded")
def test_it_learns_and_its_weights_are_sampled(request_for: Requests) -> None:
    recipe = small().with_(steps=40)
    events: list[Event] = []
    done = train(request_for(recipe=recipe, validate_every=40), events.append)
    (last,) = (it for it in events if isinstance(it, Stepped) and it.step == 40)
    # Noise whose value is told as 0 is wrong by 0.8 on average.
    assert last.losses["l1"] < 0.6
    made = _loaded(done.weights, Sampling(4, seed=3)).restorers[0]
    image = np.full((20, 30, 3), 0.5, np.float32)
    first, again = (np.concatenate([it.rows for it in made.bands(image)]) for _ in range(2))
    assert first.shape == (20, 30, 3)
    np.testing.assert_array_equal(first, again)
    assert made.enlarged
    assert first.std() > 0.01


def _loaded(weights: Path, sampling: Sampling) -> Any:
    devices = DeviceOptions("cpu", tile=0)
    loaded = load_restorers(str(weights), task="sr", sampling=sampling, devices=devices)
    assert loaded.description["sampling"] == "ddpm, 4 steps, seed 3"
    return loaded


def test_recipes_that_cannot_be_meant() -> None:
    plain = small()
    game = AdversaryPart(critic="patch", form="vanilla", weight=1)
    with pytest.raises(UsageError, match="learns from pairs alone"):
        objective(dataclasses.replace(plain, adversary=game))
    with pytest.raises(UsageError, match=r"diffusion.augmentation.*augmented = true"):
        objective(dataclasses.replace(plain, diffusion=DiffusionPart(0.3)))
    with pytest.raises(UsageError, match=r"augmentation: expected 0 to 1, got 1.5"):
        DiffusionPart(1.5)
    fabric = Fabric(accelerator="cpu", devices=1, precision="32-true")
    learner = Learner(fabric, torch.nn.Conv2d(3, 3, 3), plain.optimizer, plain.schedule, steps=1)
    with pytest.raises(UsageError, match=r"sr3 is run once, not sampled.*without \[diffusion\]"):
        make_objective(fabric, learner, plain, print)


def test_a_recipe_may_leave_the_noise_out() -> None:
    silent = dataclasses.replace(small(), diffusion=None)
    assert parse_recipe(silent.to_toml(), "silent").diffusion is None
    made, shown = objective(silent)
    made.step(0, batch())
    assert shown[0].levels.shape == (4, 1)
