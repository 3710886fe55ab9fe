"""The bases and the window of BM3D, as matrices whose rows are the basis.

A transform ``T`` takes a column of n samples to ``T @ x``; on an n x n patch, read row by row as a
column of n², it is the Kronecker product of T with itself.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

BIOR15_LOW = (3, -3, -22, 22, 128, 128, 22, -22, -3, 3)
"""Analysis low-pass of the biorthogonal spline wavelet 1.5, times 256 / sqrt(2).

A. Cohen, I. Daubechies, J.-C. Feauveau, Biorthogonal bases of compactly supported wavelets,
Communications on Pure and Applied Mathematics 45 (1992), table 6.1. Its high-pass is Haar's.
"""


def haar(length: int) -> Tensor:
    """The orthonormal Haar basis for ``length`` samples, a power of two: ``(length, length)``.

    The first row is the mean times sqrt(length).
    """
    if length == 1:
        return torch.ones(1, 1)
    half = length // 2
    means = torch.kron(haar(half), torch.tensor([[1.0, 1.0]]))
    details = torch.kron(torch.eye(half), torch.tensor([[1.0, -1.0]]))
    return torch.cat([means, details]) / math.sqrt(2)


def dct(length: int) -> Tensor:
    """The orthonormal cosine basis (DCT-II) for ``length`` samples: ``(length, length)``."""
    frequency, position = np.ogrid[:length, :length]
    basis = np.cos(math.pi * frequency * (2 * position + 1) / (2 * length))
    basis *= math.sqrt(2 / length)
    basis[0] /= math.sqrt(2)
    return torch.from_numpy(basis.astype(np.float32))


def bior15(length: int) -> Tensor:
    """The wavelet basis bior 1.5 over all levels for ``length`` samples, a power of two.

    Samples go on periodically. The rows are scaled to norm 1, so that white noise has the same
    deviation in every coefficient; they are not orthogonal: the way back is the inverse matrix.
    """
    basis = np.eye(length)
    count = length
    while count > 1:
        basis[:count] = _analysis(count) @ basis[:count]
        count //= 2
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    return torch.from_numpy(basis.astype(np.float32))


def _analysis(count: int) -> npt.NDArray[np.float64]:
    """One level: half as many means, then half as many details, of ``count`` periodic samples."""
    matrix = np.zeros((count, count))
    for i in range(count // 2):
        for k, tap in enumerate(BIOR15_LOW):
            # Taps 4 and 5, the two large ones, lie on the pair that the mean stands for.
            matrix[i, (2 * i + k - 4) % count] += tap * math.sqrt(2) / 256
        matrix[count // 2 + i, 2 * i] = 1 / math.sqrt(2)
        matrix[count // 2 + i, 2 * i + 1] = -1 / math.sqrt(2)
    return matrix


def kaiser(length: int, beta: float) -> Tensor:
    """The Kaiser window of ``length`` x ``length`` pixels, read row by row: ``(length²,)``."""
    window = np.kaiser(length, beta)
    return torch.from_numpy(np.outer(window, window).ravel().astype(np.float32))
