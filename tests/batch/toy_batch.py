"""A batch of toy photos: text files ``WIDTHxHEIGHT words``; restoring them makes the words large.

Run as a program it restores a folder and prints one JSON event a line, so that it can be killed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorekit.batch.plan import plan
from restorekit.batch.run import Report, run
from restorekit.batch.stages import Saved, Stages
from restorekit.contracts import Size
from restorekit.errors import PhotoError

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.batch.events import Event
    from restorekit.batch.jobs import Plan
    from restorekit.contracts import OnTile


@dataclass(eq=False)
class Toy:
    size: Size
    words: str


def write_toy(path: Path, words: str = "quiet", size: str = "4x3") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{size} {words}", encoding="utf-8")
    return path


def measure(path: Path) -> Size:
    width, height = path.read_text(encoding="utf-8").split()[0].split("x")
    return Size(int(height), int(width))


def load(path: Path | None) -> Toy:
    assert path is not None
    text = path.read_text(encoding="utf-8")
    if "x" not in text:
        raise PhotoError(f"{path}: not a toy")
    return Toy(measure(path), text.split(maxsplit=1)[1])


def restore(toy: Toy, on_tile: OnTile) -> Toy:
    for tile in range(1, 5):
        on_tile(tile, 4)
    return Toy(Size(toy.size.height * 2, toy.size.width * 2), toy.words.upper())


def save(toy: Toy, target: Path | None, *, pause: float = 0.0) -> Saved:
    assert target is not None
    part = target.with_name(f".{target.name}.part")
    with part.open("w", encoding="utf-8") as file:
        for letter in f"{toy.size} {toy.words}":
            file.write(letter)
            file.flush()
            time.sleep(pause)
    part.replace(target)
    return Saved(toy.size)


def toy_stages(**changed: object) -> Stages[Toy, Toy]:
    functions = {"measure": measure, "load": load, "workers": [restore], "save": save}
    return Stages(**{"memory": lambda size: 1, **functions, **changed})  # type: ignore[arg-type]


def plan_toys(*inputs: object, **options: object) -> Plan:
    settings = {"suffix": "_x2", "suffix_for": lambda source: source.suffix, **options}
    return plan([str(it) for it in inputs], **settings)  # type: ignore[arg-type]


def run_toys(the_plan: Plan, stages: Stages[Toy, Toy] | None = None, **options: object) -> Report:
    settings = {"options": "x2", "memory_limit": 10**9, **options}
    return run(the_plan, stages or toy_stages(), **settings)  # type: ignore[arg-type]


def names(events: object) -> list[str]:
    return sorted(it.source.name for it in events)  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("output")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--tile-pause", type=float, default=0.0)
    parser.add_argument("--save-pause", type=float, default=0.0)
    options = parser.parse_args()

    def slow(toy: Toy, on_tile: OnTile) -> Toy:
        for tile in range(1, 5):
            time.sleep(options.tile_pause)
            on_tile(tile, 4)
        return restore(toy, lambda *_: None)

    def slow_save(toy: Toy, target: Path | None) -> Saved:
        tell({"event": "saving", "target": str(target)})
        return save(toy, target, pause=options.save_pause)

    def tell(record: dict[str, object]) -> None:
        sys.stdout.write(json.dumps(record) + "\n")
        sys.stdout.flush()

    def on_event(event: Event) -> None:
        tell(event.as_dict())

    report = run_toys(
        plan_toys(options.folder, output=options.output),
        toy_stages(workers=[slow], save=slow_save),
        resume=options.resume,
        on_event=on_event,
    )
    sys.exit(report.exit_status)


if __name__ == "__main__":
    main()
