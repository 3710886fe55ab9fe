"""Runs a plan: the one door to the threads behind it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorekit.batch.events import BatchFinished, BatchStarted, Done, Event, Failed, Skipped
from restorekit.batch.ledger import Ledger
from restorekit.batch.pipeline import Pipeline
from restorekit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.batch.jobs import Plan
    from restorekit.batch.stages import P, R, Stages


@dataclass(frozen=True)
class Report:
    """How a batch ended."""

    done: tuple[Done, ...]
    skipped: tuple[Skipped, ...]
    failed: tuple[Failed, ...]
    left: int
    """Photos that were not reached, the batch being interrupted or stopped on a failure."""
    ignored: int
    """Files among the inputs that are no photos."""
    seconds: float
    interrupted: bool = False
    """Whether Ctrl-C ended it."""

    @property
    def exit_status(self) -> int:
        """0: every photo is done; 1: some failed or were not reached; 130: interrupted."""
        if self.interrupted:
            return 130
        return 1 if self.failed or self.left else 0


def run(
    plan: Plan,
    stages: Stages[P, R],
    *,
    options: str,
    memory_limit: int,
    resume: bool = False,
    overwrite: bool = False,
    fail_fast: bool = False,
    on_event: Callable[[Event], None] = lambda _: None,
) -> Report:
    """Restore every photo of ``plan``; one that fails does not stop the others.

    Ctrl-C stops at the next tile: what is being written is finished, nothing else is begun, and
    the report tells how far it came.

    Args:
        plan: What becomes what.
        stages: How a photo is decoded, restored and written.
        options: ``fingerprint`` of all that decides the pixels.
        memory_limit: Bytes that the photos in flight may hold together, as told by
            ``stages.memory``; a photo that needs more is worked on alone.
        resume: Whether to skip what the journal knows as done, and to redo what has changed.
        overwrite: Whether files that no earlier run left there may be replaced.
        fail_fast: Whether the first failure stops the batch as Ctrl-C does.
        on_event: Hears what happens, in the thread that called ``run``. What it raises stops the
            batch and comes out of ``run``.

    Raises:
        UsageError: ``stages`` has no worker.
        OutputError: A journal is there that cannot be read.
    """
    if plan.jobs and not stages.workers:
        raise UsageError("a batch needs a device to run on", got="none")
    began = time.monotonic()
    ledger = Ledger(plan.jobs, options=options, resume=resume, overwrite=overwrite)
    pipeline = Pipeline(plan.jobs, stages, ledger, memory_limit=memory_limit, fail_fast=fail_fast)
    if fail_fast and plan.failed:
        pipeline.stop()
    interrupted = _listen(plan, pipeline, on_event)
    report = _report(plan, pipeline, time.monotonic() - began, interrupted=interrupted)
    counts = (len(report.done), len(report.skipped), len(report.failed))
    on_event(BatchFinished(*counts, report.left, report.ignored, report.seconds))
    return report


def _listen(plan: Plan, pipeline: Pipeline[P, R], on_event: Callable[[Event], None]) -> bool:
    """Run ``pipeline`` to its end; whether that was an early one, by Ctrl-C."""
    interrupted = False
    try:
        on_event(BatchStarted(len(plan.jobs), plan.ignored))
        for failure in plan.failed:
            on_event(failure)
        pipeline.start()
        for event in pipeline.events():
            on_event(event)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        pipeline.stop()
        pipeline.join()
    for event in pipeline.events() if interrupted else ():
        on_event(event)
    return interrupted


def _report(plan: Plan, pipeline: Pipeline[P, R], seconds: float, *, interrupted: bool) -> Report:
    outcomes = pipeline.outcomes
    return Report(
        done=tuple(it for it in outcomes if isinstance(it, Done)),
        skipped=tuple(it for it in outcomes if isinstance(it, Skipped)),
        failed=(*plan.failed, *(it for it in outcomes if isinstance(it, Failed))),
        left=len(plan.jobs) - len(outcomes),
        ignored=plan.ignored,
        seconds=seconds,
        interrupted=interrupted,
    )
