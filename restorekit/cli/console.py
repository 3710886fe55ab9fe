"""What a person, or a program, sees of a run: lines and a bar, or one JSON event a line."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING, Any

from restorekit.batch import events
from restorekit.zoo.events import Notice, Progress, readable_size

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from rich.progress import TaskID

    from restorekit.batch.estimate import Estimate
    from restorekit.zoo.events import Event as WeightsEvent


def read_stdin() -> bytes:
    """All of standard input, as bytes."""
    return sys.stdin.buffer.read()


def write_stdout(data: bytes) -> None:
    """Bytes to standard output."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output; its last column takes what room there is, a pipe all it needs."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in header[:-1]:
        table.add_column(no_wrap=True)
    table.add_column()
    for row in (header, *rows):
        table.add_row(*row)
    console = Console(highlight=False)
    Console(highlight=False, width=console.width if console.is_terminal else 1000).print(table)


@contextlib.contextmanager
def reporter(*, as_json: bool, to_stdout: bool) -> Generator[JsonReporter | LineReporter]:
    """The reporter for a run; ``to_stdout``: the photo itself goes to standard output.

    Raises:
        UsageError: Events and a photo cannot both go to standard output.
    """
    if as_json and to_stdout:
        from restorekit.errors import UsageError

        raise UsageError("--json and a photo on standard output", hint="name a file with -o")
    if as_json:
        yield JsonReporter()
        return
    report = LineReporter()
    try:
        yield report
    finally:
        report.close()


class JsonReporter:
    """One JSON object a line on standard output; the key ``event`` tells what it is."""

    def photos(self, event: events.Event) -> None:
        """What happens to the photos."""
        self.line(event.as_dict())

    def weights(self, event: WeightsEvent) -> None:
        """What happens to the weights."""
        if isinstance(event, Notice):
            self.line({"event": "notice", "text": event.text})
        else:
            done = {"name": event.name, "done": event.done, "total": event.total}
            self.line({"event": "download", **done})

    def estimate(self, found: Estimate) -> int:
        """What would be done; the exit status."""
        for forecast in found.forecasts:
            predicted = forecast.prediction
            self.line(
                {
                    "event": "would_do",
                    "source": str(forecast.job.source),
                    "target": str(forecast.job.target),
                    "size": forecast.size._asdict(),
                    "result_size": predicted.result_size._asdict(),
                    "tiles": predicted.tiles,
                    "memory": predicted.memory,
                    "seconds": round(predicted.seconds, 1),
                }
            )
        for failure in found.failed:
            self.line(failure.as_dict())
        total = {"tiles": found.tiles, "memory": found.memory, "seconds": round(found.seconds, 1)}
        self.line({"event": "estimate", "photos": len(found.forecasts), **total})
        return 1 if found.failed else 0

    def note(self, text: str) -> None:
        """A line that is no event of its own."""
        self.line({"event": "notice", "text": text})

    @staticmethod
    def line(values: dict[str, Any]) -> None:
        """One object on one line."""
        print(json.dumps(values, ensure_ascii=False), flush=True)


class LineReporter:
    """Lines and a progress bar on standard error."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[text]}"),
            console=self._console,
            transient=True,
        )
        self._task: TaskID | None = None
        self._download: TaskID | None = None
        self._photos = 0
        self._seen = 0

    def close(self) -> None:
        """Takes the bar away."""
        self._bar.stop()

    def note(self, text: str) -> None:
        """A line that is no event of its own."""
        self._line(text)

    def weights(self, event: WeightsEvent) -> None:
        """What happens to the weights."""
        if isinstance(event, Notice):
            self._line(event.text)
        else:
            self._show_download(event)

    def photos(self, event: events.Event) -> None:
        """What happens to the photos."""
        if isinstance(event, events.BatchStarted):
            self._photos = event.photos
        elif isinstance(event, events.Decoded):
            self._show(f"{_name(event.source)} {event.size}", 0, 1, None)
        elif isinstance(event, events.TileDone):
            self._show(_name(event.source), event.tile, event.tiles, event.seconds_left)
        elif isinstance(event, events.Done):
            self._seen += 1
            for note in event.notes:
                self._line(f"{_name(event.source)}: {note}")
            sizes = f"{event.size} -> {event.result_size}"
            self._line(f"{event.target or '-'}  {sizes}  {event.seconds:.1f} s")
        elif isinstance(event, events.Skipped):
            self._seen += 1
            self._line(f"{event.target}  done before")
        elif isinstance(event, events.Failed):
            self._seen += 1
            self._line(f"failed: {event.message}", style="red")
        elif isinstance(event, events.BatchFinished):
            self._finish(event)
        elif event.kind == "ready":
            described = event.as_dict()
            described.pop("event")
            self._line("  ".join(f"{key} {value}" for key, value in described.items()))

    def estimate(self, found: Estimate) -> int:
        """What would be done; the exit status."""
        for forecast in found.forecasts:
            predicted = forecast.prediction
            self._line(
                f"{forecast.job.source} -> {forecast.job.target}  {predicted.result_size}  "
                f"{predicted.tiles} tiles  {readable_size(predicted.memory)}  "
                f"{_duration(predicted.seconds)}"
            )
        for failure in found.failed:
            self._line(f"would fail: {failure.message}", style="red")
        for disk in found.disks:
            room = f"{readable_size(disk.needed)} of {readable_size(disk.free)} free"
            self._line(f"disk {disk.folder}: about {room}")
        self._line(
            f"{len(found.forecasts)} photos, {len(found.skipped)} done before, "
            f"{found.tiles} tiles, at most {readable_size(found.memory)} a photo, "
            f"about {_duration(found.seconds)}"
        )
        return 1 if found.failed else 0

    def _finish(self, event: events.BatchFinished) -> None:
        self._bar.stop()
        if self._photos == 1 and not event.failed:
            return
        counts = {
            "done": event.done,
            "done before": event.skipped,
            "failed": event.failed,
            "not reached": event.left,
            "other files": event.ignored,
        }
        told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        self._line(f"{told or 'nothing done'} in {_duration(event.seconds)}")

    def _show(self, name: str, done: int, total: int, left: float | None) -> None:
        text = f"tile {done}/{total}" if total > 1 else ""
        if self._photos > 1:
            text = f"photo {self._seen + 1}/{self._photos}  {text}"
        if left is not None:
            text += f"  {_duration(left)} left"
        if self._task is None:
            self._task = self._bar.add_task(name, text=text)
            self._bar.start()
        self._bar.update(self._task, description=name, completed=done, total=total, text=text)

    def _show_download(self, event: Progress) -> None:
        text = readable_size(event.done)
        if event.total:
            text += f" of {readable_size(event.total)}"
        if self._download is None:
            self._download = self._bar.add_task(event.name, text=text)
            self._bar.start()
        self._bar.update(
            self._download,
            description=event.name,
            completed=event.done,
            total=event.total,
            text=text,
            visible=event.done != event.total,
        )

    def _line(self, text: str, style: str = "") -> None:
        self._console.print(text, style=style, markup=False)


def _name(source: Path | None) -> str:
    return source.name if source else "standard input"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, hours = seconds / 60, seconds / 3600
    return f"{minutes:.0f} min" if minutes < 90 else f"{hours:.1f} h"
