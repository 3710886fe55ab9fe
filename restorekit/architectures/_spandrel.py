"""Networks that spandrel builds from their tensors."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from restorekit.errors import CheckpointError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

MISFITS = (RuntimeError, LookupError, ValueError, TypeError, ArithmeticError, AssertionError)
"""What spandrel raises at tensors that do not fit the network that it takes them for."""


def described(tensors: Mapping[str, torch.Tensor], origin: str) -> Any:
    """The network that these tensors belong to, as spandrel's ``ImageModelDescriptor``.

    Args:
        tensors: By the names that the network gave them.
        origin: What messages call them, such as the file.

    Raises:
        CheckpointError: spandrel does not know the network, or the tensors do not fit it.
    """
    # Importing spandrel takes seconds, because it imports every network that it knows.
    import spandrel

    try:
        with warnings.catch_warnings():
            # About how it calls torch; there is nothing that the user could do.
            warnings.simplefilter("ignore")
            return spandrel.ModelLoader(device="cpu").load_from_state_dict(dict(tensors))
    except spandrel.UnsupportedModelError as error:
        raise CheckpointError(
            f"{origin} holds no network that is known",
            got=f"{len(tensors)} tensors such as {', '.join(list(tensors)[:3])}",
            hint="only networks that restorekit or spandrel knows can be opened",
        ) from error
    except MISFITS as error:
        reason = str(error).strip().split("\n", 1)[0][:200]
        raise CheckpointError(f"{origin} does not fit its network", got=reason) from error


def module_of(
    tensors: Mapping[str, torch.Tensor], architecture: str
) -> tuple[torch.nn.Module, Any]:
    """The module of tensors that must be of one family, and spandrel's description of it.

    Args:
        tensors: By the names that the network gave them.
        architecture: What spandrel calls the family, such as ``SwinIR``.

    Raises:
        CheckpointError: They are of another family, or do not fit.
    """
    descriptor = described(tensors, f"the {architecture}")
    if descriptor.architecture.id != architecture:
        raise CheckpointError(
            f"the tensors are no {architecture}", got=f"those of a {descriptor.architecture.name}"
        )
    return descriptor.model.eval(), descriptor
