"""DISTS: structure and texture in one figure.

With the features of VGG16 whose max-pooling is replaced by the root of a weighted mean of squares,
and of each channel of each layer, the photo itself included, the means m, variances v and the
covariance c over all pixels::

    DISTS = 1 - sum of (alpha (2 m_x m_y + C) / (m_x² + m_y² + C)
                        + beta (2 c_xy + C) / (v_x + v_y + C)),  C = 1e-6

The authors fitted alpha and beta, which sum to 1 together, to people's judgement; two pieces of the
same texture are near each other, whatever their pixels say. The photo is measured at its own size:
the authors' script first shrinks it to a short side of 256.

K. Ding, K. Ma, S. Wang, E. P. Simoncelli, Image quality assessment: unifying structure and texture
similarity, IEEE Transactions on Pattern Analysis and Machine Intelligence 44 (2022).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from restorekit.metrics._features import features
from restorekit.metrics._measure import FullReference
from restorekit.metrics._weights import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch

    from restorekit.contracts import AnyRows

C = 1e-6
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's RGB, with which VGG16 was trained."""


class Network(NamedTuple):
    """VGG16 as DISTS has it, and what the authors fitted."""

    stages: tuple[torch.nn.Sequential, ...]
    """Each ends before a pooling of VGG16."""
    alpha: torch.Tensor
    """``(1475,)`` float64, one for each channel of the photo and of the stages."""
    beta: torch.Tensor
    """The same; both together sum to 1."""


def load(files: Mapping[str, Path]) -> Callable[[AnyRows, AnyRows], float]:
    """DISTS with the VGG16 in the file called ``vgg16``.

    Raises:
        CheckpointError: It holds something else than torchvision's ``features.*``.
    """
    return partial(dists, network(files["vgg16"]))


def network(path: Path) -> Network:
    """The network, with the tensors of a file; see :func:`load`."""
    import torch
    from torchmetrics.functional.image import dists as library
    from torchvision.models import vgg16

    with torch.device("meta"):
        layers = vgg16(weights=None).features
    fill(layers, path, {own: f"features.{own}" for own in layers.state_dict()})
    stages: list[list[torch.nn.Module]] = [[]]
    channels = 3
    for layer in layers.children():
        if isinstance(layer, torch.nn.MaxPool2d):
            stages.append([library.L2pooling(channels=channels)])
        else:
            channels = getattr(layer, "out_channels", channels)
            stages[-1].append(layer)
    # torchmetrics can only build the whole network by downloading VGG16.
    fitted = torch.load(
        Path(library.__file__).parent / "dists_models/weights.pt",
        map_location="cpu",
        weights_only=True,
    )
    alpha, beta = (fitted[name].detach().double().flatten() for name in ("alpha", "beta"))
    total = alpha.sum() + beta.sum()
    # The last pooling begins no stage: it is followed by nothing.
    return Network(
        tuple(torch.nn.Sequential(*stage) for stage in stages[:-1]), alpha / total, beta / total
    )


def dists(network: Network, restored: AnyRows, reference: AnyRows) -> float:
    """The distance, 0 for equal photos and about 0.5 for photos that share nothing.

    Args:
        network: As :func:`network` gives it.
        restored: ``(H, W, 1 or 3)``.
        reference: The same.
    """
    import torch

    mean, deviation = (torch.tensor(of_rgb).view(1, 3, 1, 1) for of_rgb in (MEAN, DEVIATION))

    def first(picture: torch.Tensor) -> torch.Tensor:
        return network.stages[0]((picture - mean) / deviation)

    stages = [torch.nn.Identity(), first, *network.stages[1:]]
    sums: list[torch.Tensor | float] = [0.0] * len(stages)
    counts = [0] * len(stages)
    with torch.inference_mode():
        for layer, x, y in features(stages, restored, reference):
            sums[layer] = sums[layer] + _sums(x, y)
            counts[layer] += x.shape[2] * x.shape[3]
        moments = [total / count for total, count in zip(sums, counts, strict=True)]
        return _distance(torch.cat([torch.as_tensor(it) for it in moments], dim=1), network)


def _sums(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """``(5, C)`` float64: sums of x, y, x², y² and x y over the pixels of each channel."""
    import torch

    return torch.stack(
        [it.sum((0, 2, 3), dtype=torch.float64) for it in (x, y, x * x, y * y, x * y)]
    )


def _distance(moments: torch.Tensor, network: Network) -> float:
    """The figure from ``(5, 1475)`` means as of :func:`_sums`."""
    mean_x, mean_y, square_x, square_y, product = moments
    texture = (2 * mean_x * mean_y + C) / (mean_x**2 + mean_y**2 + C)
    variances = square_x - mean_x**2 + square_y - mean_y**2
    structure = (2 * (product - mean_x * mean_y) + C) / (variances + C)
    return 1 - float((network.alpha * texture + network.beta * structure).sum())


METRIC = FullReference(
    "dists",
    title="distance of structure and texture",
    better="lower",
    load=load,
    sees="rgb",
    weights=("vgg16",),
    smallest=16,
)
