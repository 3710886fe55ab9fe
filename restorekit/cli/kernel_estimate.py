"""``restorekit kernel-estimate``: the blur of a photo, as a kernel."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from restorekit.cli import options

EXAMPLES = """\b
Examples:
  restorekit kernel-estimate photo.jpg                   writes photo_kernel.npy, .mat, .png, a plot
  restorekit kernel-estimate photo.jpg --kind defocus    out of focus: the radius
  restorekit kernel-estimate photo.jpg --grid 3x3        a kernel for each of nine cells
  restorekit kernel-estimate small.png --kind downscale  what made it small, for sr
  restorekit deblur photo.jpg --kernel photo_kernel.npy  takes the blur out
  restorekit sr small.png -s 2 -m zssr -k downscale:small_kernel.npy"""


class KindName(str, Enum):
    """What ``--kind`` takes."""

    motion = "motion"
    defocus = "defocus"
    downscale = "downscale"


def kernel_estimate(
    photos: options.Inputs,
    output: options.Output = None,
    kind: Annotated[
        KindName | None,
        typer.Option(help="What happened: shake, out of focus, or made smaller; default: motion."),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            "-m",
            help="consensus, edge-prediction, l0-gradient, dark-channel, normalized-sparsity, "
            "marginal-likelihood, variational-bayes, defocus, kernelgan; default: by --kind.",
        ),
    ] = None,
    size: Annotated[
        str, typer.Option(help="Side of the kernel in pixels, odd, up to 71; auto finds it.")
    ] = "auto",
    scale: Annotated[
        int | None,
        typer.Option("--scale", "-s", help="2 or 4: how many times smaller, for downscale."),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(help="Attempts of kernelgan, whose agreement is the confidence.")
    ] = None,
    grid: options.Grid = None,
    recursive: options.Recursive = False,
    overwrite: options.Overwrite = False,
    resume: options.Resume = False,
    fail_fast: options.FailFast = False,
    json: options.Json = False,
) -> None:
    """Find the blur of photos (kernel estimation)."""
    from restorekit.cli import console
    from restorekit.tasks.estimate_kernel import KernelEstimation, estimate_kernels
    from restorekit.tasks.file_options import FileOptions

    named = kind.value if kind else None
    side, cells = options.pixels("--size", size), options.cells(grid)
    task = KernelEstimation(named, method, side, scale, seeds, cells)
    files = FileOptions(
        output=output,
        recursive=recursive,
        overwrite=overwrite,
        resume=resume,
        fail_fast=fail_fast,
    )
    with console.reporter(as_json=json, to_stdout=False) as report:
        result = estimate_kernels(
            photos, task, files, stdin=console.read_stdin, on_event=report.photos
        )
        if result.interrupted:
            report.note("interrupted" + " (--resume goes on from here)" * bool(result.done))
    raise typer.Exit(result.exit_status)
