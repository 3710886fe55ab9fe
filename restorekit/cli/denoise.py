"""``restorekit denoise``: photos, without their noise."""

from __future__ import annotations

from typing import Annotated

import typer

from restorekit.cli import options

EXAMPLES = """\b
Examples:
  restorekit denoise photo.jpg                     writes photo_denoised.jpg beside it
  restorekit denoise scans/ -r -o clean/           a folder with all that is in it
  restorekit denoise photo.jpg --strength 0.5      half of the noise stays
  restorekit denoise photo.jpg -m bm3d --sigma 20  a method, told the strength of the noise"""


def denoise(
    photos: options.Inputs,
    output: options.Output = None,
    model: options.Model = None,
    sigma: Annotated[
        str, typer.Option(help="Of the noise, in levels of 255; auto estimates it.")
    ] = "auto",
    strength: Annotated[
        float, typer.Option(help="0, the photo as it is, to 1, fully denoised.")
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
    """Take the noise out of photos."""
    from restorekit.cli.restoring import restore
    from restorekit.contracts import Finishing
    from restorekit.tasks.denoise import Denoising, denoise_photos, foretell_denoise
    from restorekit.tasks.file_options import FileOptions
    from restorekit.zoo.restorers import DeviceOptions, WeightsOptions

    task = Denoising(
        model=model,
        sigma=options.noise_level(sigma),
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
        work=denoise_photos,
        foretell=foretell_denoise,
        dry_run=dry_run,
        as_json=json,
    )
