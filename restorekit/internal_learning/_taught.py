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
    WINDOW,
    Crops,
    Example,
    at_many_sizes,
    example,
    noise_lacking,
    windows,
)
from restorekit.internal_learning._learning import learn
from restorekit.internal_learning._lesson import SMALLEST, Budget, Lesson

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    network = untrained(lesson.budget, image.shape[2], draw).to(device)
    # On other devices a network as small as this one is not slow.
    in_bfloat16 = device.type == "cpu" and has_fast_bfloat16(device)
    fathers = [it for part in windows(image) for it in at_many_sizes(part, SMALLEST)]
    found: list[Image] = []
    enlarging = _enlarging(network, lesson, lesson.scale, in_bfloat16=in_bfloat16)
    for number, scale in enumerate(lesson.steps(Size(*image.shape[:2]))):
        crops = Crops(_examples(fathers, found, lesson, scale), side=lesson.budget.crop, draw=draw)
        learn(
            network,
            crops,
            lesson.budget,
            in_bfloat16=in_bfloat16,
            on_iteration=lambda done, number=number: on_iteration(number, done),
        )
        enlarging = _enlarging(network, lesson, scale, in_bfloat16=in_bfloat16)
        if scale < lesson.scale:
            # Of what is found no more is kept than of the photo.
            parts = windows(image, int(WINDOW / scale))
            found += [enlarged(it, enlarging) for it in parts]
    return Network(
        module=enlarging,
        architecture="zssr",
        scale=lesson.scale,
        channels=image.shape[2],
        # Back-projection reaches further, and less with every round.
        receptive_field=None,
        overlap=overlap,
        precisions=frozenset({"fp32"}),
    )


def _examples(
    fathers: Sequence[Image], found: Sequence[Image], lesson: Lesson, scale: float
) -> list[Example]:
    """Of the photo, and of what was found at smaller scales, which has no noise."""
    kernel = lesson.kernel_at(scale)
    lacking = noise_lacking(lesson.noise, scale, kernel)
    return [
        *(example(it, scale, kernel, lacking) for it in fathers),
        *(example(it, scale, kernel, lesson.noise) for it in found),
    ]


def _enlarging(network: nn.Module, lesson: Lesson, scale: float, *, in_bfloat16: bool) -> Enlarging:
    degrading = Degrading(lesson.kernel_at(scale))
    device = next(network.parameters()).device
    return Enlarging(
        network, scale, degrading.to(device), rounds=lesson.rounds, in_bfloat16=in_bfloat16
    )


def untrained(budget: Budget, channels: int, draw: torch.Generator) -> nn.Module:
    """The network before it learns: one that changes nothing.

    VDSR's, of section 3.1 without its depth: He's weights, but nothing in the last layer.
    """
    network = VDSR(budget.features, budget.convolutions, channels)
    for layer in network.layers:
        initialise(layer, nn.init.kaiming_normal_, nonlinearity="relu", generator=draw)
    initialise(network.layers[-1], nn.init.zeros_)
    return network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
