"""``restorekit eval``: figures for results, and for models."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from restorekit.cli import options
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.evaluation.result import Evaluation

EXAMPLES = """\b
Examples:
  restorekit eval --pred out/ --gt truth/                 PSNR and SSIM of RGB pictures
  restorekit eval --task sr --scale 2 --data Set5/ --model bicubic --model lanczos
  restorekit eval --pred out/ --gt truth/ -o table.tex    also .csv, .json and .md

\b
Peak MB is what the whole program held, every model that was named loaded: to
compare memory, name one model at a time. The mean has its 95 % interval, by
bootstrap over the photos."""

PIPED_WIDTH = 160
"""Of a table that no terminal limits."""


class TaskName(str, Enum):
    """What ``--task`` takes."""

    sr = "sr"


def evaluate(
    pred: Annotated[
        str | None, typer.Option("--pred", help="A folder of results, or one of them.")
    ] = None,
    gt: Annotated[
        str | None, typer.Option("--gt", help="A folder of what they should be; matched by name.")
    ] = None,
    task: Annotated[
        TaskName | None, typer.Option("--task", help="sr: degrade, restore and measure --data.")
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", help="A model or a weights file; may be given repeatedly."),
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="A folder of undegraded photos, or one of them.")
    ] = None,
    scale: Annotated[
        int | None, typer.Option("--scale", "-s", help="2 to 16; also the border of y-crop.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(help="May be given repeatedly; default: psnr and ssim."),
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(help="y-crop, rgb or grey; default: y-crop for sr, else rgb.")
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", help="A .csv, .json, .md or .tex file.")
    ] = None,
    format: Annotated[  # noqa: A002
        str | None, typer.Option(help="csv, json, markdown or latex in place of the table.")
    ] = None,
    recursive: options.Recursive = False,
    overwrite: options.Overwrite = False,
    seed: Annotated[int, typer.Option(help="Of the bootstrap interval of the mean.")] = 0,
    device: options.Device = "auto",
    precision: options.Precision = options.PrecisionName.auto,
    tile: options.Tile = "auto",
    offline: options.Offline = False,
    trust_unverified: options.TrustUnverified = False,
) -> None:
    """Measure results, or models (evaluation)."""
    from restorekit.cli import console
    from restorekit.evaluation import report, runner, table
    from restorekit.evaluation.measures import DEFAULT_METRICS, Measures
    from restorekit.evaluation.trial import Listeners
    from restorekit.zoo.restorers import DeviceOptions, WeightsOptions

    target = Path(output) if output and output != "-" else None
    form = report.format_for(format, target)
    chosen = Measures(
        metric or DEFAULT_METRICS, protocol, task.value if task else None, scale, seed=seed
    )
    made = _makes_results(pred, gt, data, model)
    report.check_target(target, overwrite=overwrite)
    with console.reporter(as_json=False, to_stdout=False) as lines:
        if made:
            found = runner.measure_models(
                model or (),
                data or "",
                chosen,
                recursive=recursive,
                weights=WeightsOptions(offline, trust_unverified),
                devices=DeviceOptions(device, precision.value, options.tile_size(tile)),
                listeners=Listeners(on_tile=lines.photos, on_weights=lines.weights),
            )
            for facts in found.models.values():
                lines.note("  ".join(f"{key} {value}" for key, value in facts.items()))
        else:
            found = runner.measure_pairs(
                pred or "",
                gt or "",
                chosen,
                recursive=recursive,
                weights=WeightsOptions(offline, trust_unverified),
                listeners=Listeners(on_weights=lines.weights),
            )
    if target is not None and form is not None:
        report.write(found, target, form)
    if target is None and form is not None:
        console.write_stdout(report.render(found, form).encode())
    else:
        _draw(found)
    for note in table.notes(found):
        print(note, file=sys.stderr)
    raise typer.Exit(0 if found.is_whole else 1)


def _makes_results(
    pred: str | None, gt: str | None, data: str | None, model: Sequence[str] | None
) -> bool:
    """Whether results are to be made first.

    Raises:
        UsageError: It cannot be told.
    """
    if bool(pred) != bool(gt):
        raise UsageError("--pred and --gt belong together", got="one of them")
    if pred and (data or model):
        raise UsageError(
            "--pred, and --data or --model",
            expected="results that are there, or models that make them",
            hint="drop one",
        )
    if not pred and not data:
        raise UsageError(
            "nothing to evaluate",
            expected="--pred and --gt, or --task sr with --model, --scale and --data",
        )
    return not pred


def _draw(found: Evaluation) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from restorekit.evaluation.table import TEXTS, table

    cells = table(found)
    drawn = Table()
    for head in cells.header:
        drawn.add_column(Text(head), justify="left" if head in TEXTS else "right")
    for row in cells.rows:
        drawn.add_row(*map(Text, row))
    drawn.add_section()
    for row in cells.means:
        drawn.add_row(*map(Text, row), style="bold")
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    console.print(Text(cells.title), drawn, sep="\n")
