"""The door: ``restorekit COMMAND``. Nothing heavy is imported before a command runs."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import Annotated, Any

import typer

from restorekit import __version__
from restorekit.cli import (
    compare,
    datasets,
    deblur,
    degrade,
    denoise,
    doctor,
    enhance,
    evaluate,
    inspect,
    kernel_estimate,
    models,
    sr,
    train,
)
from restorekit.errors import RestorekitError, UsageError

MisreadError: type[Exception] = typer.BadParameter.__mro__[1]
"""The root of what the parser raises at options it does not understand; it has no public name."""

INTERRUPTED = 130
"""The exit status after Ctrl-C, as shells have it."""

app = typer.Typer(
    name="restorekit",
    help="Restore photos. Each command has --help; `restorekit models list` shows what there is.",
    no_args_is_help=True,
    rich_markup_mode=None,  # panels would double the time that --help takes
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="sr", epilog=sr.EXAMPLES)(sr.sr)
app.command(name="denoise", epilog=denoise.EXAMPLES)(denoise.denoise)
app.command(name="deblur", epilog=deblur.EXAMPLES)(deblur.deblur)
app.command(name="enhance", epilog=enhance.EXAMPLES)(enhance.enhance)
app.command(name="inspect", epilog=inspect.EXAMPLES)(inspect.inspect)
app.command(name="kernel-estimate", epilog=kernel_estimate.EXAMPLES)(
    kernel_estimate.kernel_estimate
)
app.command(name="degrade", epilog=degrade.EXAMPLES)(degrade.degrade)
app.command(name="eval", epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command(name="compare", epilog=compare.EXAMPLES)(compare.compare)
app.command(name="train", epilog=train.EXAMPLES)(train.train)
app.add_typer(models.app, name="models")
app.add_typer(datasets.app, name="datasets")
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
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
    status = _status()
    if status == INTERRUPTED:
        # A thread that still computes a tile would abort the process when Python takes itself down.
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def _status() -> int:
    try:
        return app(prog_name="restorekit", standalone_mode=False) or 0
    except MisreadError as error:
        return _told(_misread(error), 2)
    except UsageError as error:
        return _told(f"restorekit: {error}", 2)
    except RestorekitError as error:
        return _told(f"restorekit: {error}", 1)
    except (KeyboardInterrupt, typer.Abort):
        return _told("restorekit: interrupted", INTERRUPTED)
    except BrokenPipeError:
        # What is left to be written would fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _told(line: str, status: int) -> int:
    print(line, file=sys.stderr)
    return status


def _misread(error: Any) -> str:
    """The parser's complaint on one line; the whole help where nothing was typed."""
    message: str = error.format_message()
    if "\n" in message:
        return message
    command = error.ctx.command_path if error.ctx else "restorekit"
    return f"{command}: {message.rstrip('.')} ({command} --help tells what there is)"
