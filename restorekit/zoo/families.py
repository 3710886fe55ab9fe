"""Networks that have weights of their own for each scale: ``imdn`` stands for ``imdn-x2`` at 2."""

from __future__ import annotations

import re

from restorekit.zoo import manifest
from restorekit.zoo.blind import parted


def member(name: str, scale: float) -> str:
    """The name of a family as that of its weights for a scale; any other text as it is.

    Args:
        name: Such as ``imdn``.
        scale: Of the result. Where there are no weights for it those of the next larger one serve,
            and beyond all those of the largest.
    """
    parts = parted(name)
    if parts is not None:
        return f"{parts[0]}-{member(parts[1], scale)}"
    names = [entry.name for entry in manifest.entries()]
    found = {it: re.fullmatch(rf"{re.escape(name)}-x(\d+)", it) for it in names}
    scales = {int(match[1]): it for it, match in found.items() if match}
    if not scales or name in names:
        return name
    return scales[min((it for it in scales if it >= scale), default=max(scales))]


def own_scale(name: str) -> int | None:
    """The scale that weights are made for, where their name ends in it; None: it does not."""
    parts = parted(name)
    if parts is not None:
        return own_scale(parts[1])
    match = re.fullmatch(r".*-x(\d+)", name)
    return int(match[1]) if match and name in {it.name for it in manifest.entries()} else None
