"""LPIPS over tiles: the networks, heads and normalisation of the authors' library.

With the features f_l of layer l of a network that was trained to name what photos show, each
scaled to length 1 over its channels, and the weights w_l that were fitted to people's judgement::

    LPIPS = sum over l of mean over pixels of w_l . (f_l(restored) - f_l(reference))²

Version 0.1. R. Zhang, P. Isola, A. A. Efros, E. Shechtman, O. Wang, The unreasonable effectiveness
of deep features as a perceptual metric, CVPR (2018).
"""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from restorekit.metrics._features import features
from restorekit.metrics._measure import FullReference
from restorekit.metrics._weights import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch

    from restorekit.contracts import AnyRows

Net = Literal["alex", "vgg", "squeeze"]


def metric(net: Net, *, weights: str, title: str, smallest: int) -> FullReference:
    """The metric ``lpips-NET``.

    Args:
        net: What the library calls the network.
        weights: What the manifest calls it.
        title: What it measures.
        smallest: The least side whose photos all layers have a feature for.
    """
    return FullReference(
        f"lpips-{net}",
        title=title,
        better="lower",
        smallest=smallest,
        sees="rgb",
        weights=(weights,),
        load=partial(_load, net, weights),
    )


def _load(net: Net, weights: str, files: Mapping[str, Path]) -> Callable[[AnyRows, AnyRows], float]:
    return partial(distance, network(net, files[weights]))


def network(net: Net, path: Path) -> Any:
    """The library's ``LPIPS``, with its own heads and the tensors of a file.

    Args:
        net: What the library calls it.
        path: A safetensors file with the ``features.*`` of torchvision's network.

    Raises:
        CheckpointError: It holds something else.
    """
    import torch

    with warnings.catch_warnings():
        # It calls torchvision the old way.
        warnings.simplefilter("ignore")
        import lpips

        # On meta nothing is drawn by chance only to be thrown away: 0.5 GB of it for VGG16.
        with torch.device("meta"):
            found = lpips.LPIPS(net=net, pretrained=False, pnet_rand=True, verbose=False)
    heads = torch.load(
        Path(lpips.__file__).parent / f"weights/v0.1/{net}.pth",
        map_location="cpu",
        weights_only=True,
    )
    lins = torch.nn.ModuleList(found.lins)
    lins.load_state_dict({k.removeprefix("lin"): v for k, v in heads.items()}, assign=True)
    # The library cuts torchvision's one sequence of layers into slices, whose layers keep numbers.
    names = {own: f"features.{own.partition('.')[2]}" for own in found.net.state_dict()}
    fill(found.net, path, names)
    return found.requires_grad_(requires_grad=False).eval()


def distance(network: Any, restored: AnyRows, reference: AnyRows) -> float:
    """The distance that people see, 0 for equal photos; above 0.5 they have little in common.

    Args:
        network: As :func:`network` gives it.
        restored: ``(H, W, 1 or 3)``.
        reference: The same.
    """
    import torch
    from lpips import normalize_tensor

    slices: list[torch.nn.Module] = list(network.net.children())

    def first(picture: torch.Tensor) -> torch.Tensor:
        return slices[0](network.scaling_layer(2 * picture - 1))

    sums, counts = [0.0] * len(slices), [0] * len(slices)
    with torch.inference_mode():
        for layer, x, y in features([first, *slices[1:]], restored, reference):
            apart = normalize_tensor(x) - normalize_tensor(y)
            weighted = network.lins[layer](apart * apart)
            sums[layer] += float(weighted.sum(dtype=torch.float64))
            counts[layer] += weighted.numel()
    return sum(total / count for total, count in zip(sums, counts, strict=True))
