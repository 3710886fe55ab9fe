"""``restorekit deblur``: photos, without their blur."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from restorekit.cli import options
from restorekit.cli.restoring import SharedOptions, with_shared_options

EXAMPLES = """\b
Examples:
  restorekit deblur photo.jpg                         writes photo_deblurred.jpg beside it
  restorekit deblur holiday/ -r -o sharp/             a folder with all that is in it
  restorekit deblur photo.jpg --work-scale 0.5        blur that is too large for the network
  restorekit deblur photo.jpg -k motion:15:30         a blur that you know, undone
  restorekit deblur photo.jpg -m consensus --grid 3x3 found and undone, also where it varies
  restorekit deblur photo.jpg -k shake.npy -m plug-and-play   with a network that denoises"""


@with_shared_options
def deblur(
    shared: SharedOptions,
    *,
    kernel: Annotated[
        str | None,
        typer.Option(
            "--kernel",
            "-k",
            help="The blur, for methods that take it: gaussian:1.6, motion:15:30, defocus:4, or a"
            " .npy, .mat or .png file; kernel-estimate --grid writes maps.",
        ),
    ] = None,
    grid: options.Grid = None,
    sigma: Annotated[
        str,
        typer.Option(help="Of the noise, for methods that take it, in levels of 255; or auto."),
    ] = "auto",
    denoiser: Annotated[
        str | None,
        typer.Option(help="For plug-and-play: a model of denoise that takes --sigma; ffdnet."),
    ] = None,
    linear: Annotated[
        bool,
        typer.Option(
            "--linear", help="Undo a kernel in linear light, as cameras blur; not for networks."
        ),
    ] = False,
    work_scale: Annotated[
        float,
        typer.Option(help="0.1 to 1: deblur at this share of the size, and merge; for large blur."),
    ] = 1.0,
) -> None:
    """Take the blur out of photos."""
    from restorekit.tasks.deblur import Deblurring

    task = Deblurring(
        model=shared.model,
        kernel=kernel,
        grid=options.cells(grid),
        sigma=options.noise_level(sigma),
        linear=linear,
        work_scale=work_scale,
        finishing=shared.finishing,
        weights=replace(shared.weights, denoiser=denoiser),
        devices=shared.devices,
    )
    shared.restore(task)
