"""What restoring a photo takes: seconds, and main memory beyond what was held before."""

from __future__ import annotations

import ctypes
import threading
import time
from contextlib import contextmanager, suppress
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
    """The most bytes of main memory that the program held beyond ``held``."""


def memory_held() -> int:
    """Bytes of main memory that the program holds, once what it no longer needs is given back."""
    import gc

    import psutil

    gc.collect()
    # Where there is glibc: what a model before this one has freed would hide what this one takes.
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    return psutil.Process().memory_info().rss


@contextmanager
def measured_cost(held: int = 0) -> Generator[Cost]:
    """Measures the work in its block.

    Args:
        held: What :func:`memory_held` was before the model was loaded; 0 counts the program too.

    The system's own record of the peak cannot be reset on every system, and would tell each photo
    the peak of the largest one before it: a thread looks instead.
    """
    cost, ended = Cost(), threading.Event()
    watch = threading.Thread(target=_look, args=(cost, ended, held), daemon=True)
    watch.start()
    began = time.perf_counter()
    try:
        yield cost
    finally:
        cost.seconds = time.perf_counter() - began
        ended.set()
        watch.join()


def _look(cost: Cost, ended: threading.Event, held: int) -> None:
    import psutil

    program = psutil.Process()
    looking = True
    while looking:
        looking = not ended.wait(PERIOD)
        cost.memory = max(cost.memory, program.memory_info().rss - held)
