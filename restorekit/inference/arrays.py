"""What networks give, as arrays in main memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from torch import Tensor

    from restorekit.contracts import AnyRows, Bits


def to_array(rows: Tensor, bits: Bits) -> AnyRows:
    """Rounded on the device, where that is fastest, and brought to main memory.

    Args:
        rows: ``(h, w, C)`` float32, which is used up.
        bits: 32 for float32 in ``[0, 1]``.
    """
    rows = rows.clamp_(0, 1)
    if bits == 32:
        return rows.cpu().numpy()
    levels = rows.mul_(2**bits - 1).round_()
    if bits == 8:
        return levels.to(torch.uint8).cpu().numpy()
    return levels.to(torch.int32).cpu().numpy().astype(np.uint16)
