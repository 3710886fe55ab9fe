"""What restoring a photo takes: seconds, and main memory at its highest."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

PERIOD = 0.005
"""Seconds between two looks at the memory; what lives shorter may be missed."""


@dataclass
class Cost:
    """What some work took; known when it has ended."""

    seconds: float = 0.0
    memory: int = 0
    """The most bytes of main memory that the program held, its libraries and weights included."""


@contextmanager
def measured_cost() -> Generator[Cost]:
    """Measures the work in its block.

    The system's own record of the peak cannot be reset on every system, and would tell each photo
    the peak of the largest one before it: a thread looks instead.
    """
    cost, ended = Cost(), threading.Event()
    watch = threading.Thread(target=_look, args=(cost, ended), daemon=True)
    watch.start()
    began = time.perf_counter()
    try:
        yield cost
    finally:
        cost.seconds = time.perf_counter() - began
        ended.set()
        watch.join()


def _look(cost: Cost, ended: threading.Event) -> None:
    import psutil

    program = psutil.Process()
    looking = True
    while looking:
        looking = not ended.wait(PERIOD)
        cost.memory = max(cost.memory, program.memory_info().rss)
