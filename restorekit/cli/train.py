"""``restorekit train``: weights from photos."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from restorekit.cli import options
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from restorekit.training.events import Event
    from restorekit.training.recipe import Recipe
    from restorekit.training.request import Training

EXAMPLES = """\b
Examples:
  restorekit train --task denoise --data photos/            the task's usual recipe
  restorekit train --recipe dncnn-25 --data photos/ --out runs/mine --steps 5000
  restorekit train --recipe mine.toml --data sharp/ --degraded blurred/
  restorekit train --recipe hllhgan --data sharp/ --degraded real_low/    without pairs
  restorekit train --out runs/mine --resume                 goes on as if never stopped
  restorekit train --recipe dncnn-25 --show                 the recipe, to be edited
  torchrun --nproc-per-node 8 $(which restorekit) train ... on many devices

\b
The run's folder holds best.safetensors (the highest PSNR) and newest.safetensors,
which any command takes as --model, the checkpoint of --resume, log.csv, curves.png
and sample pictures; of hllhgan also degrader.safetensors, for
degrade -c "learned('degrader.safetensors')"."""

RUNS = Path("runs")


def train(
    task: Annotated[
        str | None, typer.Option(help="sr, denoise ...: takes its usual recipe.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(help="A name of --list, or a TOML file of your own.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="A folder of photos: the true pictures.")] = None,
    degraded: Annotated[
        str | None,
        typer.Option(help="Inputs of the same names, for pairs; for hllhgan, any bad photos."),
    ] = None,
    validation: Annotated[
        str | None, typer.Option(help="Photos to measure on; default: every 20th of --data.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The run's folder; default: runs/ and the recipe's name.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    init: Annotated[
        str | None, typer.Option(help="Weights to begin with: a model's name or a file.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Instead of the recipe's.")] = None,
    batch: Annotated[
        int | None, typer.Option(min=1, help="Pairs in a step, on all devices.")
    ] = None,
    patch: Annotated[int | None, typer.Option(min=1, help="Side of the true patches.")] = None,
    lr: Annotated[float | None, typer.Option(help="The learning rate.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of everything that is drawn; default: 0.")
    ] = None,
    validate_every: Annotated[
        int | None, typer.Option(min=1, help="Steps; default: a tenth of all, 100 to 1000.")
    ] = None,
    accelerator: Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")] = "auto",
    devices: Annotated[
        int | None, typer.Option(min=1, help="On each machine; on CPUs, processes. Default: all.")
    ] = None,
    nodes: Annotated[int, typer.Option(min=1, help="Machines, with torchrun or SLURM.")] = 1,
    strategy: Annotated[str, typer.Option(help="auto, ddp, fsdp: how devices share.")] = "auto",
    precision: options.Precision = options.PrecisionName.auto,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that prepare pairs, for each device.")
    ] = 1,
    list_recipes: Annotated[bool, typer.Option("--list", help="Name the recipes.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Print the recipe as TOML.")] = False,
) -> None:
    """Train a network on photos; it can be stopped and resumed."""
    if list_recipes:
        _list()
        return
    name, chosen = _recipe(task, recipe, out if resume else None)
    chosen = chosen.with_(steps=steps, batch=batch, patch=patch, lr=lr)
    if show:
        print(chosen.to_toml(), end="")
        return
    from restorekit.training.request import Engine, Training
    from restorekit.training.resuming import resumed

    engine = Engine(accelerator, devices or "auto", nodes, strategy, precision.value, workers)
    if resume:
        if init is not None:
            raise UsageError("--init is for runs that begin", hint="leave it out with --resume")
        request = resumed(
            out or RUNS / name,
            engine,
            recipe=chosen,
            data=data,
            degraded=degraded,
            validation=validation,
            seed=seed,
            validate_every=validate_every,
        )
    elif data is None:
        raise UsageError("--data is missing", expected="a folder of photos")
    else:
        request = Training(
            chosen,
            data,
            out or RUNS / name,
            degraded=degraded,
            validation=validation,
            init=init,
            seed=seed or 0,
            validate_every=validate_every or _usual(chosen.steps),
            engine=engine,
        )
    _run(request)


def _usual(steps: int) -> int:
    """Steps between validations: a tenth of all, within limits."""
    return min(steps, max(100, min(1000, steps // 10)))


def _run(request: Training) -> None:
    from restorekit.training.events import Validated
    from restorekit.training.train import train as run

    recipe = request.recipe
    inputs = float("-inf")

    def tell(event: Event) -> None:
        nonlocal inputs
        if isinstance(event, Validated):
            inputs = event.degraded
        _tell(event)

    print(
        f"{recipe.title}; {recipe.steps:,} steps of {recipe.data.batch} pairs, into {request.out}",
        file=sys.stderr,
    )
    # What ends jobs on shared machines; without it, workers that are ended with it are blamed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        done = run(request, tell)
    except KeyboardInterrupt:
        print("interrupted (--resume goes on from the last checkpoint)", file=sys.stderr)
        raise
    print(done.weights)
    verdict = f"{done.steps} steps, at best {done.psnr:.2f} dB"
    use = f"use it with --model {done.weights}"
    more = f"no better than the inputs' {inputs:.2f} dB: it needs more --steps"
    print(f"{verdict}; {more if done.psnr <= inputs else use}", file=sys.stderr)


def _recipe(task: str | None, recipe: str | None, resumed: Path | None) -> tuple[str, Recipe]:
    from restorekit.training.recipe import default, read_recipe

    if resumed is not None and recipe is None and task is None:
        from restorekit.training.resuming import begun_recipe

        return resumed.name, begun_recipe(resumed)
    if recipe is None:
        if task is None:
            raise UsageError(
                "what to train is missing", expected="--task or --recipe", hint="train --list"
            )
        recipe = default(task)
    found = read_recipe(recipe)
    if task is not None and found.task != task:
        raise UsageError(f"the recipe {recipe} is for {found.task}", got=f"--task {task}")
    return Path(recipe).stem, found


def _list() -> None:
    from restorekit.cli.console import print_table
    from restorekit.training.recipe import names, read_recipe

    rows: list[list[str]] = []
    for name in names():
        found = read_recipe(name)
        rows.append([name, found.task, found.network.architecture, f"{found.steps:,}", found.title])
    print_table(["recipe", "task", "network", "steps", "what"], rows)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"


def _tell(event: Event) -> None:
    from restorekit.training.events import Stepped, Told

    if isinstance(event, Told):
        line = event.text
    elif isinstance(event, Stepped):
        losses = ", ".join(f"{name} {value:.5g}" for name, value in event.losses.items())
        line = (
            f"step {event.step:,} of {event.steps:,}: {losses}, rate {event.rate:.3g}, "
            f"{event.seconds:.2f} s a step, {_duration(event.left)} left"
        )
    else:
        line = (
            f"step {event.step:,}: {event.restored:.2f} dB, inputs {event.degraded:.2f} dB"
            + ", the best so far" * event.best
            + ", not better than the inputs yet" * (event.restored <= event.degraded)
        )
    print(line, file=sys.stderr, flush=True)
