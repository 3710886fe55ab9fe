"""Places where photos wait between threads: few, bounded, and all of them woken by one stop."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

T = TypeVar("T")


class Stopped(BaseException):
    """Unwinds a thread of a batch that was stopped; no ``except Exception`` may swallow it."""


class Crossing:
    """The one lock that the stages of a batch share."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._stopped = False

    def stop(self) -> None:
        """Wake everyone who waits; from now on whoever comes here is unwound by Stopped."""
        with self._condition:
            self._stopped = True
            self._condition.notify_all()

    def check(self) -> None:
        """Raise Stopped if the batch was stopped."""
        if self._stopped:
            raise Stopped

    @contextmanager
    def when(self, ready: Callable[[], bool]) -> Generator[None]:
        """Hold the lock, entered once ``ready()`` is true; what changes inside wakes the others.

        Raises:
            Stopped: The batch was stopped.
        """
        with self._condition:
            self._condition.wait_for(lambda: self._stopped or ready())
            self.check()
            yield
            self._condition.notify_all()


class Handover(Generic[T]):
    """Room for one item between two stages.

    Args:
        crossing: The batch's lock.
        senders: How many threads put items here; when all have left, it is closed.
    """

    def __init__(self, crossing: Crossing, senders: int = 1) -> None:
        self._crossing = crossing
        self._items: list[T] = []
        self._senders = senders

    def wait_for_room(self) -> None:
        """Come back when nothing waits here."""
        with self._crossing.when(lambda: not self._items):
            pass

    def put(self, item: T) -> None:
        """Leave ``item`` here, once there is room."""
        with self._crossing.when(lambda: not self._items):
            self._items.append(item)

    def get(self) -> T | None:
        """Take the item, once there is one; None when all senders have left."""
        with self._crossing.when(lambda: bool(self._items) or not self._senders):
            return self._items.pop() if self._items else None

    def leave(self) -> None:
        """One sender will put nothing more."""
        with self._crossing.when(lambda: True):
            self._senders -= 1


class Budget:
    """Memory that the photos in flight share.

    Args:
        crossing: The batch's lock.
        limit: In bytes. A photo that needs more is let in when it is alone.
    """

    def __init__(self, crossing: Crossing, limit: int) -> None:
        self._crossing = crossing
        self.limit = limit
        self._held = 0

    def take(self, amount: int) -> None:
        """Reserve ``amount`` bytes, once they are free or nobody holds any."""
        with self._crossing.when(lambda: not self._held or self._held + amount <= self.limit):
            self._held += amount

    def give_back(self, amount: int) -> None:
        """Free ``amount`` bytes."""
        with self._crossing.when(lambda: True):
            self._held -= amount
