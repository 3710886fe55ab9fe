"""The keys under which three projects released the tensors of one and the same RRDBNet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

TAILS = {
    1: {"conv_up1": 3, "conv_hr": 5, "conv_last": 7},
    2: {"conv_up1": 3, "conv_up2": 6, "conv_hr": 8, "conv_last": 10},
}
"""Positions in ESRGAN's sequence, by the number of upsamplings: activations count too."""


def real_esrgan(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """As they are."""
    return dict(tensors)


def kair(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """``RRDB_trunk.0.RDB1.conv1.weight``."""
    pairs = (
        (r"^body\.(\d+)\.rdb(\d)\.", r"RRDB_trunk.\1.RDB\2."),
        (r"^conv_body\.", "trunk_conv."),
        (r"^conv_up(\d)\.", r"upconv\1."),
        (r"^conv_hr\.", "HRconv."),
    )
    return {_substituted(key, pairs): value for key, value in tensors.items()}


def esrgan(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """``model.1.sub.0.RDB1.conv1.0.weight``."""
    blocks = 1 + max(int(key.split(".")[1]) for key in tensors if key.startswith("body."))
    tail = TAILS[2 if "conv_up2.weight" in tensors else 1]
    pairs = (
        (r"^body\.(\d+)\.rdb(\d)\.conv(\d)\.", r"model.1.sub.\1.RDB\2.conv\3.0."),
        (r"^conv_first\.", "model.0."),
        (r"^conv_body\.", f"model.1.sub.{blocks}."),
        *((rf"^{name}\.", f"model.{number}.") for name, number in tail.items()),
    )
    return {_substituted(key, pairs): value for key, value in tensors.items()}


def _substituted(key: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for pattern, replacement in pairs:
        key = re.sub(pattern, replacement, key)
    return key
