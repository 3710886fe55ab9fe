"""``restorekit enhance``: photos, without rain, haze or darkness, or retouched."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from restorekit.cli.restoring import SharedOptions, with_shared_options

EXAMPLES = """\b
Examples:
  restorekit enhance photo.jpg --task dehaze              writes photo_dehazed.jpg beside it
  restorekit enhance night/ -r -o day/ -t lowlight        a folder with all that is in it
  restorekit enhance photo.jpg -t retouch --strength 0.5  half of the change
  restorekit enhance room.jpg -m maxim-dehazing-indoor    a model, which tells the task

\b
Rain is taken out in tiles of 320 pixels (--tile). The other networks see the whole
photo at once, its longer side at 768 pixels (--tile; 0: at its own size), and the
photo's colours follow what they changed."""


class TaskName(str, Enum):
    """What ``--task`` takes."""

    derain = "derain"
    dehaze = "dehaze"
    lowlight = "lowlight"
    retouch = "retouch"


@with_shared_options
def enhance(
    shared: SharedOptions,
    *,
    task: Annotated[
        TaskName | None,
        typer.Option("--task", "-t", help="What to do; not needed where --model tells it."),
    ] = None,
) -> None:
    """Take rain, haze or darkness out of photos, or retouch their colours."""
    from restorekit.tasks.enhance import Enhancing

    shared.restore(
        Enhancing(
            task=None if task is None else task.value,
            model=shared.model,
            finishing=shared.finishing,
            weights=shared.weights,
            devices=shared.devices,
        )
    )
