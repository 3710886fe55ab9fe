"""The threads of a batch: one reads, one for each device restores, one writes.

While a photo is restored the next one is decoded and the one before is written. Between two
stages waits one photo at the most, and all photos in flight share one budget of memory.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic

from restorekit.batch.events import Decoded, Done, Event, Failed, Skipped, Started, TileDone
from restorekit.batch.handover import Budget, Crossing, Handover, Stopped
from restorekit.batch.progress import Progress
from restorekit.batch.stages import P, R
from restorekit.contracts import Size
from restorekit.errors import RestorekitError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from restorekit.batch.jobs import Job
    from restorekit.batch.journal import Content
    from restorekit.batch.ledger import Ledger
    from restorekit.batch.stages import Stages
    from restorekit.contracts import OnTile

_NO_SIZE = Size(0, 0)
_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.2
"""How long a wait lasts at the most where the system lets no Ctrl-C through while waiting."""
_JOIN_SECONDS = 1.0
"""How long a stopped batch waits for threads that are inside of a decoder or of one tile."""


@dataclass
class _Ticket:
    """What goes with a photo from stage to stage."""

    number: int
    job: Job
    content: Content | None = None
    size: Size = _NO_SIZE
    memory: int = 0
    seconds: float = 0.0

    @contextmanager
    def timed(self) -> Generator[None]:
        began = time.monotonic()
        yield
        self.seconds += time.monotonic() - began


class Pipeline(Generic[P, R]):
    """One run of ``jobs`` through ``stages``.

    Args:
        jobs: In the order in which they are begun.
        stages: What is done with each.
        ledger: Which need not be done.
        memory_limit: Bytes that the photos in flight may hold together; one is always let in.
        fail_fast: Whether the first failure stops everything.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        stages: Stages[P, R],
        ledger: Ledger,
        *,
        memory_limit: int,
        fail_fast: bool = False,
    ) -> None:
        self.outcomes: list[Done | Skipped | Failed] = []
        self._jobs = jobs
        self._stages = stages
        self._ledger = ledger
        self._fail_fast = fail_fast
        self._crossing = Crossing()
        self._budget = Budget(self._crossing, memory_limit)
        self._decoded: Handover[tuple[_Ticket, P]] = Handover(self._crossing)
        self._restored: Handover[tuple[_Ticket, R]] = Handover(
            self._crossing, senders=len(stages.workers)
        )
        self._progress = Progress(len(jobs))
        self._events: SimpleQueue[Event | None] = SimpleQueue()
        self._threads = [self._thread(self._survey), self._thread(self._read_all)]
        self._threads += [self._thread(self._restore_all, restore) for restore in stages.workers]
        # Not a daemon: Python must not end in the middle of a file.
        self._writer = threading.Thread(target=self._write_all, name="batch-write")

    def start(self) -> None:
        """Start all threads."""
        for thread in (*self._threads, self._writer):
            thread.start()

    def events(self) -> Iterator[Event]:
        """What happens, until the last result is written or, after ``stop``, the one in work."""
        alive = True
        while alive:
            alive = self._writer.is_alive()
            with suppress(Empty):
                while (event := self._events.get(timeout=_POLL_SECONDS)) is not None:
                    yield event
                return

    def stop(self) -> None:
        """Begin nothing more. What is being written is written to its end."""
        self._crossing.stop()

    def join(self) -> None:
        """Wait for the writer, and a moment for the others, which leave nothing behind."""
        if self._writer.ident is not None:
            self._writer.join()
        deadline = time.monotonic() + _JOIN_SECONDS
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))

    def _thread(self, target: Callable[..., None], *arguments: object) -> threading.Thread:
        name = f"batch-{target.__name__.strip('_')}"
        return threading.Thread(target=target, args=arguments, name=name, daemon=True)

    def _survey(self) -> None:
        with suppress(Stopped):
            for number, job in enumerate(self._jobs):
                self._crossing.check()
                size = self._measure(job)
                self._progress.measured(number, size.height * size.width if size else 0)

    def _read_all(self) -> None:
        with suppress(Stopped):
            for number, job in enumerate(self._jobs):
                self._decoded.wait_for_room()
                self._read(_Ticket(number, job))
            self._decoded.leave()

    def _read(self, ticket: _Ticket) -> None:
        job = ticket.job
        with self._isolated(ticket):
            if self._ledger.is_done(job):
                self._progress.drop(ticket.number)
                self._conclude(Skipped(job.source, job.target))
                return
            self._ledger.check(job)
            size = self._measure(job)
            ticket.memory = self._stages.memory(size) if size else self._budget.limit
            self._budget.take(ticket.memory)
            self._progress.begin()
            self._events.put(Started(job.source))
            with ticket.timed():
                ticket.content = self._ledger.content(job)
                photo = self._stages.load(job.source)
            ticket.size = photo.size
            self._progress.measured(ticket.number, photo.size.height * photo.size.width)
            self._events.put(Decoded(job.source, ticket.size))
            self._decoded.put((ticket, photo))

    def _restore_all(self, restore: Callable[[P, OnTile], R]) -> None:
        with suppress(Stopped):
            while self._restore_next(restore):
                pass
            self._restored.leave()

    def _restore_next(self, restore: Callable[[P, OnTile], R]) -> bool:
        parcel = self._decoded.get()
        if parcel is None:
            return False
        ticket, photo = parcel
        with self._isolated(ticket):
            with ticket.timed():
                result = restore(photo, lambda done, every: self._tile_done(ticket, done, every))
            del parcel, photo  # so that it does not wait in memory beside its own result
            self._progress.advance(ticket.number, 1.0)
            self._restored.put((ticket, result))
        return True

    def _tile_done(self, ticket: _Ticket, done: int, every: int) -> None:
        self._crossing.check()
        self._progress.advance(ticket.number, done / every)
        left = self._progress.seconds_left()
        self._events.put(TileDone(ticket.job.source, done, every, left))

    def _write_all(self) -> None:
        try:
            with suppress(Stopped):
                while self._write_next():
                    pass
        finally:
            self._events.put(None)

    def _write_next(self) -> bool:
        parcel = self._restored.get()
        if parcel is None:
            return False
        ticket, result = parcel
        job = ticket.job
        with self._isolated(ticket):
            self._ledger.check(job)
            if job.target is not None:
                job.target.parent.mkdir(parents=True, exist_ok=True)
            with ticket.timed(), self._ledger.recording(job, ticket.content):
                saved = self._stages.save(result, job.target)
            left = self._progress.seconds_left()
            size, seconds = ticket.size, ticket.seconds
            told = (saved.notes, saved.found)
            self._conclude(Done(job.source, job.target, size, saved.size, seconds, left, *told))
            del parcel, result
            self._budget.give_back(ticket.memory)
        return True

    def _measure(self, job: Job) -> Size | None:
        """The photo's size, or None where the header does not tell; decoding will say why."""
        if job.source is not None:
            with suppress(Exception):
                return self._stages.measure(job.source)
        return None

    @contextmanager
    def _isolated(self, ticket: _Ticket) -> Generator[None]:
        """Whatever goes wrong inside is the failure of this photo and of no other."""
        try:
            yield
        except Stopped:
            raise
        except BaseException as error:  # noqa: BLE001 - a thread must not die and leave its photo
            if not isinstance(error, RestorekitError):
                _log.debug("unexpected error at %s", ticket.job.source, exc_info=True)
            self._progress.drop(ticket.number)
            self._conclude(Failed.because(ticket.job.source, error))
            if self._fail_fast:
                self.stop()
            self._budget.give_back(ticket.memory)

    def _conclude(self, outcome: Done | Skipped | Failed) -> None:
        # Kept here and not by whoever hears the events, who may be interrupted while hearing.
        self.outcomes.append(outcome)
        self._events.put(outcome)
