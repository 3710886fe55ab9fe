"""Training: that it learns, and that the loop costs next to nothing.

    python benchmarks/training.py proof PHOTOS MEASURED     # folders of photos; about 15 minutes
    python benchmarks/training.py speed                     # steps a second beside a plain loop

``proof``: small budgets on a CPU. A DnCNN of 8 convolutions learns white noise of sigma 25, a VDSR
of 8 enlarges twice, a DeblurGAN of 4 blocks learns Gaussian blur by L1 in place of its feature loss
(whose network has a stand-in here, by which PSNR stays that of the input), and for the last third
against its critic as well (WGAN-GP, weight 0.001, 5 steps of a critic of 32 features to each of the
network); each is measured on photos that it does not learn from, by PSNR of 8-bit results.

``speed``: the steps of a DnCNN through this project's loop (Lightning Fabric, numbered pairs that a
process of its own prepares, schedule, check of the gradient) and the same network, batches,
optimiser and precision in a loop as PyTorch's tutorials have it, the batches lying ready in memory.
The two take turns; the ratio is taken pair by pair.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from restorekit.architectures.dncnn import untrained
from restorekit.inference.device import has_fast_bfloat16
from restorekit.training.events import Event, Stepped, Validated
from restorekit.training.parts import SchedulePart
from restorekit.training.recipe import Recipe, read_recipe
from restorekit.training.request import Engine, Training
from restorekit.training.train import train

PROOFS = {  # recipe: (hyperparameters, steps, batch, patch, rate, chain or the recipe's)
    "dncnn-25": ({"convolutions": 8, "features": 48}, 1200, 16, 40, 2e-3, None),
    "vdsr": ({"convolutions": 8, "features": 48}, 1200, 16, 40, 1e-3, None),
    "deblurgan": ({"features": 24, "blocks": 4}, 900, 4, 64, 5e-4, "gaussian_blur([1, 3])"),
}
STEPS, BATCH, PATCH = 60, 16, 40


def smaller(
    name: str,
    *,
    steps: int,
    batch: int,
    patch: int,
    lr: float,
    chain: str | None = None,
    **network: int,
) -> Recipe:
    """A recipe of the house for a small budget."""
    recipe = read_recipe(name)
    hyperparameters = {**recipe.network.hyperparameters, **network}
    return dataclasses.replace(
        recipe,
        network=dataclasses.replace(recipe.network, hyperparameters=hyperparameters),
        data=recipe.data if chain is None else dataclasses.replace(recipe.data, degradation=chain),
        optimizer=dataclasses.replace(recipe.optimizer, name="adam", clip=None, weight_decay=0.0),
        adversary=recipe.adversary
        and dataclasses.replace(recipe.adversary, weight=1e-3, features=32, start=steps * 2 // 3),
        losses=recipe.losses if recipe.adversary is None else {"l1": 1.0},
        schedule=SchedulePart("cosine", warmup=10),
    ).with_(steps=steps, batch=batch, patch=patch, lr=lr)


def proof(photos: str, measured: str, names: list[str]) -> None:
    """Print the figures of each validation of some recipes."""
    print("| recipe | step | minutes | inputs dB | results dB | gain dB |")
    print("|---|---|---|---|---|---|")
    for name in names:
        network, steps, batch, patch, lr, chain = PROOFS[name]
        recipe = smaller(name, steps=steps, batch=batch, patch=patch, lr=lr, chain=chain, **network)
        began = time.perf_counter()

        def told(event: Event, name: str = name, began: float = began) -> None:
            if isinstance(event, Validated):
                minutes = (time.perf_counter() - began) / 60
                gain = event.restored - event.degraded
                print(
                    f"| {name} | {event.step} | {minutes:.1f} | {event.degraded:.2f} "
                    f"| {event.restored:.2f} | {gain:.2f} |",
                    flush=True,
                )

        with tempfile.TemporaryDirectory() as folder:
            request = Training(
                recipe,
                photos,
                Path(folder, "run"),
                validation=measured,
                validate_every=300,
                engine=Engine(accelerator="cpu"),
            )
            train(request, told)


def speed(pairs: int) -> None:
    """Print the seconds of a step in both loops."""
    ours: list[float] = []
    plain: list[float] = []
    recipe = smaller("dncnn-25", steps=STEPS, batch=BATCH, patch=PATCH, lr=1e-3)
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder, "photos")
        photos.mkdir()
        rng = np.random.default_rng(0)
        for number in range(40):
            pixels = rng.integers(0, 256, (480, 480, 3), np.uint8)
            Image.fromarray(pixels).save(photos / f"{number}.png")
        for number in range(pairs):
            ours.append(of_ours(recipe, photos, Path(folder, f"run{number}")))
            plain.append(of_plain(recipe))
    ratios = [b / a for a, b in zip(plain, ours, strict=True)]
    for name, values in (("restorekit", ours), ("plain loop", plain), ("ratio", ratios)):
        middle = statistics.median(values)
        print(f"{name}: {middle:.3f} ({min(values):.3f} to {max(values):.3f})")


def of_ours(recipe: Recipe, photos: Path, out: Path) -> float:
    """Seconds of a step, without the preparations and the validation at the end."""
    seconds: list[float] = []

    def told(event: Event) -> None:
        if isinstance(event, Stepped):
            seconds.append(event.seconds)

    engine = Engine(accelerator="cpu", workers=1)
    train(Training(recipe, str(photos), out, validate_every=STEPS, engine=engine), told)
    return seconds[-1]


def of_plain(recipe: Recipe) -> float:
    """The same steps without anything around them."""
    torch.manual_seed(0)
    module = untrained(**recipe.network.hyperparameters).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(module.parameters(), recipe.optimizer.lr)
    clean = torch.rand(BATCH, 1, PATCH, PATCH).contiguous(memory_format=torch.channels_last)
    noisy = clean + torch.randn_like(clean) * 25 / 255
    rough = has_fast_bfloat16(torch.device("cpu"))
    seconds: list[float] = []
    for _ in range(STEPS):
        began = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=rough):
            restored = module(noisy)
        loss = 0.5 * torch.nn.functional.mse_loss(restored.float(), clean)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        loss.item()
        seconds.append(time.perf_counter() - began)
    return statistics.mean(seconds)


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parts = parser.add_subparsers(dest="part", required=True)
    part = parts.add_parser("proof", help="small budgets on photos")
    part.add_argument("photos")
    part.add_argument("measured")
    part.add_argument("--recipe", action="append", choices=[*PROOFS])
    part = parts.add_parser("speed", help="beside a plain loop")
    part.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    if options.part == "proof":
        proof(options.photos, options.measured, options.recipe or [*PROOFS])
    else:
        speed(options.pairs)


if __name__ == "__main__":
    main()
