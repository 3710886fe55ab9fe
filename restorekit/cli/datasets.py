"""``restorekit datasets``: what benchmark sets there are, and whether a copy of one is whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from restorekit.cli import options

if TYPE_CHECKING:
    from restorekit.evaluation.datasets.copies import Found

app = typer.Typer(
    help="List, describe and check benchmark sets.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name of `datasets list`.")]
Data = Annotated[
    Path | None,
    typer.Option(
        envvar="RESTOREKIT_DATA", help="The folder that holds the sets, or the photos of one."
    ),
]


@app.command("list")
def list_datasets(data: Data = None, json: options.Json = False) -> None:
    """Every set with its photos, sizes and licence."""
    from restorekit.evaluation.datasets.listing import listing

    rows = listing(data)
    if json:
        from restorekit.cli.json_reporter import JsonReporter

        for row in rows:
            JsonReporter.line({"event": "dataset", **row.as_dict()})
        return
    from restorekit.cli.console import print_table

    header = ("name", "tasks", "photos", "sizes", "here", "licence")
    print_table(
        header,
        [
            (r.name, ", ".join(r.tasks), str(r.photos), r.sizes, r.here or "", r.licence)
            for r in rows
        ],
    )


@app.command()
def info(name: Name, data: Data = None, json: options.Json = False) -> None:
    """All that is known of a set: where to get it, its licence, its hashes."""
    from restorekit.evaluation.datasets.listing import description, facts

    if json:
        from restorekit.cli.json_reporter import JsonReporter

        JsonReporter.line({"event": "dataset", **description(name, data)})
        return
    for key, value in facts(name, data).items():
        print(f"{key:15} {value}")


@app.command()
def verify(name: Name, data: Data = None, json: options.Json = False) -> None:
    """Decode a copy of a set and compare its photos with the known hashes."""
    from restorekit.evaluation.datasets.finding import find_dataset

    found = find_dataset(name, data)
    if json:
        from restorekit.cli.json_reporter import JsonReporter

        JsonReporter.line({"event": "verified", **found.as_dict()})
    else:
        _tell(found)
    raise typer.Exit(0 if found.is_sound else 1)


def _tell(found: Found) -> None:
    print(found.sentence())
    for name, why in found.wrong.items():
        print(f"differs  {name}: {why}")
    for name in found.missing:
        print(f"missing  {name}")
    for name in found.extra:
        print(f"extra    {name}")
