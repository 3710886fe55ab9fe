"""Time left, estimated from pixels: ten thumbnails are not ten panoramas."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Progress:
    """How many pixels of a batch are restored, and how many are to come.

    Photos are numbered from 0. All methods may be called from any thread.

    Args:
        photos: How many photos the batch has.
        clock: Gives seconds.
    """

    def __init__(self, photos: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pixels = [0] * photos
        self._shares = [0.0] * photos
        self._unknown = set(range(photos))
        self._dropped: set[int] = set()
        self._total = 0.0
        self._done = 0.0
        self._began: float | None = None

    def measured(self, photo: int, pixels: int) -> None:
        """``photo`` has so many pixels; the last word counts."""
        with self._lock:
            if photo not in self._dropped:
                self._unknown.discard(photo)
                self._resize(photo, pixels)

    def begin(self) -> None:
        """The first photo is taken in hand: from now on time counts."""
        with self._lock:
            if self._began is None:
                self._began = self._clock()

    def advance(self, photo: int, share: float) -> None:
        """``photo`` is restored to a ``share`` of 0 to 1."""
        with self._lock:
            self._done += self._pixels[photo] * (share - self._shares[photo])
            self._shares[photo] = share

    def drop(self, photo: int) -> None:
        """``photo`` failed or was skipped: it is neither work done nor work to come."""
        with self._lock:
            self._dropped.add(photo)
            self._unknown.discard(photo)
            self._resize(photo, 0)

    def seconds_left(self) -> float | None:
        """At the pace so far; None while sizes are unknown or nothing is done."""
        with self._lock:
            if self._unknown or self._began is None or self._done <= 0:
                return None
            elapsed = self._clock() - self._began
            return max(0.0, elapsed * (self._total - self._done) / self._done)

    def _resize(self, photo: int, pixels: int) -> None:
        more = pixels - self._pixels[photo]
        self._pixels[photo] = pixels
        self._total += more
        self._done += more * self._shares[photo]
