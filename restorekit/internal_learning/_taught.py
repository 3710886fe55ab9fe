"""A network that has learned inside one photo, ready to be run on it tile by tile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from restorekit.architectures._convolutions import initialise
from restorekit.architectures.vdsr import VDSR
from restorekit.contracts import Network, Size
from restorekit.inference.device import has_fast_bfloat16
from restorekit.internal_learning._enlarging import Degrading, Enlarging, enlarged
from restorekit.internal_learning._examples import (
    Crops,
    at_many_sizes,
    example,
    noise_lacking,
    windows,
)
from restorekit.internal_learning._learning import learn
from restorekit.internal_learning._lesson import SMALLEST, Lesson

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.contracts import Image


def taught(
    image: Image,
    lesson: Lesson,
    device: torch.device,
    *,
    overlap: int,
    on_iteration: Callable[[int, int], object],
) -> Network:
    """The network that enlarges ``image``, and no other photo.

    Args:
        image: ``(H, W, 1 or 3)`` float32 in ``[0, 1]``.
        lesson: What is learned from it.
        device: Where.
        overlap: That the network's tiles are to have.
        on_iteration: Told the number of the step, from 0, and how many of its iterations are done.
    """
    draw = torch.Generator().manual_seed(lesson.seed)
    # On other devices a network as small as this one is not slow.
    in_bfloat16 = device.type == "cpu" and has_fast_bfloat16(device)
    network = untrained(lesson, image.shape[2], draw).to(device)
    known = windows(image)
    fathers = [it for part in known for it in at_many_sizes(part, SMALLEST)]
    steps = lesson.steps(Size(*image.shape[:2]))
    for number, scale in enumerate(steps):
        crops = Crops(
            [example(it, scale, lesson.psf) for it in fathers],
            side=lesson.budget.crop,
            noise=noise_lacking(lesson.noise, lesson.scale, lesson.psf),
            draw=draw,
        )
        learn(
            network,
            crops,
            lesson.budget,
            in_bfloat16=in_bfloat16,
            on_iteration=lambda done, number=number: on_iteration(number, done),
        )
        if number + 1 < len(steps):
            enlarging = Enlarging(network, scale, Degrading(), rounds=lesson.rounds)
            fathers += [enlarged(it, enlarging) for it in known]
    module = Enlarging(
        network, lesson.scale, Degrading(lesson.psf), rounds=lesson.rounds, in_bfloat16=in_bfloat16
    )
    return Network(
        module=module,
        architecture="zssr",
        scale=lesson.scale,
        channels=image.shape[2],
        # Back-projection reaches further, and less with every round.
        receptive_field=None,
        overlap=overlap,
        precisions=frozenset({"fp32"}),
    )


def untrained(lesson: Lesson, channels: int, draw: torch.Generator) -> nn.Module:
    """The network before it learns: one that changes nothing.

    VDSR's, of section 3.1 without its depth: He's weights, but nothing in the last layer.
    """
    budget = lesson.budget
    network = VDSR(budget.features, budget.convolutions, channels)
    for layer in network.layers:
        initialise(layer, nn.init.kaiming_normal_, nonlinearity="relu", generator=draw)
    initialise(network.layers[-1], nn.init.zeros_)
    return network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
