"""Bytes and tables to standard output, and a run to the reporter that was asked for."""

from __future__ import annotations

import contextlib
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from restorekit.errors import UsageError
from restorekit.printable import one_line

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from pathlib import Path

    from restorekit.cli.json_reporter import JsonReporter
    from restorekit.cli.line_reporter import LineReporter
    from restorekit.evaluation.table import Table

PIPED_WIDTH = 160
"""Of a drawn table that no terminal limits."""


def read_stdin() -> bytes:
    """All of standard input, as bytes."""
    return sys.stdin.buffer.read()


def write_stdout(data: bytes) -> None:
    """Bytes to standard output."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output; its last column goes below where the terminal is too narrow."""
    lines = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    below = sum(widths) + 2 * (len(widths) - 1) > room
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        print("  ".join(cells[:-1] if below else cells).rstrip())
        if below and line is not header:
            print(textwrap.fill(line[-1], room, initial_indent="  ", subsequent_indent="  "))


def draw(cells: Table) -> None:
    """A table with its frame on standard output; its notes are not drawn."""
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    def shown(text: str) -> Text:
        # A file may be named with signs that steer the terminal.
        return Text(one_line(text))

    drawn = Drawn()
    for number, head in enumerate(cells.header):
        drawn.add_column(shown(head), justify="left" if number < cells.words else "right")
    for row in cells.rows:
        drawn.add_row(*map(shown, row))
    drawn.add_section()
    for row in cells.means:
        drawn.add_row(*map(shown, row), style="bold")
    console = Console(width=None if sys.stdout.isatty() else PIPED_WIDTH)
    console.print(shown(cells.title), drawn, sep="\n")


def wrote(targets: Iterable[Path]) -> None:
    """A line on standard error for each file, once it is there."""
    for target in targets:
        print(f"wrote {target}", file=sys.stderr)


@contextlib.contextmanager
def reporter(*, as_json: bool, to_stdout: bool) -> Generator[JsonReporter | LineReporter]:
    """The reporter for a run; ``to_stdout``: the photo itself goes to standard output.

    Raises:
        UsageError: Standard output is a terminal, or events are to go there too.
    """
    if to_stdout and as_json:
        raise UsageError("--json and a photo on standard output", hint="name a file with -o")
    if to_stdout and sys.stdout.isatty():
        raise UsageError(
            "a terminal shows no photos", hint="name a file with -o, or send it on with > or |"
        )
    if as_json:
        from restorekit.cli.json_reporter import JsonReporter

        yield JsonReporter()
        return
    from restorekit.cli.line_reporter import LineReporter

    report = LineReporter()
    try:
        yield report
    finally:
        report.close()
