"""``restorekit eval``: figures for results, and for models."""

from __future__ import annotations

import contextlib
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from restorekit.cli import console, options
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from restorekit.evaluation.outputs import Outputs
    from restorekit.evaluation.report import Finding
    from restorekit.evaluation.request import Request
    from restorekit.zoo.restorers import DeviceOptions, WeightsOptions

    How = tuple[WeightsOptions, DeviceOptions]

EXAMPLES = """\b
Examples:
  restorekit eval --pred out/ --gt truth/                 PSNR and SSIM of RGB pictures
  restorekit eval --pred a/ --pred b/ --gt truth/ --html report.html
  restorekit eval --task sr --scale 2 --data Set5/ -m bicubic -m vdsr
  restorekit eval --task sr --scale 3 --dataset set5 --data sets/ -m vdsr --self-ensemble
  restorekit eval --task sr --scale 4 --dataset set14 --data sets/ -m vdsr -o table.tex
  restorekit eval --task denoise --sigma 25 --dataset set12 --data sets/ -m dncnn-gray
  restorekit eval --task deblur --data photos/ --seed 7 -m input -m wiener -m restorekit-deblur
  restorekit eval --task deblur --data sharp/ --degraded blurred/ -m maxim-deblurring
  restorekit eval --reproduce vdsr --data sets/           the paper's table beside ours

\b
Memory MB is what the model and its work take; the program and its libraries are
not counted. The mean has its 95 % interval, by bootstrap over the photos.
`restorekit datasets list` shows the sets that are known by name."""


class TaskName(str, Enum):
    """What ``--task`` takes."""

    sr = "sr"
    denoise = "denoise"
    deblur = "deblur"


def evaluate(
    pred: Annotated[
        list[str] | None,
        typer.Option(help="A folder of results, or one of them; may be given repeatedly."),
    ] = None,
    gt: Annotated[
        str | None, typer.Option("--gt", help="A folder of what they should be; matched by name.")
    ] = None,
    task: Annotated[
        TaskName | None,
        typer.Option("--task", help="sr, denoise, deblur: degrade, restore, measure."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            help="A model, a weights file, or input: what they are given. May be given repeatedly.",
        ),
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="A folder of undegraded photos, or one of them.")
    ] = None,
    degraded: Annotated[
        str | None,
        typer.Option(help="Their degraded versions, by name; alone: photos without a truth."),
    ] = None,
    degradation: Annotated[
        str | None,
        typer.Option(help="A chain as for degrade that makes them; for deblur mixed_blur(2)."),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="A benchmark set by name; it is looked for in --data."),
    ] = None,
    configured: options.ConfiguredData = None,
    reproduce: Annotated[
        str | None, typer.Option(help="A method: its paper's table beside ours.")
    ] = None,
    scale: Annotated[
        int | None, typer.Option("--scale", "-s", help="1 to 16; also the border of luma.")
    ] = None,
    sigma: Annotated[
        float, typer.Option(help="Of noise put into the input, or in --degraded; in levels of 255.")
    ] = 0,
    kernel: Annotated[
        str | None, typer.Option(help="Of blur, likewise, as for sr: gaussian:1.6 or a file.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="May be given repeatedly; default: psnr and ssim, or, without a truth, "
            "sharpness and seam."
        ),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(help="y-crop, y-exact, rgb or grey; default: y-crop for sr, else rgb."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A .csv, .json, .md or .tex file.")
    ] = None,
    format: Annotated[  # noqa: A002
        str | None, typer.Option(help="csv, json, markdown or latex in place of the table.")
    ] = None,
    html: options.Html = None,
    contact_sheet: options.ContactSheet = None,
    plots: Annotated[
        Path | None, typer.Option(help="A folder for the plots, as .png and .svg.")
    ] = None,
    recursive: options.Recursive = False,
    overwrite: options.Overwrite = False,
    seed: Annotated[
        int, typer.Option(help="Of the noise or the chain, and of the mean's interval.")
    ] = 0,
    database: options.Database = None,
    device: options.Device = "auto",
    precision: options.Precision = options.PrecisionName.auto,
    tile: options.Tile = "auto",
    self_ensemble: options.SelfEnsemble = False,
    offline: options.Offline = False,
    trust_unverified: options.TrustUnverified = False,
) -> None:
    """Measure results, or models (evaluation)."""
    from restorekit.evaluation.measures import (
        DEFAULT_METRICS,
        METRICS_WITHOUT_TRUTH,
        Measures,
    )
    from restorekit.evaluation.outputs import Outputs
    from restorekit.evaluation.request import Request
    from restorekit.zoo.restorers import DeviceOptions, WeightsOptions

    outputs = Outputs(output, format, html, contact_sheet, plots, overwrite)
    how = (
        WeightsOptions(offline, trust_unverified, database=database),
        DeviceOptions(device, precision.value, options.tile_size(tile), self_ensemble),
    )
    if reproduce is not None:
        chosen = (pred, gt, task, model, sigma, kernel, metric, protocol, recursive, seed)
        others = (degraded, degradation, html, contact_sheet, plots)
        _refuse_beside_reproduce(*chosen, *others)
        names = [dataset] if dataset else None
        folder = data or configured
        _reproduce(reproduce, folder, [scale] if scale else None, names, outputs, how)
        return
    has_truth = degraded is None or data is not None
    usual = DEFAULT_METRICS if has_truth else METRICS_WITHOUT_TRUTH
    measures = Measures(metric or usual, protocol, task.value if task else None, scale, seed)
    request = Request(
        measures,
        predicted=pred or (),
        reference=gt,
        models=model or (),
        data=data or (configured if dataset else None),
        degraded=degraded,
        degradation=degradation,
        dataset=dataset,
        sigma=sigma,
        kernel=kernel,
        recursive=recursive,
    )
    _evaluate(request, outputs, how)


def _evaluate(request: Request, outputs: Outputs, how: How) -> None:
    from restorekit.cli.line_reporter import LineReporter
    from restorekit.evaluation.gallery import Gallery, page, plot_names, plots
    from restorekit.evaluation.request import evaluate as measure
    from restorekit.evaluation.trial import Listeners, Measured

    columns = request.measures.columns()
    outputs.check_plots(plot_names(columns))
    outputs.spare(request.places, recursive=request.recursive or request.dataset is not None)
    gallery = Gallery(columns) if outputs.needs_gallery else None
    with contextlib.closing(LineReporter()) as lines:

        def start(photos: int) -> None:
            lines.expect(photos * max(len(request.models), len(request.predicted)))
            if gallery:
                gallery.start(photos)

        def show(measured: Measured) -> None:
            lines.measured(measured.row.photo)
            if gallery:
                gallery.add(measured)

        listeners = Listeners(start, show, lines.photos, lines.weights)
        found = measure(request, weights=how[0], devices=how[1], listeners=listeners)
        for facts in found.models.values():
            lines.note("  ".join(f"{key} {value}" for key, value in facts.items()))
    _tell(found, outputs)
    if gallery:
        console.wrote(outputs.show(page(found, gallery)))
    console.wrote(outputs.draw(plots(found) if outputs.plots else {}))
    raise typer.Exit(130 if found.interrupted else not found.is_whole)


def _reproduce(
    name: str,
    folder: str | None,
    scales: list[int] | None,
    names: list[str] | None,
    outputs: Outputs,
    how: How,
) -> None:
    from restorekit.cli.line_reporter import LineReporter
    from restorekit.evaluation.papers.reproduce import reproduce
    from restorekit.evaluation.trial import Listeners

    with contextlib.closing(LineReporter()) as lines:
        found = reproduce(
            name,
            Path(folder) if folder else None,
            scales=scales,
            datasets=names,
            weights=how[0],
            devices=how[1],
            listeners=Listeners(on_tile=lines.photos, on_weights=lines.weights),
        )
    _tell(found, outputs)
    raise typer.Exit(130 if found.interrupted else not found.is_whole)


def _tell(found: Finding, outputs: Outputs) -> None:
    """The report to its file, and to standard output the form asked for, else a drawn table."""
    from restorekit.evaluation import report

    written = outputs.write(found)
    cells = report.cells(found)
    if outputs.format is not None and written is None:
        console.write_stdout(report.render(found, outputs.format).encode())
    else:
        console.draw(cells)
    for note in cells.notes:
        print(note, file=sys.stderr)
    console.wrote([written] if written else [])


def _refuse_beside_reproduce(*others: object) -> None:
    if any(others):
        raise UsageError(
            "--reproduce measures what the paper measured, as it did",
            expected="--data, and --scale or --dataset for a part of its table",
        )
