"""Camera noise: what a sensor adds to the raw picture, seen after development."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from restorekit.contracts import DegradationFamily
from restorekit.degradations._parameters import Range
from restorekit.degradations._step import RandomStep

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from restorekit.contracts import Image

    Matrix = npt.NDArray[np.float64]

XYZ_TO_CAMERA = (
    ((1.0234, -0.2969, -0.2266), (-0.5625, 1.6328, -0.0469), (-0.0703, 0.2188, 0.6406)),
    ((0.4913, -0.0541, -0.0202), (-0.613, 1.3513, 0.2906), (-0.1564, 0.2151, 0.7183)),
    ((0.838, -0.263, -0.0639), (-0.2887, 1.0725, 0.2496), (-0.0627, 0.1427, 0.5438)),
    ((0.6596, -0.2079, -0.0562), (-0.4782, 1.3016, 0.1933), (-0.097, 0.1581, 0.5181)),
)
"""Of four cameras that Brooks et al. name; rows are the sensor's red, green and blue."""
RGB_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.072175),
    (0.0193339, 0.119192, 0.9503041),
)
GAMMA = 2.2


@dataclass(frozen=True)
class CameraNoise(RandomStep):
    """``y = develop(r + n)`` with ``r = undevelop(x)`` and n normal of variance ``shot r + read``.

    The way back from sRGB to the sensor's mosaic and the way forward again are those of Brooks et
    al., "Unprocessing Images for Learned Raw Denoising", 2019, sections 3.1 to 3.6: tone curve,
    gamma, colour matrix, white balance with exposure, mosaic. Which mix of the four cameras took
    the picture is drawn by the seed. Grey is seen by a sensor without filters: no mosaic, no
    colours. Without noise there is nothing to be seen, and the picture is left as it is; with
    it, demosaicing also costs some sharpness, as it does in a camera.
    """

    shot: Annotated[float, Range(0, 1)]
    """Slope of the variance over the light, both with 1 for a full sensor: 0.0001 in daylight to
    0.012 at high ISO."""
    read: Annotated[float, Range(0, 1)] = 0.0
    """Variance in the dark, in the same unit."""
    red: Annotated[float, Range(0.5, 8)] = 2.15
    """What white balance multiplies red by."""
    blue: Annotated[float, Range(0.5, 8)] = 1.7
    exposure: Annotated[float, Range(0.1, 4)] = 1.25
    """What development multiplies everything by, too."""

    @property
    def _is_neutral(self) -> bool:
        return self.shot == 0 and self.read == 0

    def _apply(self, image: Image) -> Image:
        import numpy as np

        rng = self._generator()
        matrix = _camera_matrix(rng.random(len(XYZ_TO_CAMERA)))
        light = np.clip(image, 0, 1)
        # Undo Hermite's curve 3 t^2 - 2 t^3, then the gamma.
        light = np.float32(0.5) - np.sin(np.arcsin(1 - 2 * light) / 3)
        light = np.maximum(light, 0) ** np.float32(GAMMA)
        colored = image.shape[2] == 3
        gains = np.array([self.red, 1, self.blue] if colored else [1.0]) * self.exposure
        if colored:
            light = light @ matrix.T.astype(np.float32)
        light = np.clip(_without_gains(light, gains.astype(np.float32)), 0, 1)
        raw = _mosaic(light) if colored else light
        variance = np.float32(self.shot) * raw + np.float32(self.read)
        raw += np.sqrt(variance) * rng.standard_normal(raw.shape, np.float32)
        seen = _demosaiced(raw[:, :, 0]) if colored else raw
        seen = np.clip(seen * gains.astype(np.float32), 0, 1)
        if colored:
            seen = np.clip(seen @ np.linalg.inv(matrix).T.astype(np.float32), 0, 1)
        seen **= np.float32(1 / GAMMA)
        return (seen * seen * (3 - 2 * seen)).astype(np.float32, copy=False)


def _camera_matrix(shares: Matrix) -> Matrix:
    """From linear sRGB to the colours of a mix of the cameras; white stays white."""
    import numpy as np

    camera = np.tensordot(shares / shares.sum(), np.array(XYZ_TO_CAMERA), axes=1)
    matrix = camera @ np.array(RGB_TO_XYZ)
    return matrix / matrix.sum(axis=1, keepdims=True)


def _without_gains(light: Image, gains: Image) -> Image:
    """The gains taken back, but not of highlights, which would else lose their white."""
    import numpy as np

    inflection = np.float32(0.9)
    grey = light.mean(axis=2, keepdims=True)
    mask = (np.maximum(grey - inflection, 0) / (1 - inflection)) ** 2
    return light * np.maximum(mask + (1 - mask) / gains, 1 / gains)


def _mosaic(light: Image) -> Image:
    """What a sensor with red and green in even rows, green and blue in odd ones sees of it."""
    raw = light[:, :, 1:2].copy()
    raw[0::2, 0::2] = light[0::2, 0::2, 0:1]
    raw[1::2, 1::2] = light[1::2, 1::2, 2:3]
    return raw


def _demosaiced(raw: Image) -> Image:
    """``(H, W, 3)`` from the mosaic ``(H, W)``: each colour is the mean of its nearest."""
    import numpy as np

    near = np.pad(raw, 1, mode="reflect")
    beside = (near[1:-1, :-2] + near[1:-1, 2:]) / 2
    above = (near[:-2, 1:-1] + near[2:, 1:-1]) / 2
    across = (near[:-2, :-2] + near[:-2, 2:] + near[2:, :-2] + near[2:, 2:]) / 4
    seen = np.repeat(raw[:, :, None], 3, axis=2)
    for color, row in ((0, 0), (2, 1)):
        own, other = slice(row, None, 2), slice(1 - row, None, 2)
        # Rows of this colour have green at the other columns; between them lie green and opposite.
        seen[own, other, color] = beside[own, other]
        seen[other, own, color] = above[other, own]
        seen[other, other, color] = across[other, other]
        seen[own, own, 1] = (beside[own, own] + above[own, own]) / 2
    return seen


DEGRADATION = DegradationFamily(
    title="noise of a sensor, seen after development",
    make=CameraNoise,
    typical="camera_noise(0.005, 2e-05)",
    drawn="camera_noise([0.0001, 0.012], [0, 0.0002], [1.9, 2.4], [1.5, 1.9], [1.1, 1.4])",
    neutral="camera_noise(0)",
)
