"""``restorekit deblur``: photos, without their blur."""

from __future__ import annotations

from typing import Annotated

import typer

from restorekit.cli import options

EXAMPLES = """\b
Examples:
  restorekit deblur photo.jpg                         writes photo_deblurred.jpg beside it
  restorekit deblur holiday/ -r -o sharp/             a folder with all that is in it
  restorekit deblur photo.jpg --work-scale 0.5        blur that is too large for the network
  restorekit deblur photo.jpg -k motion:15:30         a blur that you know, undone"""


def deblur(
    photos: options.Inputs,
    output: options.Output = None,
    model: options.Model = None,
    kernel: Annotated[
        str | None,
        typer.Option(
            "--kernel",
            "-k",
            help="The blur, for methods that take it: gaussian:1.6, motion:15:30, defocus:4, or a"
            " .npy, .mat or .png file.",
        ),
    ] = None,
    sigma: Annotated[
        str,
        typer.Option(help="Of the noise, for methods that take it, in levels of 255; or auto."),
    ] = "auto",
    work_scale: Annotated[
        float,
        typer.Option(help="0.1 to 1: deblur at this share of the size, and merge; for large blur."),
    ] = 1.0,
    strength: Annotated[
        float, typer.Option(help="0, the photo as it is, to 1, fully deblurred.")
    ] = 1.0,
    color_lock: options.ColorLock = False,
    grain: options.Grain = 0.0,
    self_ensemble: options.SelfEnsemble = False,
    device: options.Device = "auto",
    precision: options.Precision = options.PrecisionName.auto,
    tile: options.Tile = "auto",
    format: options.Format = None,  # noqa: A002
    quality: options.Quality = None,
    strip_metadata: options.StripMetadata = False,
    recursive: options.Recursive = False,
    overwrite: options.Overwrite = False,
    resume: options.Resume = False,
    fail_fast: options.FailFast = False,
    dry_run: options.DryRun = False,
    json: options.Json = False,
    offline: options.Offline = False,
    trust_unverified: options.TrustUnverified = False,
) -> None:
    """Take the blur out of photos."""
    from restorekit.cli.restoring import restore
    from restorekit.contracts import Finishing
    from restorekit.tasks.deblur import Deblurring, deblur_photos, foretell_deblur
    from restorekit.tasks.file_options import FileOptions
    from restorekit.zoo.restorers import DeviceOptions, WeightsOptions

    task = Deblurring(
        model=model,
        kernel=kernel,
        sigma=options.noise_level(sigma),
        work_scale=work_scale,
        finishing=Finishing(strength, color_lock, grain),
        weights=WeightsOptions(offline, trust_unverified),
        devices=DeviceOptions(device, precision.value, options.tile_size(tile), self_ensemble),
    )
    files = FileOptions(
        output=output,
        format=format,
        quality=quality,
        strip_metadata=strip_metadata,
        recursive=recursive,
        overwrite=overwrite,
        resume=resume,
        fail_fast=fail_fast,
    )
    restore(
        photos,
        task,
        files,
        work=deblur_photos,
        foretell=foretell_deblur,
        dry_run=dry_run,
        as_json=json,
    )
