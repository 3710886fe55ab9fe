"""What a person sees of a run: lines and a progress bar on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.batch import events
from restorekit.zoo.events import Notice, Progress, readable_size

if TYPE_CHECKING:
    from pathlib import Path

    from rich.progress import TaskID

    from restorekit.batch.estimate import Estimate
    from restorekit.zoo.events import Event as WeightsEvent


class LineReporter:
    """A line for each result, the failures at the end; the bar only where it can be redrawn."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[text]}", markup=False),
            console=self._console,
            transient=True,
            disable=not self._console.is_interactive,
        )
        self._task: TaskID | None = None
        self._download: TaskID | None = None
        self._photos = 0
        self._seen = 0
        self._failed: list[str] = []

    def close(self) -> None:
        """Takes the bar away."""
        if not self._bar.disable:
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
            self._done(event)
        elif isinstance(event, events.Skipped):
            self._seen += 1
            self._line(f"{event.target}  done before")
        elif isinstance(event, events.Failed):
            self._failed.append(event.message)
        elif isinstance(event, events.BatchFinished):
            self._finish(event)
        elif event.kind == "ready":
            described = event.as_dict()
            described.pop("event")
            self._line("  ".join(f"{key} {value}" for key, value in described.items()))

    def expect(self, photos: int) -> None:
        """How many photos will be measured."""
        self._photos = photos

    def measured(self, name: str) -> None:
        """One more is."""
        self._show(name, self._seen + 1, self._photos, None)
        self._seen += 1

    def estimate(self, found: Estimate) -> int:
        """What would be done; the exit status."""
        for forecast in found.forecasts:
            predicted = forecast.prediction
            self._line(
                f"{forecast.job.source} -> {_target(forecast.job.target)}  "
                f"{forecast.size} -> {predicted.result_size}  "
                f"{counted(predicted.tiles, 'tile')}  {readable_size(predicted.memory)}  "
                f"{_UNKNOWN if predicted.seconds is None else _duration(predicted.seconds)}"
            )
        counts = {"done before": len(found.skipped), "would fail": len(found.failed)}
        parts = [counted(len(found.forecasts), "photo") + " to do"]
        parts += [f"{count} {name}" for name, count in counts.items() if count]
        if found.forecasts:
            parts.append(
                f"at most {readable_size(found.memory)} of memory beside the program itself"
            )
            seconds = found.seconds
            parts.append(_UNKNOWN if seconds is None else f"about {_duration(seconds)}")
        self._line(", ".join(parts))
        for disk in found.disks:
            room = f"about {readable_size(disk.needed)} of {readable_size(disk.free)} free"
            self._line(f"disk {disk.folder}: {room}", style="" if disk.suffices else "red")
        for failure in found.failed:
            self._line(f"would fail: {failure.message}", style="red")
        return 1 if found.failed else 0

    def _done(self, event: events.Done) -> None:
        self._seen += 1
        sizes = f"{event.size} -> {event.result_size}"
        self._line(f"{_target(event.target)}  {sizes}  {event.seconds:.1f} s")
        for note in event.notes:
            self._line(f"  {note}")

    def _finish(self, event: events.BatchFinished) -> None:
        self.close()
        others = counted(event.ignored, "other file") if event.ignored else ""
        counts = {
            "done": event.done,
            "done before": event.skipped,
            "failed": event.failed,
            "not reached": event.left,
        }
        if sum(counts.values()) > 1 or event.left:
            told = [f"{count} {name}" for name, count in counts.items() if count]
            told += [others] * bool(others)
            self._line(f"{', '.join(told)} in {_duration(event.seconds)}")
        for message in self._failed:
            self._line(f"failed: {message}", style="red")

    def _show(self, name: str, done: int, total: int, left: float | None) -> None:
        parts = [f"tile {done}/{total}"] if total > 1 else []
        if self._photos > 1:
            reached = min(self._seen + len(self._failed) + 1, self._photos)
            parts.insert(0, f"photo {reached}/{self._photos}")
        if self._failed:
            parts.append(f"{len(self._failed)} failed")
        if left is not None:
            parts.append(f"{_duration(left)} left")
        text = "  ".join(parts)
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


def counted(number: int, thing: str) -> str:
    """Such as ``1 photo`` or ``2 photos``."""
    return f"{number} {thing}" + "s" * (number != 1)


def _name(source: Path | None) -> str:
    return source.name if source else "standard input"


def _target(target: Path | None) -> str:
    return str(target) if target else "standard output"


_UNKNOWN = "time unknown"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    minutes, hours = seconds / 60, seconds / 3600
    return f"{minutes:.0f} min" if minutes < 90 else f"{hours:.1f} h"
