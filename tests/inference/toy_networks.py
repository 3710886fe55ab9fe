"""Networks of a line or two, made to do one thing wrong, or nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restorekit.contracts import Network
from restorekit.inference.restorer import NetworkRestorer

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.contracts import Image, Precision

CPU = torch.device("cpu")


class Toy(nn.Module):
    """``work`` on a tensor, and nearest-neighbour enlargement."""

    def __init__(self, work: Callable[[Tensor], Tensor], scale: int = 1) -> None:
        super().__init__()
        self.work, self.scale = work, scale
        self.gain = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        x = self.work(x * self.gain)
        return x.repeat_interleave(self.scale, 2).repeat_interleave(self.scale, 3)


def blurred(x: Tensor) -> Tensor:
    """A mean over 3 x 3 pixels: local, so that tiles can be compared with the whole."""
    return F.avg_pool2d(x, 3, stride=1, padding=1)


def network(
    work: Callable[[Tensor], Tensor] = blurred, *, scale: int = 1, channels: int = 3, **facts: Any
) -> Network:
    known: dict[str, Any] = {"receptive_field": 1, "overlap": 8, "tile": 0, **facts}
    return Network(
        module=Toy(work, scale), architecture="toy", scale=scale, channels=channels, **known
    )


def restorer(
    made: Network,
    *,
    tile: int | None = None,
    precision: Precision = "fp32",
    notes: list[str] | None = None,
) -> NetworkRestorer:
    on_note = None if notes is None else notes.append
    return NetworkRestorer(
        made, name="toy", device=CPU, precision=precision, tile=tile, on_note=on_note
    )


def whole(made: NetworkRestorer, image: Image, **options: Any) -> Any:
    """The result in one piece."""
    import numpy as np

    return np.concatenate([band.rows for band in made.bands(image, **options)])
