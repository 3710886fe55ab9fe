"""``restorekit denoise``: photos, without their noise."""

from __future__ import annotations

from typing import Annotated

import typer

from restorekit.cli import options
from restorekit.cli.restoring import SharedOptions, with_shared_options

EXAMPLES = """\b
Examples:
  restorekit denoise photo.jpg                     writes photo_denoised.jpg beside it
  restorekit denoise scans/ -r -o clean/           a folder with all that is in it
  restorekit denoise photo.jpg --strength 0.5      half of the noise stays
  restorekit denoise photo.jpg -m bm3d --sigma 20  a method, told the strength of the noise"""


@with_shared_options
def denoise(
    shared: SharedOptions,
    *,
    sigma: Annotated[
        str, typer.Option(help="Of the noise, in levels of 255; auto estimates it.")
    ] = "auto",
) -> None:
    """Take the noise out of photos."""
    from restorekit.tasks.denoise import Denoising

    task = Denoising(
        model=shared.model,
        sigma=options.noise_level(sigma),
        finishing=shared.finishing,
        weights=shared.weights,
        devices=shared.devices,
    )
    shared.restore(task)
