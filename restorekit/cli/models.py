"""``restorekit models``: what weights there are, where they come from, and that they are whole."""

from __future__ import annotations

from typing import Annotated

import typer

from restorekit.cli import options

app = typer.Typer(
    help="List, fetch and check weights.", no_args_is_help=True, rich_markup_mode=None
)

Names = Annotated[list[str], typer.Argument(metavar="NAME", help="Names of `models list`.")]
AnyNames = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help="These alone; without any, all.")
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A name of `models list`.")]


@app.command("list")
def list_models(json: options.Json = False) -> None:
    """Every model with its task, scale, licence and size."""
    from restorekit.zoo.listing import listing

    rows = listing()
    if json:
        from restorekit.cli.json_reporter import JsonReporter

        for row in rows:
            JsonReporter.line({"event": "model", **row.as_dict()})
        return
    from restorekit.cli.console import print_table

    header = ("name", "task", "scale", "licence", "size", "here", "good for")
    print_table(
        header,
        [(r.name, r.task, r.scale, r.licence, r.size, "yes" * r.here, r.title) for r in rows],
    )


@app.command()
def info(name: Name) -> None:
    """All that is known of a model: paper, licence, sources, hashes."""
    from restorekit.zoo.listing import facts

    for key, value in facts(name).items():
        print(f"{key:15} {value}")


@app.command()
def download(
    names: Names,
    offline: options.Offline = False,
    trust_unverified: options.TrustUnverified = False,
    json: options.Json = False,
) -> None:
    """Fetch weights now, so that later runs need no network."""
    from restorekit.cli import console
    from restorekit.zoo.blind import blind_network
    from restorekit.zoo.fetch import fetch
    from restorekit.zoo.methods import method_named

    with console.reporter(as_json=json, to_stdout=False) as report:
        for name in names:
            if method_named(name) is not None:
                report.note(f"{name} needs no weights")
                continue
            blind = blind_network(name)
            path = fetch(
                name if blind is None else blind.entry.name,
                offline=offline,
                trust_unverified=trust_unverified,
                on_event=report.weights,
            )
            report.note(f"{name}: {path}")


@app.command()
def verify(names: AnyNames = None) -> None:
    """Read every file of weights, those of the program too, and compare its hash."""
    from restorekit.zoo.listing import verified

    damaged = 0
    for found in verified(names or ()):
        damaged += found.problem is not None
        print(f"{found.name:28} {found.problem or 'whole'}")
    if damaged:
        print(f"{damaged} damaged: models download NAME fetches what is not the program's own")
        raise typer.Exit(1)


@app.command()
def path() -> None:
    """Where weights are kept; RESTOREKIT_CACHE moves it."""
    from restorekit.zoo.cache import Cache

    print(Cache().root)


@app.command()
def licenses() -> None:
    """The licence of every model, and whether it allows commercial use."""
    from restorekit.zoo.listing import licence_lines

    for line in licence_lines():
        print(line)
