"""Every recipe: what it says fits together, and one step of it at a tiny size."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from feature_weights import offer
from gradients import Watch
from lightning_fabric import Fabric

from restorekit.training.learner import Learner
from restorekit.training.losses import LOSSES
from restorekit.training.objective import make_objective
from restorekit.training.pairs import Batch, Pairs, Shown
from restorekit.training.photos import PackedPhotos, Place
from restorekit.training.recipe import names, parse_recipe, read_recipe
from restorekit.zoo.fetch import ARCHITECTURES

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

    from restorekit.contracts import Architecture, Network
    from restorekit.training.recipe import Recipe

pytestmark = [pytest.mark.usefixtures("one_thread"), pytest.mark.filterwarnings("error")]

SMALL: dict[str, dict[str, Any]] = {
    "deblurgan": {"features": 4, "blocks": 1},
    "deblurgan-v2": {"backbone": "mobilenet", "features": 4},
    "deepdeblur": {"features": 4, "blocks": 1},
    "dmphn": {"features": 4},
    "dncnn": {"features": 4, "convolutions": 4},
    "drunet": {"features": [4, 4, 8, 8], "blocks": 1},
    "edsr": {"features": 6, "blocks": 1},
    "ffdnet": {"features": 4, "convolutions": 4},
    "hinet": {"features": 4, "levels": 3, "normalised": [1, 2]},
    "imdn": {"features": 8, "blocks": 2, "reduction": 4},
    "lp-kpn": {"features": 16, "blocks": 1},
    "mprnet": {"features": 4, "growth": 2, "extra": 2, "blocks": 1, "reduction": 2},
    "nafnet": {"features": 4, "encoders": [1, 1], "middle": 1, "decoders": [1, 1]},
    "nlrn": {"features": 8, "inner": 4, "steps": 2, "patch": 12},
    "rcan": {"features": 8, "groups": 1, "blocks": 2, "reduction": 4},
    "rrdbnet": {"features": 8, "growth": 4, "blocks": 1},
    "sr3": {"features": 8, "multipliers": [1, 2], "blocks": 1},
    "srcnn": {"features": [6, 4]},
    "srn": {"features": [2, 3, 4], "blocks": 1},
    "srmd": {"features": 8, "convolutions": 4},
    "srresnet": {"features": 8, "blocks": 1},
    "srvggnet_compact": {"features": 8, "convolutions": 2},
    "unet": {"features": [4, 6, 8], "blocks": 1},
    "vdsr": {"features": 8, "convolutions": 4},
}
"""What makes each architecture small."""
PATCH = {"deblurgan-v2": 128, "nlrn": 12, "rrdbnet": 64, "srvggnet_compact": 40}
"""The smallest that the architecture, or a critic, can take."""
BATCH = 2


def small(recipe: Recipe) -> Recipe:
    """The same recipe for a network that is made and trained in an instant."""
    name = recipe.network.architecture
    hyperparameters = {**recipe.network.hyperparameters, **SMALL[name]}
    adversary = recipe.adversary and dataclasses.replace(recipe.adversary, features=4, start=0)
    return dataclasses.replace(
        recipe.with_(batch=BATCH, patch=PATCH.get(name, 32)),
        network=dataclasses.replace(recipe.network, hyperparameters=hyperparameters),
        adversary=adversary,
    )


def architecture_of(recipe: Recipe) -> Architecture:
    return ARCHITECTURES[recipe.network.architecture.replace("_", "-")]


def made(recipe: Recipe) -> nn.Module:
    torch.manual_seed(0)
    untrained = architecture_of(recipe).untrained
    assert untrained is not None
    return untrained(**recipe.network.hyperparameters)


def network_of(recipe: Recipe, module: nn.Module) -> Network:
    architecture = architecture_of(recipe)
    tensors = architecture.finished(module) if architecture.finished else module.state_dict()
    return architecture.build({name: it.detach().clone() for name, it in tensors.items()})


def packed(folder: Path, side: int, channels: int) -> PackedPhotos:
    """Three photos of noise."""
    file = folder / f"{side}.u8"
    pixels = np.random.default_rng(0).integers(0, 256, (3, side, side, channels), dtype=np.uint8)
    file.write_bytes(pixels.tobytes())
    each = side * side * channels
    places = tuple(Place(f"{number}.png", number * each, side, side) for number in range(3))
    return PackedPhotos(file, places, channels)


def drawn(recipe: Recipe, network: Network, folder: Path) -> Batch:
    """A batch of pairs of photos, or of what the chain makes of them."""
    side, channels = max(96, recipe.data.patch), 3 if recipe.data.color == "rgb" else 1
    pairs = Pairs(
        packed(folder, side, channels),
        recipe.data,
        seed=0,
        shown=Shown(network.noise_map, network.enlarged, network.kernel_maps),
        degraded=None
        if recipe.data.degradation
        else packed(folder, side // recipe.data.scale, channels),
    )
    return Batch(*(torch.stack(it) for it in zip(*(pairs[i] for i in range(BATCH)), strict=True)))


def test_the_recipes() -> None:
    assert names() == [
        "bsrgan", "bsrgan-net",
        "deblurgan", "deblurgan-v2", "deblurgan-v2-mobilenet", "deepdeblur",
        "dmphn",
        "dncnn-15", "dncnn-25", "dncnn-50", "dncnn-blind", "dncnn-color",
        "drunet",
        "edsr-baseline",
        "esrgan", "esrgan-net",
        "ffdnet", "ffdnet-color",
        "hinet",
        "hllhgan",
        "imdn",
        "lp-kpn",
        "mprnet",
        "nafnet-gopro", "nafnet-sidd",
        "nlrn",
        "rcan",
        "real-esrgan", "real-esrgan-compact", "real-esrgan-net", "realsr",
        "restorekit-deblur", "restorekit-deblurgan", "restorekit-denoise",
        "restorekit-sr-x2", "restorekit-sr-x2-net", "restorekit-sr-x4", "restorekit-sr-x4-net",
        "sr3", "sr3-plus", "srcnn", "srcnn-915", "srgan", "srmd", "srmdnf", "srn", "srn-color",
        "srresnet",
        "vdsr",
    ]  # fmt: skip


@pytest.mark.parametrize("name", names())
def test_what_a_recipe_says(name: str) -> None:
    recipe = read_recipe(name)
    assert parse_recipe(recipe.to_toml(), name) == recipe
    assert len(recipe.title) < 90
    assert any(year in recipe.paper for year in map(str, range(2016, 2026)))
    assert set(recipe.losses) <= set(LOSSES.names())


@pytest.mark.parametrize("name", [it for it in names() if read_recipe(it).degrader is None])
def test_one_step(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(["efficientnet-lite0"], tmp_path, monkeypatch)
    recipe = small(read_recipe(name))
    module = made(recipe)
    network = network_of(recipe, module)
    assert network.channels == (3 if recipe.data.color == "rgb" else 1)
    assert network.scale == (1 if network.enlarged else recipe.data.scale)
    assert network.luma == (recipe.data.color == "luma")
    batch = drawn(recipe, network, tmp_path)
    if network.diffusion is None:
        assert module(batch.degraded).shape == batch.clean.shape

    fabric = Fabric(accelerator="cpu", devices=1, precision="32-true")
    learner = Learner(
        fabric,
        module,
        recipe.optimizer,
        recipe.schedule,
        steps=10,
        ema=recipe.ema,
        results=architecture_of(recipe).results,
    )
    objective = make_objective(fabric, learner, recipe, lambda _: None)
    watches = [Watch(it) for it in objective.learners.values()]
    losses = objective.step(0, batch)
    assert losses is not None
    assert set(losses) >= set(recipe.losses)
    assert all(math.isfinite(it) for it in losses.values())
    assert ("critic" in losses) == (recipe.adversary is not None)
    for watch in watches:
        watch.check(recipe.adversary.steps if watch.learner is not learner else 1)


@pytest.mark.parametrize(
    "name",
    [
        "deblurgan",
        "deepdeblur",
        "drunet",
        "edsr-baseline",
        "hinet",
        "imdn",
        "lp-kpn",
        "mprnet",
        "nafnet-sidd",
        "nlrn",
        "rcan",
        "real-esrgan-compact",
        "restorekit-denoise",
        "srcnn",
        "srcnn-915",
        "srn",
        "srresnet",
        "vdsr",
    ],
)
def test_what_is_built_of_a_trained_network_does_the_same(name: str) -> None:
    recipe = small(read_recipe(name))
    module = made(recipe).eval()
    network = network_of(recipe, module)
    asked = {key: _tuples(it) for key, it in recipe.network.hyperparameters.items()}
    assert network.hyperparameters == asked
    x = torch.rand(1, network.channels + network.noise_map, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(network.module.eval()(x), module(x))


@pytest.mark.parametrize("residual", [False, True])
def test_what_is_finished_of_an_ffdnet_does_the_same(residual: bool) -> None:
    """Both kinds, with the statistics of a few batches in their normalisation."""
    from restorekit.architectures.ffdnet import build, finished, untrained

    torch.manual_seed(0)
    module = untrained(channels=1, features=8, convolutions=4, residual=residual)
    x = torch.rand(4, 2, 16, 16)
    for _ in range(3):
        module(x)
    module.eval()
    network = build(finished(module))
    assert network.hyperparameters.get("residual", False) == residual
    with torch.no_grad():
        torch.testing.assert_close(network.module(x), module(x), rtol=1e-4, atol=1e-5)


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize(
    "name",
    [
        "nafnet-sidd",
        "esrgan-net",
        "drunet",
        "nlrn",
        "imdn",
        "lp-kpn",
        "restorekit-deblur",
    ],
)
def test_networks_begin_near_what_they_see(name: str) -> None:
    """Signals neither die nor explode: the result of the first step is of the size of a picture."""
    recipe = small(read_recipe(name))
    module = made(recipe)
    network = network_of(recipe, module)
    x = torch.rand(2, network.channels + network.noise_map, 32, 32)
    with torch.no_grad():
        result = module(x)
    assert result.abs().mean() < 3
    assert result.std() > 1e-5
