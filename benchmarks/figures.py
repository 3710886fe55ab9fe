"""Published figures beside ours, for every method of a task.

    python benchmarks/figures.py denoise FOLDER        # with set12, bsd68 and cbsd68 in it
    python benchmarks/figures.py sr FOLDER             # with set5 and set14 in it
    python benchmarks/figures.py sr FOLDER --methods vdsr imdn --sets set5
    python benchmarks/figures.py sr FOLDER --database PHOTOS --methods example-based

Where a paper's table is known (``restorekit eval --reproduce``), its input and its protocol are
used, and a row is printed for each figure whose data set is in FOLDER. Every other method of ``sr``
is measured on Set5 as those are, by the luma's PSNR, and every other one of ``denoise`` on CBSD68
with white noise that is not clipped, with nothing published beside it. Networks are measured in
float32 and in the precision that a user gets here. Methods whose weights cannot be had are named at
the end.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from restorekit.batch.pairs import named_photos
from restorekit.errors import UsageError, WeightsError
from restorekit.evaluation.degradation import Degradation
from restorekit.evaluation.measures import Measures
from restorekit.evaluation.papers.published import published
from restorekit.evaluation.papers.reproduce import reproduce, reproducible
from restorekit.evaluation.runner import measure_models
from restorekit.inference.restorer import NetworkRestorer
from restorekit.zoo import manifest
from restorekit.zoo.listing import names_for
from restorekit.zoo.restorers import DeviceOptions, WeightsOptions, load_restorers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from restorekit.contracts import Precision, Task

SCALES = (2, 3, 4)
SIGMAS = (15, 25, 50)
SETS: dict[Task, str] = {"sr": "set5", "denoise": "cbsd68"}
"""On which methods without published figures are measured."""


def precisions(name: str, task: Task, weights: WeightsOptions) -> tuple[Precision, ...]:
    """float32, and what a user gets here where that is another; methods have float32 alone."""
    restorer = load_restorers(name, task=task, weights=weights).restorers[0]
    usual = restorer.precision if isinstance(restorer, NetworkRestorer) else "fp32"
    return ("fp32",) if usual == "fp32" else ("fp32", usual)


def papers_rows(
    method: str, model: str, folder: Path, sets: Sequence[str], weights: WeightsOptions
) -> None:
    """Print a row for each figure of a model in a paper's table: the published one, and ours."""
    paper = published(method)
    figures = [it for it in paper.figures if it.dataset in sets and paper.model_of(it) == model]
    scales = {it.scale for it in figures if it.scale}
    if not figures:
        return
    found = [
        reproduce(
            method,
            folder,
            scales=scales or None,
            datasets=sorted({it.dataset for it in figures}),
            weights=weights,
            devices=DeviceOptions(precision=precision),
        ).rows
        for precision in precisions(model, paper.task, weights)
    ]
    for row, rough in zip(found[0], found[-1], strict=True):
        if row.ours is None or rough.ours is None:
            raise SystemExit(row.note)
        if row.figure.metric != "psnr":
            continue
        strength = f"x{row.figure.scale}" if row.figure.scale else f"sigma {row.figure.sigma}"
        user = "the same" if len(found) == 1 else f"{rough.ours:.3f}"
        print(
            f"| {model} | {row.figure.dataset} | {strength} | {row.figure.printed} "
            f"| {row.ours:.3f} | {user} |",
            flush=True,
        )


def plain_rows(name: str, task: Task, folder: Path, weights: WeightsOptions) -> None:
    """Print a row for each scale, or each noise, of a method without published figures."""
    for inputs, degradation in plain_inputs(name, task).items():
        means = [
            measure_models(
                [name],
                named_photos(str(folder / SETS[task]), recursive=False),
                Measures(
                    metrics=["psnr"], task=task, scale=degradation.scale if task == "sr" else None
                ),
                degradation,
                weights=weights,
                devices=DeviceOptions(precision=precision),
            )
            .summaries()[0]
            .means["psnr"]
            .mean
            for precision in precisions(name, task, weights)
        ]
        user = "the same" if len(means) == 1 else f"{means[-1]:.3f}"
        print(f"| {name} | {SETS[task]} | {inputs} | - | {means[0]:.3f} | {user} |", flush=True)


def plain_inputs(name: str, task: Task) -> dict[str, Degradation]:
    """How the input is made, by what the table calls it."""
    if task == "denoise":
        return {f"sigma {it}": Degradation(sigma=it, rounded=False) for it in SIGMAS}
    known = {entry.name: entry.scale for entry in manifest.entries()}
    scales = SCALES if known.get(name, 1) == 1 else (known[name],)
    return {f"x{scale}": Degradation(scale) for scale in scales}


def figures(
    task: Task, folder: Path, methods: Sequence[str], sets: Sequence[str], weights: WeightsOptions
) -> None:
    """Print the table, and which methods it lacks."""
    print("| method | set | input | published dB | float32 | as users get it |")
    print("|---|---|---|---|---|---|")
    papers = {model: it for it in reproducible() for model in published(it).models}
    missing: list[str] = []
    for name in methods:
        for model in published(name).models if name in reproducible() else (name,):
            try:
                if model in papers:
                    papers_rows(papers[model], model, folder, sets, weights)
                else:
                    plain_rows(model, task, folder, weights)
            except (WeightsError, UsageError) as error:
                missing.append(f"{model} ({type(error).__name__})")
    if missing:
        print(f"\nnot to be had here: {', '.join(missing)}")


def main() -> None:
    """Read the options."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=["sr", "denoise"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--methods", nargs="+", help="names of models, or of papers' tables")
    parser.add_argument("--sets", nargs="+", help="default: those in FOLDER")
    parser.add_argument("--database", type=Path, help="photos for example-based")
    options = parser.parse_args()
    papers = [name for name in reproducible() if published(name).task == options.task]
    models = {model for it in papers for model in published(it).models}
    others = [name for name in names_for(options.task) if name not in models]
    methods = options.methods or [*papers, *others]
    sets = options.sets or [it.name for it in options.folder.iterdir() if it.is_dir()]
    weights = WeightsOptions(database=options.database)
    figures(options.task, options.folder, methods, sets, weights)


if __name__ == "__main__":
    main()
