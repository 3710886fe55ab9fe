"""Pictures convolved with kernels, and multiplied by a matrix along each axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import fft
from scipy.sparse import csr_matrix

from restorekit.errors import UsageError

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import DownScaling, Image, Psf

    Spectrum = npt.NDArray[np.complex64]

NOTHING = 1e-9
"""Of a kernel's largest value: less than this is not seen in float32."""


def convolve(image: Image, psf: Psf) -> Image:
    """``image`` convolved with ``psf``, mirrored beyond its edges (the edge itself not repeated).

    Args:
        image: ``(H, W, C)`` float32.
        psf: ``(n, n)``, n odd, as ``restorekit/kernels.py`` makes them.

    Returns:
        float32 of the shape of ``image``, in a new array.
    """
    psf = without_nothing(psf)
    down, across = psf.sum(axis=1), psf.sum(axis=0)
    if np.allclose(np.outer(down, across), psf, rtol=0, atol=1e-7 * float(np.abs(psf).max())):
        matrices = (
            _banded(length, taps)
            for length, taps in zip(image.shape[:2], (down, across), strict=True)
        )
        return both_ways(image, *matrices)
    return _by_fourier(image, psf)


def down_scaled(image: Image, kernel: DownScaling) -> Image:
    """``image`` convolved with a kernel, of which every so-manyth pixel is taken.

    Args:
        image: ``(H, W, C)`` float32; what is beyond a multiple of the scale is left out.
        kernel: All of how the picture becomes small.

    Returns:
        ``(H // scale, W // scale, C)`` float32, no side below 1.
    """
    height, width = (max(side // kernel.scale, 1) for side in image.shape[:2])
    small = convolve(image, kernel.psf)[:: kernel.scale, :: kernel.scale]
    return np.ascontiguousarray(small[:height, :width])


def both_ways(image: Image, down: Any, across: Any) -> Image:
    """The columns of ``image`` multiplied by the matrix ``down``, then its rows by ``across``.

    Args:
        image: ``(H, W, C)`` float32.
        down: A sparse matrix ``(h, H)`` float32.
        across: A sparse matrix ``(w, W)`` float32.

    Returns:
        ``(h, w, C)`` float32, a new array.
    """
    # What is done with is let go at once: fresh memory costs more than the arithmetic.
    turned = _turned(_product(down, np.ascontiguousarray(image)))
    return _turned(_product(across, turned))


def _product(matrix: Any, image: Image) -> Image:
    """Every column of ``image`` multiplied by ``matrix``."""
    height, width, channels = image.shape
    return (matrix @ image.reshape(height, -1)).reshape(-1, width, channels)


def _turned(image: Image) -> Image:
    """Rows and columns exchanged; pixels are moved as a whole, which is three times faster."""
    whole = image.view(np.dtype((np.void, 4 * image.shape[2])))[:, :, 0]
    return np.ascontiguousarray(whole.T)[:, :, None].view(np.float32)


def without_nothing(psf: Psf) -> Psf:
    """The kernel without margins that no float32 picture would show, its middle where it was."""
    size = np.abs(psf)
    reached = np.maximum(size.max(axis=0), size.max(axis=1)) > NOTHING * size.max()
    margin = min(int(reached.argmax()), int(reached[::-1].argmax()))
    return psf[margin : len(psf) - margin, margin : len(psf) - margin]


def _banded(length: int, taps: Psf) -> Any:
    """The matrix ``(length, length)`` of a convolution with ``taps``."""
    offsets = len(taps) // 2 - np.arange(len(taps))
    period = max(2 * length - 2, 1)
    places = (np.arange(length, dtype=np.int32)[:, None] + offsets.astype(np.int32)) % period
    mirrored = np.minimum(places, period - places) if length > 1 else places
    weights = np.tile(taps.astype(np.float32), length)
    ends = np.arange(length + 1, dtype=np.int32) * len(taps)
    return csr_matrix((weights, mirrored.ravel(), ends), shape=(length, length))


def check_room(psf: Psf, image: Image, scale: int = 1) -> None:
    """Refuse a kernel that is larger than the result for a picture.

    Args:
        psf: ``(n, n)``.
        image: ``(H, W, C)``.
        scale: The result is this many times as high and as wide.

    Raises:
        UsageError: It is.
    """
    room = min(image.shape[:2]) * scale
    if len(psf) > room:
        raise UsageError(
            "the kernel is larger than the result",
            expected=f"at most {room} pixels a side",
            got=str(len(psf)),
        )


def fast_size(length: int) -> int:
    """The least length that is not below ``length`` and is transformed fast."""
    found: Any = fft.next_fast_len(length, real=True)
    return int(found)


def transfer_function(psf: Psf, height: int, width: int) -> Spectrum:
    """What a circular convolution with ``psf`` multiplies each frequency of a picture by.

    Args:
        psf: ``(n, n)``, n odd; its middle is the origin, so that nothing is shifted.
        height: Of the picture in pixels, n or more.
        width: Of the picture in pixels, n or more.

    Returns:
        ``(height, width // 2 + 1)`` complex64, the half that ``scipy.fft.rfft2`` keeps.
    """
    half = len(psf) // 2
    # Only the kernel's own rows are transformed, before the columns of all.
    lines = np.zeros((len(psf), width), np.float32)
    lines[:, : len(psf)] = psf
    rows: Any = fft.rfft(np.roll(lines, -half, axis=1), axis=1)
    whole = np.zeros((height, rows.shape[1]), np.complex64)
    whole[: half + 1] = rows[half:]
    whole[height - half :] = rows[:half]
    response: Any = fft.fft(whole, axis=0, overwrite_x=True)
    return response


def _by_fourier(image: Image, psf: Psf) -> Image:
    half = len(psf) // 2
    around = ((half, half), (half, half), (0, 0))
    height, width = (fast_size(side + 2 * half) for side in image.shape[:2])
    response = transfer_function(psf, height, width)
    padded = np.pad(image, around, mode="reflect")
    spectrum: Any = fft.rfft2(padded, (height, width), axes=(0, 1))
    del padded  # fresh memory costs more than the arithmetic
    spectrum *= response[:, :, None]
    whole: Any = fft.irfft2(spectrum, (height, width), axes=(0, 1), overwrite_x=True)
    del spectrum
    inside = slice(half, None)
    return np.ascontiguousarray(whole[inside, inside][: image.shape[0], : image.shape[1]])
