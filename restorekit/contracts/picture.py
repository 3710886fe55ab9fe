"""A picture: a float32 array ``(H, W, C)`` in ``[0, 1]``, C = 3 for sRGB and 1 for grey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    Image = npt.NDArray[np.float32]
    """``(H, W, C)`` in ``[0, 1]``; C = 3 is sRGB, C = 1 is grey."""
    Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
    """``(H, W, C)``; the dtype decides the range: 0..255 or 0..65535."""
    AnyRows = Image | Pixels
    OnTile = Callable[[int, int], None]
    """Called after each tile with the number done and the number in all."""

Task = Literal["sr", "denoise", "deblur", "inpaint", "derain", "dehaze", "lowlight", "retouch"]
Bits = Literal[8, 16, 32]
"""8 and 16: integers over the full range of uint8 and uint16; 32: float32, not rounded."""
Resample = Literal["nearest", "bilinear", "bicubic", "lanczos"]
Precision = Literal["fp32", "bf16", "fp16"]


class Size(NamedTuple):
    """Height and width in pixels, in the order of the arrays."""

    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


class Band(NamedTuple):
    """Whole rows of a result: rows ``top`` to ``top + len(rows)``."""

    top: int
    rows: AnyRows
