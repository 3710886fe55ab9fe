"""What a program hears of a run: one JSON object a line on standard output."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from restorekit.zoo.events import Notice

if TYPE_CHECKING:
    from restorekit.batch.estimate import Estimate
    from restorekit.batch.events import Event
    from restorekit.contracts import Size
    from restorekit.zoo.events import Event as WeightsEvent


class JsonReporter:
    """Events as they come; the key ``event`` tells what each is."""

    def photos(self, event: Event) -> None:
        """What happens to the photos."""
        self.line(event.as_dict())

    def weights(self, event: WeightsEvent) -> None:
        """What happens to the weights."""
        if isinstance(event, Notice):
            self.note(event.text)
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
                    "target": str(forecast.job.target or "-"),
                    "size": _sides(forecast.size),
                    "result_size": _sides(predicted.result_size),
                    "tiles": predicted.tiles,
                    "memory": predicted.memory,
                    "seconds": _rounded(predicted.seconds),
                }
            )
        for job in found.skipped:
            self.line({"event": "would_skip", "source": str(job.source), "target": str(job.target)})
        for failure in found.failed:
            self.line({**failure.as_dict(), "event": "would_fail"})
        counts = {
            "photos": len(found.forecasts),
            "skipped": len(found.skipped),
            "failed": len(found.failed),
        }
        total = {"tiles": found.tiles, "memory": found.memory, "seconds": _rounded(found.seconds)}
        self.line({"event": "estimate", **counts, **total})
        return 1 if found.failed else 0

    def note(self, text: str) -> None:
        """A line that is no event of its own."""
        self.line({"event": "notice", "text": text})

    @staticmethod
    def line(values: dict[str, Any]) -> None:
        """One object on one line."""
        print(json.dumps(values), flush=True)


def _sides(size: Size) -> dict[str, int]:
    return {"width": size.width, "height": size.height}


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
