"""What the commands that restore photos have in common: most options, and what is done then."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import typer

from restorekit.cli import console, options

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.contracts import Finishing
    from restorekit.tasks.file_options import FileOptions
    from restorekit.tasks.running import PhotoTask
    from restorekit.zoo.restorers import DeviceOptions, WeightsOptions

FOLLOWED_BY_OWN = "model"
"""The shared option after which a command's own ones are listed."""


@dataclass(frozen=True)
class SharedOptions:
    """What was said by the options that all these commands take, in the order of ``--help``."""

    photos: options.Inputs
    output: options.Output = None
    model: options.Model = None
    strength: options.Strength = 1.0
    color_lock: options.ColorLock = None
    grain: options.Grain = 0.0
    self_ensemble: options.SelfEnsemble = False
    device: options.Device = "auto"
    precision: options.Precision = options.PrecisionName.auto
    tile: options.Tile = "auto"
    format: options.Format = None
    quality: options.Quality = None
    strip_metadata: options.StripMetadata = False
    recursive: options.Recursive = False
    overwrite: options.Overwrite = False
    resume: options.Resume = False
    fail_fast: options.FailFast = False
    dry_run: options.DryRun = False
    json: options.Json = False
    offline: options.Offline = False
    trust_unverified: options.TrustUnverified = False

    @property
    def finishing(self) -> Finishing:
        """What is done with the restored picture."""
        from restorekit.contracts import Finishing

        return Finishing(self.strength, self.color_lock, self.grain)

    @property
    def weights(self) -> WeightsOptions:
        """How weights may be had."""
        from restorekit.zoo.restorers import WeightsOptions

        return WeightsOptions(self.offline, self.trust_unverified)

    @property
    def devices(self) -> DeviceOptions:
        """Where and how a network runs."""
        from restorekit.zoo.restorers import DeviceOptions

        tile = options.tile_size(self.tile)
        return DeviceOptions(self.device, self.precision.value, tile, self.self_ensemble)

    @property
    def files(self) -> FileOptions:
        """Which files become which."""
        from restorekit.tasks.file_options import FileOptions

        return FileOptions(
            output=self.output,
            format=self.format,
            quality=self.quality,
            strip_metadata=self.strip_metadata,
            recursive=self.recursive,
            overwrite=self.overwrite,
            resume=self.resume,
            fail_fast=self.fail_fast,
        )

    def restore(self, task: PhotoTask) -> None:
        """Restore the photos, or foretell it, tell what happens, and end with the exit status."""
        from restorekit.tasks.foretelling import foretell_photos
        from restorekit.tasks.running import restore_photos

        to_stdout = not self.dry_run and (self.output or ("-" if "-" in self.photos else "")) == "-"
        files = self.files
        with console.reporter(as_json=self.json, to_stdout=to_stdout) as report:
            if self.dry_run:
                found = foretell_photos(
                    self.photos, task, files, on_event=report.photos, on_weights=report.weights
                )
                raise typer.Exit(report.estimate(found))
            result = restore_photos(
                self.photos,
                task,
                files,
                stdin=console.read_stdin,
                stdout=console.write_stdout,
                on_event=report.photos,
                on_weights=report.weights,
            )
            if result.interrupted:
                report.note("interrupted" + " (--resume goes on from here)" * bool(result.done))
        raise typer.Exit(result.exit_status)


def with_shared_options(command: Callable[..., None]) -> Callable[..., None]:
    """``command`` as typer sees it, the shared options listed beside its own.

    Args:
        command: Takes the :class:`SharedOptions`, and its own options by keyword.
    """
    names = [field.name for field in fields(SharedOptions)]

    @functools.wraps(command)
    def listed(**said: Any) -> None:
        command(SharedOptions(**{name: said.pop(name) for name in names}), **said)

    shared = list(inspect.signature(SharedOptions, eval_str=True).parameters.values())
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    place = names.index(FOLLOWED_BY_OWN) + 1
    every = [
        it.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for it in (*shared[:place], *own, *shared[place:])
    ]
    # Here typer looks for what a function takes.
    vars(listed)["__signature__"] = inspect.Signature(every)
    listed.__annotations__ = {it.name: it.annotation for it in every}
    return listed
