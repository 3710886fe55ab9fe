"""Mean absolute difference of the spectra."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


def fft(restored: Tensor, clean: Tensor) -> Tensor:
    """``mean |F(restored) - F(clean)|`` over the real and imaginary parts of all frequencies.

    F adds up all pixels, without dividing by their number: the value grows with the patch. S.-J.
    Cho et al., Rethinking coarse-to-fine approach in single image deblurring, ICCV 2021, equation
    7, where it weighs 0.1.
    """
    return torch.view_as_real(torch.fft.fft2(restored - clean)).abs().mean()


LOSS = fft
