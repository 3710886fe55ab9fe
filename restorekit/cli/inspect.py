"""``restorekit inspect``: what is wrong with photos, and which commands may help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from restorekit.cli import options

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = """\b
Examples:
  restorekit inspect photo.jpg              noise, blur, JPEG quality, and what to try
  restorekit inspect holiday/ -r --json     one line a photo"""


def inspect(
    photos: options.Inputs,
    recursive: options.Recursive = False,
    json: options.Json = False,
) -> None:
    """Tell noise, blur and JPEG quality of photos, and which commands to try."""
    from restorekit.tasks.inspect import inspected, photos_among

    failed = False
    for photo in photos_among(photos, recursive=recursive):
        found = photo if isinstance(photo, str) else inspected(photo)
        failed |= isinstance(found, str)
        if isinstance(photo, str) or isinstance(found, str):
            typer.echo(f"failed: {found}", err=True)
        elif json:
            from restorekit.cli.json_reporter import JsonReporter

            advice = list(found.advice(str(photo)))
            JsonReporter.line(
                {"event": "inspected", "source": str(photo), **found.as_dict(), "try": advice}
            )
        else:
            _tell(photo, found.lines(), found.advice(str(photo)))
    raise typer.Exit(1 if failed else 0)


def _tell(photo: Path, lines: tuple[str, ...], advice: tuple[str, ...]) -> None:
    from restorekit.printable import one_line

    typer.echo(one_line(str(photo)))
    for line in lines:
        typer.echo(f"  {line}")
    typer.echo("  try" if advice else "  nothing stands out")
    for command in advice:
        typer.echo(f"    {one_line(command)}")
