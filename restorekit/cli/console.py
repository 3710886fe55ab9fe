"""Bytes and tables to standard output, and a run to the reporter that was asked for."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from restorekit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from restorekit.cli.json_reporter import JsonReporter
    from restorekit.cli.line_reporter import LineReporter


def read_stdin() -> bytes:
    """All of standard input, as bytes."""
    return sys.stdin.buffer.read()


def write_stdout(data: bytes) -> None:
    """Bytes to standard output."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output; on a terminal its last column takes what room there is."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if not console.is_terminal:
        widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
        for row in (header, *rows):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            print("  ".join(cells).rstrip())
        return
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for _ in header[:-1]:
        table.add_column(no_wrap=True)
    table.add_column()
    for row in (header, *rows):
        table.add_row(*row)
    console.print(table)


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
