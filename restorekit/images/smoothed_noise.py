"""How strong noise is that has lost its finest part: to JPEG, demosaicing or a change of size.

Nearly every photo of a camera has been through these. What they leave is no longer white: in the
highest frequencies, where white noise is told from detail, there is next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Plane = npt.NDArray[np.float32]
    """``(H, W)``, one channel."""
    Energies = npt.NDArray[np.float64]
    """``(windows, blocks, 8, 8)``: the squares of the cosine coefficients of blocks."""

BLOCK = 8
"""Side of a block, as JPEG has it: where the grids agree, what JPEG set to zero stays zero."""
WINDOW = 4
"""Blocks along a window: enough that chance moves the energy of noise in it by a tenth only."""
MOST_WINDOWS = 1 << 12
"""Windows that are looked at, spread evenly over the picture."""
FEWEST_WINDOWS, LEAST_SHARE = 3, 0.01
"""Windows of noise, and their share, below which there is no telling."""
QUANTILE = 0.3
"""Of the amplitudes of windows of noise; faint texture lies in the upper ones."""
FALL = 1.4
"""Noise is about as strong in the first band as in the second; pictures about twice as strong."""
DIRECTION = 2.0
"""How many times more energy noise may have along one axis than along the other."""
UNEVENNESS = 0.75
"""Of the energy of a window's blocks, their standard deviation to their mean. Of Gaussian noise it
is 0.4; of texture, more than 1."""
SMOOTHED = 0.5
"""Below this share of the second band's amplitude in the two highest, the noise was smoothed."""
WEAKEST, STRONGEST = 0.6 / 255, 12 / 255
"""Amplitudes between which noise may have been smoothed: rounding is no noise, and stronger noise
leaves traces in the highest frequencies, JPEG or not."""
DARKEST, BRIGHTEST = 16 / 255, 240 / 255
"""Means of windows in which clipping leaves the noise alone."""

_ROWS, _COLUMNS = np.mgrid[:BLOCK, :BLOCK]
_BAND = np.maximum(_ROWS, _COLUMNS)
_MIDDLE = ((_BAND == 1) & (_ROWS == _COLUMNS)) | (_BAND == 2) | (_BAND == 3)


def smoothed_noise_sigma(plane: Plane) -> float:
    """The standard deviation of white noise as strong as this noise is where it is strongest.

    The picture is cut into windows of blocks, and each block into frequencies by the cosine
    transform; a band holds those whose larger index is the same. A window holds noise and nothing
    else if its energy does not fall as that of pictures does (with the frequency, about as its
    square), has no direction, and is about the same in all its blocks; and the noise was smoothed
    if the highest bands are weak. A denoiser that expects white noise takes away what it is told
    there is in each frequency: so the amplitude in the lowest two bands is what it must be told.

    On the 100 pairs of the PolyU set, whose best sigma for FFDNet lies between 6 and 20, eight in
    ten get 6 to 12. The rules and the limits were set on these pairs, and on photos without noise:
    other cameras may fare worse. Texture like felt is now and then taken for noise.

    Args:
        plane: ``(H, W)`` float32, of a range of 1.

    Returns:
        In the plane's unit; 0 where no noise of this kind is to be seen.
    """
    energies, brightness = _windows(plane)
    if not len(energies):
        return 0.0
    # Root mean square amplitudes, (windows, 7): the lowest band, the mean's own, is left out.
    amplitudes = np.stack(
        [np.sqrt(energies[:, :, band == _BAND].mean(axis=(1, 2))) for band in range(1, BLOCK)],
        axis=1,
    )
    amplitude = np.sqrt(np.square(amplitudes[:, :2]).mean(axis=1))
    chosen = (
        _is_noise(energies, amplitudes)
        & (amplitudes[:, 5:].max(axis=1) < SMOOTHED * amplitudes[:, 1])
        & (amplitudes[:, 1] > WEAKEST)
        & (amplitude < STRONGEST)
        & (brightness > DARKEST)
        & (brightness < BRIGHTEST)
    )
    if chosen.sum() < max(FEWEST_WINDOWS, LEAST_SHARE * len(chosen)):
        return 0.0
    return float(np.quantile(amplitude[chosen], QUANTILE))


def _is_noise(energies: Energies, amplitudes: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Which windows hold noise and nothing else, as far as their energies tell."""
    across = energies[:, :, _MIDDLE & (_ROWS < _COLUMNS)].mean(axis=(1, 2))
    down = energies[:, :, _MIDDLE & (_ROWS > _COLUMNS)].mean(axis=(1, 2))
    blocks = energies[:, :, _MIDDLE].mean(axis=2)
    return (
        (amplitudes[:, 0] < FALL * amplitudes[:, 1])
        & (np.maximum(across, down) < DIRECTION * np.minimum(across, down))
        & (blocks.std(axis=1) < UNEVENNESS * blocks.mean(axis=1))
    )


def _windows(plane: Plane) -> tuple[Energies, npt.NDArray[np.float64]]:
    """The energies of windows on an even grid, and their means: brightness."""
    from scipy.fft import dctn

    side = BLOCK * WINDOW
    rows, columns = (length // side for length in plane.shape)
    step = max(1, int(np.ceil(np.sqrt(rows * columns / MOST_WINDOWS))))
    tidy = plane[: rows * side, : columns * side].reshape(rows, side, columns, side)
    chosen = tidy[::step, :, ::step].swapaxes(1, 2).reshape(-1, WINDOW, BLOCK, WINDOW, BLOCK)
    blocks = chosen.swapaxes(2, 3).reshape(-1, WINDOW * WINDOW, BLOCK, BLOCK)
    found: object = dctn(blocks.astype(np.float64), axes=(2, 3), norm="ortho")
    coefficients = np.asarray(found, np.float64)  # SciPy's is untyped
    return np.square(coefficients), coefficients[:, :, 0, 0].mean(axis=1) / BLOCK
