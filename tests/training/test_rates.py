"""The rate at each step and in each layer, and what a recipe may say of them."""

from __future__ import annotations

import pytest
import torch
from lightning_fabric import Fabric
from torch import nn

from restorekit.errors import UnknownNameError, UsageError
from restorekit.training.learner import Learner
from restorekit.training.parts import OptimizerPart, SchedulePart
from restorekit.training.recipe import parse_recipe, read_recipe
from restorekit.training.schedule import rate

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.filterwarnings("error")]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (SchedulePart(), {0: 1, 50: 1, 99: 1}),
        (SchedulePart("linear"), {0: 1, 25: 0.75, 50: 0.5, 99: 0.01, 100: 0}),
        # DeblurGAN: the first half as it is, the second down to nothing.
        (SchedulePart("linear", start=0.5), {0: 1, 49: 1, 50: 1, 75: 0.5, 90: 0.2, 100: 0}),
        (SchedulePart("linear", start=0.5, lowest=0.2), {50: 1, 75: 0.6, 100: 0.2}),
        # SRN: tf.train.polynomial_decay with a power of 0.3.
        (SchedulePart("linear", power=0.3), {0: 1, 50: 0.8122524, 99: 0.2511886, 100: 0}),
        (SchedulePart("linear", warmup=3), {0: 0.25, 1: 0.5, 2: 0.75, 3: 1, 100: 0}),
        (SchedulePart("linear", start=1.0), {0: 1, 99: 1, 100: 1}),
    ],
)
def test_the_share_of_the_rate(schedule: SchedulePart, expected: dict[int, float]) -> None:
    found = {step: rate(schedule, step, 100) for step in expected}
    assert found == pytest.approx(expected, abs=1e-6)


def test_the_rates_of_recipes() -> None:
    recipe = read_recipe("deblurgan")
    assert recipe.adversary is not None
    assert recipe.schedule == recipe.adversary.schedule
    half = recipe.steps // 2
    assert rate(recipe.schedule, half, recipe.steps) == 1
    assert rate(recipe.schedule, half + half // 2, recipe.steps) == pytest.approx(0.5, rel=1e-5)
    assert read_recipe("srcnn").optimizer.rates == {"conv3": 0.1}


class Net(nn.Module):
    """Layers in layers."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(1, 1)
        self.head2 = nn.Linear(1, 1)
        self.body = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.body(self.head2(self.head(x)))


def learner(rates: dict[str, float]) -> Learner:
    torch.manual_seed(0)
    fabric = Fabric(accelerator="cpu", devices=1)
    part = OptimizerPart("sgd", 0.5, betas=(0, 0), rates=rates)
    return Learner(fabric, Net(), part, SchedulePart("linear"), steps=4)


def total(module: nn.Module) -> torch.Tensor:
    """The sum of all weights, whose gradient is 1 for each."""
    return torch.stack([it.sum() for it in module.parameters()]).sum()


def test_each_layer_moves_by_its_share() -> None:
    """A head is not the layer whose name begins so, and of two names the innermost counts."""
    network = learner({"head": 0.1, "body": 0.5, "body.1": 0})
    shares = {"head": 0.1, "head2": 1, "body.0": 0.5, "body.1": 0}
    for step, left in ((0, 1.0), (2, 0.5)):
        before = {name: it.detach().clone() for name, it in network.bare.named_parameters()}
        network.learn(step, [lambda: total(network.bare)])
        for name, weight in network.bare.named_parameters():
            moved = (before[name] - weight.detach()).item()
            assert moved == pytest.approx(0.5 * left * shares[name[: name.rindex(".")]], abs=1e-6)
    assert network.rate(2) == 0.25


def test_rates_of_a_resumed_run() -> None:
    """What an optimiser restores of an earlier step does not undo them."""
    network = learner({"head": 0.1})
    network.optimizer.load_state_dict(learner({"head": 0.1}).optimizer.state_dict())
    network.learn(0, [lambda: next(network.bare.parameters()).sum()])
    assert [it["lr"] for it in network.optimizer.param_groups] == [pytest.approx(0.05), 0.5]


def test_a_layer_that_is_not_there_is_told() -> None:
    with pytest.raises(UnknownNameError, match=r"layer of optimizer\.rates 'heat'.*head"):
        learner({"heat": 0.1})


TEXT = """
title = "tiny"
task = "denoise"
steps = 100
losses = { l1 = 1 }
network = { architecture = "dncnn" }
data = { patch = 32, batch = 4 }
"""


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("optimizer.rates.conv = -1", r"optimizer\.rates\.conv: expected 0 or more, got -1"),
        ('optimizer.rates.conv = "no"', r"optimizer\.rates\.conv: expected a number, got 'no'"),
        ("optimizer.rates = 3", r"optimizer\.rates: expected a table, got 3"),
        ("schedule.start = 2", r"schedule\.start: expected 0 to 1, got 2"),
        ("schedule.power = -1", r"schedule\.power: expected 0 or more, got -1"),
        ('schedule.kind = "line"', r"schedule\.kind: expected 'constant' or .* or 'linear'"),
    ],
)
def test_what_cannot_be_meant_is_refused(more: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        parse_recipe(f"{TEXT}\n{more}", "it")


def test_a_loss_must_weigh_a_number() -> None:
    with pytest.raises(UsageError, match=r"losses\.l1: expected a number, got 'much'"):
        parse_recipe(TEXT.replace("l1 = 1", 'l1 = "much"'), "it")
