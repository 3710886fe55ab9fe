"""``restorekit compare``: pictures of the same photo, to look at."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from restorekit.cli import console, options

EXAMPLES = """\b
Examples:
  restorekit compare before.jpg after.png                 writes compare.html
  restorekit compare truth/ a/ b/ --html page.html        folders, matched by name
  restorekit compare truth.png a.png b.png --contact-sheet sheet.png

\b
The first picture is what the others are compared with. Sizes may differ: smaller
pictures are shown enlarged, pixel by pixel, those of another shape as they are,
and none of them is measured; nor is what is transparent in places."""

DEFAULT_PAGE = Path("compare.html")


def compare(
    pictures: Annotated[
        list[str], typer.Argument(metavar="PICTURES", help="Two or more, or folders of them.")
    ],
    html: options.Html = None,
    contact_sheet: options.ContactSheet = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="May be given repeatedly; default: psnr and ssim.")
    ] = None,
    recursive: options.Recursive = False,
    overwrite: options.Overwrite = False,
    offline: options.Offline = False,
    trust_unverified: options.TrustUnverified = False,
) -> None:
    """Show pictures side by side: a page with a slider, or a contact sheet."""
    from restorekit.cli.line_reporter import LineReporter
    from restorekit.evaluation.compare import compare_pictures
    from restorekit.evaluation.measures import DEFAULT_METRICS
    from restorekit.evaluation.outputs import Outputs
    from restorekit.zoo.restorers import WeightsOptions

    page = html or (None if contact_sheet else DEFAULT_PAGE)
    outputs = Outputs(page=page, contact_sheet=contact_sheet, overwrite=overwrite)
    outputs.spare(pictures, recursive=recursive)
    with contextlib.closing(LineReporter()) as lines:
        found = compare_pictures(
            pictures,
            metrics=metric or DEFAULT_METRICS,
            recursive=recursive,
            weights=WeightsOptions(offline, trust_unverified),
            on_start=lines.expect,
            on_photo=lines.measured,
            on_weights=lines.weights,
        )
    console.draw(found.table)
    for note in found.table.notes:
        print(note, file=sys.stderr)
    console.wrote(outputs.show(found.page()))
    raise typer.Exit(0 if found.is_whole else 1)
