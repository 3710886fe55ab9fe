"""``restorekit sr``: photos, larger."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from restorekit.cli import options
from restorekit.cli.restoring import SharedOptions, with_shared_options

if TYPE_CHECKING:
    from restorekit.contracts import Sampling

EXAMPLES = """\b
Examples:
  restorekit sr photo.jpg --scale 4          writes photo_x4.jpg beside it
  restorekit sr photos/ -r -o large/         a folder with all that is in it
  restorekit sr photo.jpg --width 3840       to a size, whatever the scale
  cat photo.jpg | restorekit sr - > out.jpg  standard input and output"""


@with_shared_options
def sr(
    shared: SharedOptions,
    *,
    scale: Annotated[
        float | None, typer.Option("--scale", "-s", help="1 to 16; default: the model's own, or 4.")
    ] = None,
    width: Annotated[int | None, typer.Option(help="Width of the result in pixels.")] = None,
    height: Annotated[int | None, typer.Option(help="Height of the result in pixels.")] = None,
    denoise_strength: Annotated[
        float | None,
        typer.Option(help="0, keep noise and grain, to 1; only for realesr-general-x4v3."),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Runs of a sampled network, such as SR3; default: 100.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of what is drawn: each gives another result; default: 0.")
    ] = None,
    sampler: Annotated[
        str | None,
        typer.Option(help="ddpm, or ddim, which takes fewer steps; default: ddpm."),
    ] = None,
    kernel: Annotated[
        str | None,
        typer.Option(
            "--kernel",
            "-k",
            help="The blur before bicubic, for srmd, usrnet and zssr: gaussian:1.6, motion:15:30,"
            " defocus:4, or a .npy, .mat or .png file; downscale:FILE.npy: all of how the photo"
            " became small, as kernel-estimate --kind downscale finds it.",
        ),
    ] = None,
    sigma: Annotated[
        str,
        typer.Option(
            help="Of the noise in levels of 255, for srmd, usrnet and zssr; auto: estimated."
        ),
    ] = "0",
    database: options.Database = None,
) -> None:
    """Enlarge photos (super-resolution)."""
    from restorekit.tasks.super_resolve import SuperResolution

    task = SuperResolution(
        model=shared.model,
        scale=scale,
        width=width,
        height=height,
        finishing=replace(shared.finishing, seed=seed or 0),
        sampling=_sampling(steps, seed, sampler),
        kernel=kernel,
        sigma=options.noise_level(sigma),
        weights=replace(shared.weights, denoise_strength=denoise_strength, database=database),
        devices=shared.devices,
    )
    shared.restore(task)


def _sampling(steps: int | None, seed: int | None, sampler: str | None) -> Sampling | None:
    """What was said of sampling; None where nothing was, for most networks take nothing."""
    from restorekit.contracts import Sampling

    said: dict[str, Any] = {"steps": steps, "seed": seed, "sampler": sampler}
    given = {name: value for name, value in said.items() if value is not None}
    return Sampling(**given) if given else None
