"""The network that training begins with: untrained, or with weights that are there already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from restorekit.errors import CheckpointError, UsageError
from restorekit.training.events import Told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor, nn

    from restorekit.contracts import Architecture, Network
    from restorekit.training.events import OnEvent
    from restorekit.training.parts import NetworkPart

SHARED_AT_LEAST = 0.5
"""Of the values of a network that begins with those of another: less is no start, but an accident,
such as another width."""


def beginning(
    part: NetworkPart, init: str | None, on_event: OnEvent
) -> tuple[Architecture, nn.Module]:
    """The network as training begins.

    Weights of the same architecture but, say, another scale give what fits: B. Lim et al., Enhanced
    deep residual networks for single image super-resolution, CVPR workshops 2017, section 3.3,
    begin those for 3 and 4 times with that for 2.

    Args:
        part: The network of the recipe.
        init: A name or a file of weights; None: none.
        on_event: Told which tensors do not come from ``init``.

    Raises:
        UsageError: The architecture cannot be trained, or has no such hyperparameters.
        CheckpointError: ``init`` is of another architecture, or less than half of it fits.
        WeightsError: The weights cannot be had.
    """
    from restorekit.zoo.fetch import ARCHITECTURES
    from restorekit.zoo.load import load_network

    architecture = ARCHITECTURES[part.architecture.replace("_", "-")]
    if architecture.untrained is None:
        raise UsageError(f"{part.architecture} cannot be trained here")
    module = _made(architecture.untrained, part.hyperparameters)
    if init is None:
        return architecture, module
    network = load_network(init)
    if network.architecture.replace("-", "_") != part.architecture.replace("-", "_"):
        raise CheckpointError(
            f"{init} is no start for this recipe",
            expected=part.architecture,
            got=network.architecture,
        )
    finished = architecture.finished(module) if architecture.finished else module.state_dict()
    if _shapes(finished) == _shapes(given := network.module.state_dict()):
        if architecture.finished is not None:
            return architecture, network.module.train().requires_grad_()
        # Not that module: what shapes do not tell, such as dropout, is the recipe's.
        module.load_state_dict(given)
        return architecture, module
    return architecture, _begun(module, network, init, on_event)


def _begun(module: nn.Module, network: Network, init: str, on_event: OnEvent) -> nn.Module:
    """``module`` with what fits of ``network``."""
    own, given = module.state_dict(), network.module.state_dict()
    fitting = {
        name: value
        for name, value in given.items()
        if name in own and own[name].shape == value.shape
    }
    share = sum(it.numel() for it in fitting.values()) / sum(it.numel() for it in own.values())
    if share < SHARED_AT_LEAST:
        raise CheckpointError(
            f"{init} is no start for this recipe",
            expected="a network of the same width",
            got=f"one of which {share:.0%} fits",
            hint="the recipe's network.hyperparameters must be those of the weights",
        )
    module.load_state_dict({**own, **fitting})
    others = ", ".join(sorted(own.keys() - fitting.keys()))
    on_event(Told(f"not from {init}, and learnt from the start: {others}"))
    return module


def _made(untrained: Callable[..., nn.Module], hyperparameters: Mapping[str, Any]) -> nn.Module:
    try:
        return untrained(**hyperparameters)
    except TypeError as error:  # an unknown or a missing one: Python's sentence says which
        raise UsageError("the recipe's network.hyperparameters", got=str(error)) from error


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in tensors.items()}
