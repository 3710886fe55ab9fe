"""What gradients that are known but for a variance say of the kernel: a quadratic problem.

``E|y - k * x|^2 = k^T A k - 2 b^T k + |y|^2`` over the pixels p that were seen, exactly, with::

    A(d, e) = sum over p of mu(p - d) mu(p - e) + (v(p - d) if d is e, else 0)
    b(d) = sum over p of mu(p - d) y(p)

The least over kernels is the M-step of A. Levin, Y. Weiss, F. Durand, W. T. Freeman, Efficient
marginal likelihood optimization in blind deconvolution, CVPR 2011.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import fft

from restorekit.images.convolution import fast_size

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import Psf
    from restorekit.kernel_estimation._gradient_posterior import Posterior, Seen
    from restorekit.kernel_estimation._strong_edges import Plane

    Values = npt.NDArray[np.float64]

STEPS = 100
"""Of projected gradients."""
POWER_STEPS = 12
"""To the largest eigenvalue, nearly."""
ROOM = 1.1
"""What is found of it is too small by less than this."""
ENOUGH = 1e-6
"""Where no value of a kernel changes by more, it is found."""


class KernelSystem(NamedTuple):
    """A and b, for kernels read row by row."""

    matrix: Values
    """``(n^2, n^2)``."""
    target: Values
    """``(n^2,)``."""

    @classmethod
    def of(cls, seen: Seen, posterior: Posterior) -> KernelSystem:
        """Of what is known of the gradients."""
        count = seen.side**2
        products = np.zeros((seen.side,) * 4, np.float64)
        for plane in posterior.mean:
            products += _products(plane, seen.height, seen.width, seen.side)
        # Displacements by which a kernel's rows and columns count run against windows' places.
        matrix = products[::-1, ::-1, ::-1, ::-1].reshape(count, count)
        mask = np.ones((1, seen.height, seen.width), np.float32)
        matrix[np.diag_indices(count)] += _at_places(mask, posterior.variance.sum(0), seen.side)
        half = seen.side // 2
        inside = np.s_[:, half : half + seen.height, half : half + seen.width]
        return cls(matrix, _at_places(seen.gradients[inside], posterior.mean, seen.side))

    def loss(self, kernel: Psf) -> float:
        """``k^T A k - 2 b^T k``."""
        values = kernel.ravel()
        return float(values @ (self.matrix @ values) - 2 * self.target @ values)

    def solved(self, kernel: Psf) -> Psf:
        """The kernel of less loss, nearly the least of those of sum 1 with no value below 0.

        By projected gradients with momentum, which begins anew where it leads astray: A. Beck,
        M. Teboulle, A fast iterative shrinkage-thresholding algorithm, SIAM Journal on Imaging
        Sciences 2 (2009); B. O'Donoghue, E. Candes, Adaptive restart for accelerated gradient
        schemes, Foundations of Computational Mathematics 15 (2015).

        Args:
            kernel: Where to begin, ``(n, n)``.
        """
        step = 1 / self._steepest()
        best = ahead = on_simplex(kernel.ravel())
        speed = 1.0
        for _ in range(STEPS):
            last, best = best, on_simplex(ahead - step * (self.matrix @ ahead - self.target))
            change = best - last
            if np.abs(change).max() < ENOUGH:
                break
            if (ahead - best) @ change > 0:
                speed = 1.0
            before, speed = speed, (1 + np.sqrt(1 + 4 * speed**2)) / 2
            ahead = best + (before - 1) / speed * change
        found = best.reshape(kernel.shape)
        return found if self.loss(found) < self.loss(kernel) else kernel

    def _steepest(self) -> float:
        """A bound of A's eigenvalues."""
        values = np.ones(len(self.target))
        for _ in range(POWER_STEPS):
            values = self.matrix @ values
            values /= np.linalg.norm(values)
        return ROOM * float(values @ (self.matrix @ values))


def on_simplex(values: Values) -> Values:
    """The nearest values of sum 1 of which none is below 0.

    J. Duchi, S. Shalev-Shwartz, Y. Singer, T. Chandra, Efficient projections onto the l1-ball,
    ICML 2008, figure 1.
    """
    falling = np.sort(values)[::-1]
    excess = (falling.cumsum() - 1) / np.arange(1, len(values) + 1)
    return np.maximum(values - excess[np.count_nonzero(falling > excess) - 1], 0)


def _at_places(window: Plane, plane: Plane, side: int) -> Values:
    """``sum over p of window(p) plane(p - d)`` for each d of the kernel, ``(side^2,)``."""
    shape = plane.shape[-2:]
    first: Any = fft.rfft2(window, shape)
    second: Any = fft.rfft2(plane, shape)
    found: Any = fft.irfft2((first.conj() * second).sum(axis=0), shape)
    return found[side - 1 :: -1, side - 1 :: -1].ravel().astype(np.float64)


def _products(plane: Plane, height: int, width: int, side: int) -> npt.NDArray[np.float32]:
    """``sum over i < height, j < width of x(i + a, j + b) x(i + c, j + d)``, at ``[a, b, c, d]``.

    What belongs to ``(a, c)`` and to ``(a + 1, c + 1)`` differs by a row at each end, so that only
    a = 0 takes whole correlations.
    """
    reach = (height + side - 1, width + side - 1)
    plane = plane[: reach[0], : reach[1]]
    windows = np.lib.stride_tricks.sliding_window_view(plane, width, axis=1).transpose(1, 0, 2)
    shape = [fast_size(length) for length in reach]
    parts: Any = fft.rfft2(windows[:, :height], shape)
    spectrum: Any = fft.rfft2(plane, shape)
    whole: Any = fft.irfft2(parts.conj() * spectrum, shape)
    first, last = (
        windows[:, rows].transpose(1, 0, 2).reshape(-1, width)
        for rows in (slice(0, side - 1), slice(height, None))
    )
    change = (last @ last.T - first @ first.T).reshape(side - 1, side, side - 1, side)
    result = np.empty((side,) * 4, np.float32)
    result[0] = whole[:, :side, :side]
    for a in range(1, side):
        result[a, :, 0] = result[0, :, a].T
        result[a, :, 1:] = result[a - 1, :, :-1] + change[a - 1]
    return result
