"""The game of a network and its critic: values by hand, and steps of both at a tiny size."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import pytest
import torch
from gradients import Watch
from lightning_fabric import Fabric
from torch import Tensor, nn

from restorekit.errors import UnknownNameError, UsageError
from restorekit.training.adversarial import APART, CRITIC, PLAYED, Adversarial
from restorekit.training.game import FORMS, gradient_penalty, mean_over
from restorekit.training.learner import Learner
from restorekit.training.objective import make_objective
from restorekit.training.pairs import Batch
from restorekit.training.parts import AdversaryPart, OptimizerPart, SchedulePart
from restorekit.training.recipe import parse_recipe

if TYPE_CHECKING:
    from restorekit.training.objective import Objective
    from restorekit.training.recipe import Recipe

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.filterwarnings("error")]

TEXT = """
title = "tiny"
task = "denoise"
steps = 100
losses = {{ l1 = 1 }}

[network]
architecture = "dncnn"

[data]
patch = 32
batch = 4

[optimizer]
accumulate = {accumulate}

[adversary]
critic = "{critic}"
form = "{form}"
weight = 0.1
features = 4
steps = {steps}
start = {start}
optimizer = {{ lr = 1e-3 }}
"""


def recipe(
    form: str = "vanilla",
    critic: str = "patch",
    *,
    steps: int = 1,
    start: int = 0,
    accumulate: int = 1,
) -> Recipe:
    text = TEXT.format(form=form, critic=critic, steps=steps, start=start, accumulate=accumulate)
    return parse_recipe(text, "test")


def objective(told: Recipe, *, precision: str = "32-true") -> Objective:
    torch.manual_seed(0)
    fabric = Fabric(accelerator="cpu", devices=1, precision=precision)
    fabric.launch()
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 3, 3, padding=1))
    learner = Learner(fabric, network, told.optimizer, SchedulePart(), steps=told.steps)
    return make_objective(fabric, learner, told, lambda _: None)


def batch(seed: int = 0, side: int = 32) -> Batch:
    clean = torch.rand(4, 3, side, side, generator=torch.Generator().manual_seed(seed))
    return Batch(clean * 0.5, clean)


def weights_of(learner: Learner) -> Tensor:
    return torch.cat([it.detach().flatten().clone() for it in learner.module.parameters()])


@pytest.mark.parametrize(
    ("form", "critic", "precision"),
    [
        *((form, "unet", "32-true") for form in FORMS),
        ("relativistic", "vgg", "32-true"),
        ("wgan_gp", "patch", "32-true"),
        ("wgan_gp", "patch", "bf16-mixed"),
        ("vanilla", "unet", "bf16-mixed"),
    ],
)
def test_one_step_of_both(form: str, critic: str, precision: str) -> None:
    game = objective(recipe(form, critic), precision=precision)
    watches = [Watch(it) for it in game.learners.values()]
    assert list(game.learners) == ["network", "critic"]
    before = [weights_of(it) for it in game.learners.values()]
    first = game.step(0, batch())
    assert first is not None
    assert list(first) == ["l1", PLAYED, CRITIC, APART]
    assert all(math.isfinite(it) for it in first.values())
    for watch, earlier in zip(watches, before, strict=True):
        watch.check(1)
        assert not torch.equal(weights_of(watch.learner), earlier)
    second = game.step(1, batch())
    assert second is not None
    assert all(first[name] != second[name] for name in first)


def test_the_critic_looks_from_other_corners_each_time() -> None:
    """Both pictures from the same one; pixels are numbered, so that they tell from which."""
    told = recipe("wgan_gp", "unet")
    assert told.adversary is not None
    told = dataclasses.replace(told, adversary=dataclasses.replace(told.adversary, shift=8))
    game = objective(told)
    assert isinstance(game, Adversarial)
    corners: list[float] = []

    def look(_: nn.Module, pictures: tuple[Tensor]) -> None:
        assert pictures[0].shape == (1, 3, 24, 24)
        corners.append(round(pictures[0][0, 0, 0, 0].item() * 32 * 32))

    game.critic.bare.register_forward_pre_hook(look)
    numbers = torch.arange(32.0 * 32).reshape(1, 1, 32, 32).expand(1, 3, 32, 32) / (32 * 32)
    game._shown = [(numbers, numbers)]
    for _ in range(150):
        game._judging(numbers, numbers, {CRITIC: 0.0, APART: 0.0})()
    assert corners[0::3] == corners[1::3] == corners[2::3]  # true, restored, between
    places = {divmod(it, 32) for it in corners}
    assert {row for row, _ in places} == {column for _, column in places} == set(range(9))


@pytest.mark.parametrize("form", FORMS)
def test_the_network_learns_from_the_critic_and_leaves_it_as_it_is(form: str) -> None:
    """Without a weight on anything else, the network goes where the critic's numbers are high."""
    game = objective(recipe(form, "unet"))
    assert isinstance(game, Adversarial)
    pictures = batch()
    for number in range(3):
        game.step(number, pictures)
    critic = game.critic.bare.eval()  # so that its norms stay where they are
    earlier = weights_of(game.critic)
    losses: list[float] = []
    optimizer = torch.optim.SGD(game.learner.module.parameters(), 0.01)
    for _ in range(5):
        restored = game.learner.module(pictures.degraded)
        loss = game._fooling(restored, pictures.clean)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0]
    assert torch.equal(weights_of(game.critic), earlier)
    assert all(it.grad is None and it.requires_grad for it in critic.parameters())


@pytest.mark.parametrize(
    ("form", "critic"), [*((form, "unet") for form in FORMS), ("hinge", "vgg"), ("hinge", "patch")]
)
def test_a_critic_tells_even_pictures_apart(form: str, critic: str) -> None:
    game = objective(recipe(form, critic, steps=30))
    bright = torch.full((4, 3, 32, 32), 0.8)
    # Where a critic normalises what it sees, even pictures of any brightness are the same to it.
    clean = bright if critic == "unet" else batch().clean
    pictures = Batch(torch.full((4, 3, 32, 32), 0.2), clean)
    with torch.no_grad():
        dark, light = (game.learners["critic"].bare(it).mean().item() for it in pictures)
    assert abs(light - dark) < 0.2
    # What is told is of the last of the critic's steps.
    assert (game.step(0, pictures) or {})[APART] > 0.5


def test_critic_steps_and_parts_of_a_batch() -> None:
    game = objective(recipe("wgan_gp", "patch", steps=5, accumulate=2))
    network, critic = (Watch(it) for it in game.learners.values())
    assert game.step(0, batch()) is not None
    network.check(1)
    critic.check(5)


def test_parts_of_a_batch_teach_what_the_batch_does() -> None:
    found: list[list[Tensor]] = []
    for accumulate in (1, 2):
        game = objective(recipe("lsgan", "patch", accumulate=accumulate))
        watches = [Watch(it) for it in game.learners.values()]
        game.step(0, batch())
        found.append([it for watch in watches for it in watch.gradients[0] if it is not None])
    for whole, parts in zip(*found, strict=True):
        torch.testing.assert_close(whole, parts, rtol=2e-3, atol=1e-5)


def test_the_network_may_begin_alone() -> None:
    game = objective(recipe(start=2))
    critic = weights_of(game.learners["critic"])
    for number in (0, 1):
        assert game.step(number, batch()) == {"l1": pytest.approx(0.5, abs=0.4), PLAYED: 0.0}
    assert torch.equal(weights_of(game.learners["critic"]), critic)
    assert CRITIC in (game.step(2, batch()) or {})


def test_numbers_that_overflow_are_told() -> None:
    game = objective(recipe())
    pictures = batch()
    assert game.step(0, Batch(pictures.degraded * math.nan, pictures.clean)) is None


HIGH, LOW = torch.tensor([[2.0], [1.0]]), torch.tensor([[-1.0], [0.5]])


def soft(x: float) -> float:
    return math.log1p(math.exp(x))


@pytest.mark.parametrize(
    ("form", "network", "critic"),
    [
        # The critic's numbers are -1 and 0.5 for restored pictures, 2 and 1 for true ones.
        (
            "vanilla",
            (soft(1) + soft(-0.5)) / 2,
            (soft(-2) + soft(-1)) / 2 + (soft(-1) + soft(0.5)) / 2,
        ),
        ("lsgan", (4 + 0.25) / 2, (1 + 0) / 2 + (1 + 0.25) / 2),
        ("hinge", 0.25, 0 + (0 + 1.5) / 2),
        (
            "relativistic",
            # Their means are 1.5 and -0.25.
            ((soft(2.5) + soft(1)) / 2 + (soft(2.25) + soft(1.25)) / 2) / 2,
            ((soft(-2.25) + soft(-1.25)) / 2 + (soft(-2.5) + soft(-1)) / 2) / 2,
        ),
        (
            "relativistic_ls",
            ((3.5**2 + 2**2) / 2 + (3.25**2 + 2.25**2) / 2) / 2,
            ((1.25**2 + 0.25**2) / 2 + (1.5**2 + 0) / 2) / 2,
        ),
        ("wgan_gp", 0.25, -0.25 - 1.5),
    ],
)
def test_the_forms_by_hand(form: str, network: float, critic: float) -> None:
    assert FORMS[form].network(LOW, HIGH).item() == pytest.approx(network, rel=1e-6)
    assert FORMS[form].critic(LOW, HIGH).item() == pytest.approx(critic, rel=1e-6)
    assert FORMS[form].penalised == (form == "wgan_gp")


def test_two_critics_play_two_games() -> None:
    """Of a relative form the means are of each, however many numbers either gives."""
    low, high = torch.tensor([[-3.0]]), torch.tensor([[-2.0]])
    side = FORMS["relativistic_ls"].critic
    together = mean_over(side, [LOW, low], [HIGH, high]).item()
    # The other is 1 lower for its restored picture, as it should be.
    assert together == pytest.approx(side(LOW, HIGH).item() / 2)
    with_it = torch.cat([LOW, low]), torch.cat([HIGH, high])
    assert abs(side(*with_it).item() - together) > 0.1


@pytest.mark.parametrize("length", [0.25, 1.0, 3.0])
def test_the_penalty_of_a_plane(length: float) -> None:
    """Whose gradient is the same everywhere: (length - 1)^2."""
    direction = torch.randn(1, 3, 4, 4)
    direction = length * direction / direction.norm()

    def critic(pictures: Tensor) -> Tensor:
        return (pictures * direction).sum(dim=(1, 2, 3)).view(-1, 1)

    def two_critics(pictures: Tensor) -> tuple[Tensor, Tensor]:
        return 0.5 * critic(pictures), 1.5 * critic(pictures)

    clean, restored = torch.rand(2, 5, 3, 4, 4)
    for judge in (critic, two_critics):
        value = gradient_penalty(judge, restored, clean).item()
        assert value == pytest.approx((length - 1) ** 2, abs=1e-6)


def test_the_penalty_looks_between_the_pictures_and_can_be_learnt_from() -> None:
    slope = torch.tensor(3.0, requires_grad=True)
    seen: list[Tensor] = []

    def critic(pictures: Tensor) -> Tensor:
        seen.append(pictures.detach())
        return slope * pictures.mean(dim=(1, 2, 3)).view(-1, 1)

    clean, restored = torch.ones(64, 1, 2, 2), torch.zeros(64, 1, 2, 2)
    value = gradient_penalty(critic, restored, clean)
    # The gradient is slope / 4 at each of 4 pixels: its length is slope / 2.
    assert value.item() == pytest.approx(0.25)
    value.backward()
    assert slope.grad is not None
    assert slope.grad.item() == pytest.approx(2 * 0.5 * 0.5)
    shares = seen[0].flatten(1)
    assert (shares == shares[:, :1]).all()
    assert 0 <= shares.min() < 0.2
    assert 0.8 < shares.max() <= 1


def test_an_unknown_critic_and_numbers_that_cannot_be_meant() -> None:
    with pytest.raises(UnknownNameError, match="did you mean patch"):
        objective(recipe(critic="patches"))
    with pytest.raises(UsageError, match=r"adversary\.form: expected 'vanilla' or .*got 'gan'"):
        recipe(form="gan")
    with pytest.raises(UsageError, match=r"adversary\.steps: expected 1 or more, got 0"):
        AdversaryPart("vgg", "hinge", 1.0, steps=0)
    with pytest.raises(UsageError, match=r"adversary\.optimizer\.lr: expected 0 or more"):
        AdversaryPart("vgg", "hinge", 1.0, optimizer=OptimizerPart(lr=-1.0))


def test_a_recipe_with_an_adversary_is_read_back_from_its_text() -> None:
    told = recipe("wgan_gp", "vgg", steps=5, start=3)
    assert parse_recipe(told.to_toml(), "again") == told
