"""Learning without pairs: what is drawn, who learns when and from what, what a run leaves."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from gradients import Watch
from lightning_fabric import Fabric
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from restorekit.architectures.hllhgan import untrained
from restorekit.degradations import parse
from restorekit.errors import UsageError
from restorekit.training.events import Event, Stepped, Validated
from restorekit.training.learner import Learner
from restorekit.training.objective import make_objective
from restorekit.training.pairs import Batch
from restorekit.training.photos import PackedPhotos, Place
from restorekit.training.recipe import parse_recipe, read_recipe
from restorekit.training.train import train
from restorekit.training.unpaired import DEGRADER, HIGH_TO_LOW, Unpaired
from restorekit.training.unpaired_patches import UnpairedPatches
from restorekit.zoo.load import load_network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from restorekit.training.recipe import Recipe
    from restorekit.training.request import Training

    Requests = Callable[..., Training]

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.filterwarnings("error")]

ALONE = 4
"""Steps in which High-to-Low learns, of :func:`tiny`."""


def tiny(steps: int = 8) -> Recipe:
    """The recipe for networks that are made and trained in an instant."""
    recipe = read_recipe("hllhgan")
    assert recipe.adversary is not None
    assert recipe.degrader is not None
    hyperparameters = {"channels": 3, "features": [4, 4, 4], "blocks": [1, 1]}
    degrader = dataclasses.replace(
        recipe.degrader,
        features=(4, 4, 4, 16),
        adversary=dataclasses.replace(recipe.degrader.adversary, features=2),
    )
    return dataclasses.replace(
        recipe.with_(steps=steps, batch=2, patch=32, lr=1e-3),
        network=dataclasses.replace(recipe.network, hyperparameters=hyperparameters),
        adversary=dataclasses.replace(recipe.adversary, features=2),
        degrader=degrader,
    )


def unpaired(recipe: Recipe) -> Unpaired:
    torch.manual_seed(0)
    fabric = Fabric(accelerator="cpu", devices=1, precision="32-true")
    module = untrained(**recipe.network.hyperparameters)
    learner = Learner(fabric, module, recipe.optimizer, recipe.schedule, steps=recipe.steps)
    objective = make_objective(fabric, learner, recipe, lambda _: None)
    assert isinstance(objective, Unpaired)
    return objective


def batch(seed: int = 0) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    degraded = torch.rand(2, 3, 8, 8, generator=generator)
    clean = torch.rand(2, 3, 32, 32, generator=generator)
    noise = torch.randn(2, 1, 32, 32, generator=generator)
    return Batch(degraded, torch.cat([clean, noise], dim=1))


def state_of(learner: Learner) -> Tensor:
    """Weights and statistics."""
    return torch.cat([it.detach().double().flatten() for it in learner.bare.state_dict().values()])


def even(folder: Path, levels: list[int], height: int, width: int) -> PackedPhotos:
    """Photos of one level each."""
    file = folder / f"{levels[0]}.u8"
    file.write_bytes(b"".join(bytes([it]) * (height * width * 3) for it in levels))
    size = height * width * 3
    places = tuple(Place(f"{it}.png", i * size, height, width) for i, it in enumerate(levels))
    return PackedPhotos(file, places, 3)


def test_patches_of_photos_that_have_nothing_to_do_with_each_other(tmp_path: Path) -> None:
    clean = even(tmp_path, [10, 20, 30], 40, 50)
    degraded = even(tmp_path, [110, 120], 9, 8)  # of another number, another size, other names
    patches = UnpairedPatches(clean, degraded, tiny().data, seed=3)
    drawn = [patches[number] for number in range(60)]
    together = {
        (round(255 * it.clean[0, 0, 0].item()), round(255 * it.degraded[0, 0, 0].item()))
        for it in drawn
    }
    assert together == {(high, low) for high in (10, 20, 30) for low in (110, 120)}
    assert {it.degraded.shape for it in drawn} == {(3, 8, 8)}
    assert {it.clean.shape for it in drawn} == {(4, 32, 32)}
    noise = torch.stack([it.clean[3] for it in drawn])
    assert noise.mean().item() == pytest.approx(0, abs=0.02)
    assert noise.std().item() == pytest.approx(1, abs=0.02)
    again = UnpairedPatches(clean, degraded, tiny().data, seed=3)[7]
    assert all(torch.equal(a, b) for a, b in zip(drawn[7], again, strict=True))


def test_patches_lie_anywhere_in_their_photos(tmp_path: Path) -> None:
    file = tmp_path / "ramp.u8"
    file.write_bytes(np.arange(36 * 36, dtype=np.int64).astype(np.uint8).repeat(3).tobytes())
    ramp = PackedPhotos(file, (Place("a", 0, 36, 36),), 3)
    plain = dataclasses.replace(tiny().data, turned=False)
    patches = UnpairedPatches(ramp, ramp, plain, seed=0)
    corners = {round(255 * patches[n].clean[0, 0, 0].item()) for n in range(400)}
    assert corners == {36 * row + column for row in range(5) for column in range(5)}


def test_high_to_low_learns_first_and_then_the_network() -> None:
    game = unpaired(tiny())
    assert list(game.learners) == ["network", "critic", "degrader", "its_critic"]
    watches = {name: Watch(it) for name, it in game.learners.items()}
    before = {name: state_of(it) for name, it in game.learners.items()}
    found = game.step(ALONE - 1, batch())
    assert found is not None
    assert all(name.startswith(HIGH_TO_LOW) for name in found)
    after = {name: state_of(it) for name, it in game.learners.items()}
    same = {name for name in before if torch.equal(before[name], after[name])}
    assert same == {"network", "critic"}
    later = game.step(ALONE, batch())
    assert later is not None
    assert set(later) == {name.removeprefix(HIGH_TO_LOW) for name in found}
    last = {name: state_of(it) for name, it in game.learners.items()}
    # Not even its statistics: it is run as it will be used.
    assert {name for name in last if torch.equal(after[name], last[name])} == {
        "degrader",
        "its_critic",
    }
    assert all(math.isfinite(it) for it in [*found.values(), *later.values()])
    for watch in watches.values():
        watch.check(1)


def test_what_each_of_them_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    game = unpaired(tiny())
    shown: list[tuple[Batch, Tensor | None]] = []

    def seen(self: object, number: int, pictures: Batch, *, true: Tensor | None = None) -> None:
        shown.append((pictures, true))

    pictures = batch()
    with monkeypatch.context() as patched:
        patched.setattr("restorekit.training.adversarial.Adversarial.step", seen)
        for number in (0, ALONE):
            game.step(number, pictures)
    (first, true), (second, nothing) = shown
    clean = pictures.clean[:, :3]
    assert torch.equal(first.degraded, pictures.clean)
    by_hand = clean.reshape(2, 3, 8, 4, 8, 4).mean(dim=(3, 5))
    torch.testing.assert_close(first.clean, by_hand)
    assert true is pictures.degraded
    assert nothing is None
    assert torch.equal(second.clean, clean)
    module = game.learners["degrader"].bare
    with torch.no_grad():
        assert torch.equal(second.degraded, module(pictures.clean))


def test_the_critic_is_shown_real_pictures_part_by_part() -> None:
    """Its numbers stay apart for real and made pictures alone, whatever the pooled ones are."""
    recipe = tiny()
    degrader = recipe.degrader
    assert degrader is not None
    halves = dataclasses.replace(degrader.optimizer, accumulate=2)
    game = unpaired(
        dataclasses.replace(recipe, degrader=dataclasses.replace(degrader, optimizer=halves))
    )
    game.step(0, batch())
    pairs = game._degrading._shown
    assert len(pairs) == 2
    assert torch.equal(torch.cat([true for _, true in pairs]), batch().degraded)


@pytest.fixture
def real_low(tmp_path: Path) -> Path:
    """Seven small photos of other names and sizes than the sharp ones."""
    folder = tmp_path / "low"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(7):
        pixels = rng.integers(0, 256, (11 + number, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"old{number}.png")
    return folder


class StoppedError(Exception):
    """The machine went away."""


def test_a_stopped_run_goes_on_bit_for_bit(
    request_for: Requests, real_low: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once while High-to-Low learns, once while the network does."""
    for method in ("validated", "write"):  # curves take longer than all the steps
        monkeypatch.setattr(f"restorekit.training.record.Record.{method}", lambda *_: None)

    def stop_at(step: int) -> Callable[[Event], None]:
        def stop(event: Event) -> None:
            if isinstance(event, Stepped) and event.step == step:
                raise StoppedError

        return stop

    options = {"degraded": str(real_low), "validate_every": 3}
    train(request_for("whole", tiny(9), **options))
    for step in (6, 9):  # whose checkpoints are not written: it goes on from steps 3 and 6
        with pytest.raises(StoppedError):
            train(request_for("parts", tiny(9), resume=step > 6, **options), stop_at(step))
    train(request_for("parts", tiny(9), resume=True, **options))
    states = [
        torch.load(request_for(name).out / "last.ckpt", weights_only=True)
        for name in ("whole", "parts")
    ]
    assert states[0].keys() == states[1].keys()
    for part in ("network.module", "critic.module", "degrader.module", "its_critic.module"):
        for key, value in states[0][part].items():
            assert torch.equal(value, states[1][part][key]), key


def test_what_a_run_leaves(request_for: Requests, real_low: Path) -> None:
    events: list[Event] = []
    options = {"degraded": str(real_low), "validate_every": 2}
    done = train(request_for(recipe=tiny(4), **options), events.append)
    folder = request_for().out
    # Nothing is measured while High-to-Low changes, nor of a network that has not begun.
    assert [it.step for it in events if isinstance(it, Validated)] == [4]
    network = load_network(done.weights)
    assert (network.architecture, network.scale) == ("hllhgan", 4)
    checkpoint = torch.load(folder / "last.ckpt", weights_only=True)
    for key, value in load_file(folder / DEGRADER).items():
        assert torch.equal(value, checkpoint["degrader.module"][key]), key
    chain = parse(f"learned({str(folder / DEGRADER)!r})").draw(np.random.default_rng(0))
    picture = np.random.default_rng(1).random((40, 53, 3), np.float32)
    assert chain(picture).shape == (10, 13, 3)


def test_recipes_that_cannot_be_meant() -> None:
    recipe = tiny()
    assert parse_recipe(recipe.to_toml(), "again") == recipe
    assert recipe.degrader is not None
    assert [recipe.degrader.steps(it) for it in (2, 3, 8)] == [1, 2, 4]
    with pytest.raises(UsageError, match=r"steps: expected 2 or more, got 1"):
        recipe.with_(steps=1)
    with pytest.raises(UsageError, match=r"share: expected 0 to 1, got 1\.5"):
        dataclasses.replace(recipe.degrader, share=1.5)
    with pytest.raises(UsageError, match=r"expected no data\.degradation"):
        dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, degradation="jpeg(9)"))
    for wrong in ({"patch": 8}, {"scale": 2}):
        odd = dataclasses.replace(recipe, data=dataclasses.replace(recipe.data, **wrong))
        with pytest.raises(UsageError, match=r"data\.scale 4 and data\.patch a multiple of 16"):
            unpaired(odd)


def test_a_folder_of_real_photos_is_needed(request_for: Requests) -> None:
    with pytest.raises(UsageError, match="learns from pairs of photos"):
        request_for(recipe=tiny())
    both = request_for(recipe=tiny(), degraded="low", validation="others")
    assert both.validation == "others"
