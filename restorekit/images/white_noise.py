"""The standard deviation of white Gaussian noise in a picture, without a clean one.

X. Liu, M. Tanaka, M. Okutomi, Single-image noise level estimation for blind denoising, IEEE
Transactions on Image Processing 22 (2013).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Plane = npt.NDArray[np.float32]
    """``(H, W)``, one channel."""
    Patches = npt.NDArray[np.float32]
    """``(n, side, side)``."""

SIDE = 7
"""Pixels along a patch, as in the paper; fewer in pictures that are too small for it."""
MOST_PATCHES = 1 << 17
"""Patches that are looked at, on an even grid: more of them no longer change the figure."""
PATCHES_PER_PIXEL = 10
"""Patches for each pixel of a patch, below which a covariance says nothing."""
CONFIDENCE = 0.98
"""Share of the patches of pure noise that count as weak in texture (delta of the paper, which
takes nearly all; a few less keep faint texture out, as measured at a sigma of 5)."""
PASSES = 5
"""Times that weak patches are chosen anew; the figure settles after three or so."""
HEADROOM = 1.5
"""Multiples of sigma between a patch's mean and black or white, within which clipping takes more
of the noise than can be left out of account."""


def white_noise_variance(plane: Plane) -> float:
    """The variance of the noise in one channel, in the square of the channel's unit.

    Model: ``plane = clean + sigma * n``, n white and Gaussian. A clean picture's patches lie near
    a subspace, noise fills every direction alike: the least eigenvalue of the covariance of the
    patches is ``sigma**2``, provided that few have texture. Those whose gradients are stronger
    than noise of this sigma explains are left out, and the eigenvalue is taken again; so are
    those so dark or bright that clipping has taken noise away.

    Over Set12 and Kodak sigma is within 10 % at 5 and 8 % for 10 to 50, with clipping and rounding
    to 8 bits too; for the photos themselves it is 0 to 2, mostly their grain. Where a picture is
    fine texture all over it is too high; in noise that was smoothed it is too low.

    Args:
        plane: ``(H, W)`` float32, 0 black and 1 white; noise may go beyond both.

    Returns:
        0 or more. 0 for a picture too small to tell noise from detail, of about 8x8 pixels.
    """
    side = _patch_side(*plane.shape)
    if side < 2:
        return 0.0
    patches = _sampled_patches(plane, side)
    texture = _texture(patches)
    # How far each patch is from black or white, whichever is nearer.
    room = 0.5 - np.abs(patches.mean(axis=(1, 2)) - 0.5)
    limit = _texture_of_noise(side)
    fewest = PATCHES_PER_PIXEL * side**2
    variance = _least_variance(patches)
    for _ in range(PASSES):
        weak = texture < limit * variance
        unclipped = weak & (room >= HEADROOM * np.sqrt(variance))
        chosen = unclipped if unclipped.sum() >= fewest else weak
        if chosen.sum() < fewest:
            break
        before, variance = variance, _least_variance(patches[chosen])
        if abs(variance - before) <= 1e-4 * before:
            break
    return variance


def _patch_side(height: int, width: int) -> int:
    """The largest side, up to ``SIDE``, of which the picture holds enough patches; 1 for none."""
    for side in range(SIDE, 1, -1):
        rows, columns = height - side + 1, width - side + 1
        if min(rows, columns) > 0 and rows * columns >= PATCHES_PER_PIXEL * side**2:
            return side
    return 1


def _sampled_patches(plane: Plane, side: int) -> Patches:
    """At most about ``MOST_PATCHES`` patches, on a grid that covers the plane evenly."""
    every = np.lib.stride_tricks.sliding_window_view(plane, (side, side))
    step = max(1, int(np.ceil(np.sqrt(every.shape[0] * every.shape[1] / MOST_PATCHES))))
    # No longer views of the plane, (n, side, side).
    return every[::step, ::step].reshape(-1, side, side)


def _texture(patches: Patches) -> Plane:
    """The energy of the gradients of each patch, ``(n,)``: the paper's texture strength."""
    across = patches[:, :, 2:] - patches[:, :, :-2]
    down = patches[:, 2:] - patches[:, :-2]
    return np.square(across).sum(axis=(1, 2)) + np.square(down).sum(axis=(1, 2))


def _texture_of_noise(side: int) -> float:
    """What ``_texture`` of noise of variance 1 stays below, with probability ``CONFIDENCE``.

    It is a quadratic form in Gaussian variables, taken to be gamma distributed with the form's
    own mean and variance.
    """
    from scipy.special import gammaincinv

    if side == 2:
        return np.inf  # no gradient fits into so small a patch
    basis = np.eye(side * side).reshape(-1, side, side)
    across = (basis[:, :, 2:] - basis[:, :, :-2]).reshape(side * side, -1)
    down = (basis[:, 2:] - basis[:, :-2]).reshape(side * side, -1)
    form = across @ across.T + down @ down.T
    mean, variance = np.trace(form), 2 * np.square(form).sum()
    return float(gammaincinv(mean**2 / variance, CONFIDENCE) * variance / mean)


def _least_variance(patches: Patches) -> float:
    """The least eigenvalue of the covariance of the patches, as if they were without number.

    That of n samples in d dimensions is too small by ``(1 - sqrt(d / n))**2``, where their
    spectrum begins. V. A. Marchenko, L. A. Pastur, Distribution of eigenvalues for some sets of
    random matrices, Mathematics of the USSR-Sbornik 1 (1967).
    """
    vectors = patches.reshape(len(patches), -1)
    centred = vectors - vectors.mean(axis=0)
    covariance = (centred.T @ centred).astype(np.float64) / len(vectors)
    count, dimensions = vectors.shape
    least = max(0.0, float(np.linalg.eigvalsh(covariance)[0]))
    return least / (1 - np.sqrt(dimensions / count)) ** 2
