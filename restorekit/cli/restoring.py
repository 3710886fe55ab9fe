"""What every command that restores photos does once its options are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from restorekit.cli import console

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from restorekit.batch.estimate import Estimate
    from restorekit.batch.run import Report
    from restorekit.tasks.file_options import FileOptions


def restore(
    photos: Sequence[str],
    task: Any,
    files: FileOptions,
    *,
    work: Callable[..., Report],
    foretell: Callable[..., Estimate],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Restore the photos, or foretell it, tell what happens, and end with the exit status.

    Args:
        photos: Files, folders, globs, or ``-``.
        task: The task's own options.
        files: Which files become which.
        work: The task's function for photos.
        foretell: The one that only tells what that would do.
        dry_run: Whether that is all that is asked for.
        as_json: Whether events go to standard output.
    """
    to_stdout = not dry_run and (files.output or ("-" if "-" in photos else "")) == "-"
    with console.reporter(as_json=as_json, to_stdout=to_stdout) as report:
        if dry_run:
            found = foretell(photos, task, files, on_weights=report.weights)
            raise typer.Exit(report.estimate(found))
        result = work(
            photos,
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
