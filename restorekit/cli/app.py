"""The door: ``restorekit COMMAND``. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from restorekit import __version__
from restorekit.cli import doctor, models, sr
from restorekit.errors import RestorekitError, UsageError

app = typer.Typer(
    name="restorekit",
    help="Restore photos. Each command has --help; `restorekit models list` shows what there is.",
    no_args_is_help=True,
    rich_markup_mode=None,  # panels would double the time that --help takes
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="sr")(sr.sr)
app.add_typer(models.app, name="models")
app.command(name="doctor")(doctor.doctor)


def _version(value: bool) -> None:
    if value:
        print(f"restorekit {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _show: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Restore photos."""


def main() -> None:
    """Run the command line; an error is one line on standard error and an exit status."""
    try:
        app()
    except UsageError as error:
        print(f"restorekit: {error}", file=sys.stderr)
        sys.exit(2)
    except RestorekitError as error:
        print(f"restorekit: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
