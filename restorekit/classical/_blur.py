"""The linear operators of deconvolution, on planes that repeat themselves without end.

There they are multiplications of frequencies, and so are their sums and inverses. Borders of
photos, which do not repeat, are the business of :mod:`restorekit.classical._observation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import fft

from restorekit.images.convolution import transfer_function

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from restorekit.contracts import Psf
    from restorekit.images.convolution import Spectrum

    Planes = npt.NDArray[np.float32]
    """``(C, H, W)``, a plane for each channel; operators may put axes before these."""
    Power = npt.NDArray[np.float32]
    """``(H, W // 2 + 1)``, real: what each frequency is multiplied by."""
    Shape = tuple[int, int]


def spectra_of(planes: Planes) -> Spectrum:
    """Their frequencies, ``(..., H, W // 2 + 1)`` complex64."""
    found: Any = fft.rfft2(planes)
    return found


def planes_of(spectra: Spectrum, shape: Shape) -> Planes:
    """The planes of that shape with these frequencies, which are lost."""
    found: Any = fft.irfft2(spectra, shape, overwrite_x=True)
    return found


class Blur:
    """``A``: the circular convolution with a kernel.

    Args:
        psf: ``(n, n)``, n odd.
        shape: Height and width of the planes, n or more.
    """

    def __init__(self, psf: Psf, shape: Shape) -> None:
        self.shape = shape
        self.response = transfer_function(psf, *shape)
        self.adjoint_response = self.response.conj()
        self.power: Power = np.square(self.response.real) + np.square(self.response.imag)

    def forward(self, planes: Planes) -> Planes:
        """``A x``: blurred."""
        return planes_of(spectra_of(planes) * self.response, self.shape)

    def adjoint(self, planes: Planes) -> Planes:
        """``A^T y``: convolved with the kernel turned by 180 degrees."""
        return planes_of(spectra_of(planes) * self.adjoint_response, self.shape)


class Analysis(NamedTuple):
    """A linear operator ``D`` in which clean pictures are simple."""

    forward: Callable[[Planes], Planes]
    adjoint: Callable[[Planes], Planes]
    power: Callable[[Shape], Power]
    """``D^T D`` in each frequency."""


def gradient(planes: Planes) -> Planes:
    """``D x``: each pixel's difference to the one below and to the right, ``(2, C, H, W)``."""
    result = np.empty((2, *planes.shape), np.float32)
    np.subtract(np.roll(planes, -1, -2), planes, out=result[0])
    np.subtract(np.roll(planes, -1, -1), planes, out=result[1])
    return result


def gradient_adjoint(differences: Planes) -> Planes:
    """``D^T v``: minus the divergence of ``(2, C, H, W)``."""
    down, right = differences
    return np.roll(down, 1, -2) - down + np.roll(right, 1, -1) - right


def gradient_power(shape: Shape) -> Power:
    """``D^T D`` in each frequency: ``4 sin^2(pi k / H) + 4 sin^2(pi l / W)``."""
    height, width = shape
    down = 4 * np.square(np.sin(np.pi * np.arange(height) / height))
    right = 4 * np.square(np.sin(np.pi * np.arange(width // 2 + 1) / width))
    return (down[:, None] + right).astype(np.float32)


def _itself(planes: Planes) -> Planes:
    return planes


def _ones(shape: Shape) -> Power:
    return np.ones((shape[0], shape[1] // 2 + 1), np.float32)


GRADIENT = Analysis(gradient, gradient_adjoint, gradient_power)
"""Clean pictures are flat in most places."""
IDENTITY = Analysis(_itself, _itself, _ones)
"""For a denoiser, which knows clean pictures as they are."""
