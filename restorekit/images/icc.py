"""Colour profiles made of a matrix and three curves, to sRGB and back without loss.

A profile maps a file's values to linear light by a curve for each channel, and linear light to the
connection space XYZ (D50) by the matrix of its three colorants. The same for sRGB, inverted, leads
on to the working space. Reference: ICC.1:2022, 10.6 (curv), 10.18 (para), 8.3.3 (matrix/TRC).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from restorekit.images.quantize import block_rows

if TYPE_CHECKING:
    import numpy.typing as npt

    from restorekit.contracts import Image, Pixels

    Floats = npt.NDArray[np.floating[Any]]
    Matrix = npt.NDArray[np.float64]

SRGB_TO_XYZ = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
"""Linear sRGB to XYZ, adapted from D65 to D50 by Bradford."""

SAME = 1 / 255
"""Profiles that differ from sRGB by less than one step of 8 bits are sRGB."""


class Curve(Protocol):
    """A tone curve over ``[0, 1]``."""

    def decode(self, encoded: Floats) -> Floats:
        """Linear light of the file's values."""
        ...

    def encode(self, linear: Floats) -> Floats:
        """The inverse of ``decode``."""
        ...


@dataclass(frozen=True)
class Parametric:
    """``(a x + b)**gamma + e`` from ``x = d`` on, ``c x + f`` below: ICC's type 4."""

    gamma: float
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 0.0
    f: float = 0.0

    def decode(self, encoded: Floats) -> Floats:
        """Linear light of the file's values."""
        power = np.maximum(self.a * encoded + self.b, 0) ** self.gamma + self.e
        return np.where(encoded >= self.d, power, self.c * encoded + self.f)

    def encode(self, linear: Floats) -> Floats:
        """The inverse of ``decode``; 0 where that is flat."""
        corner = max(self.a * self.d + self.b, 0) ** self.gamma + self.e
        root = (np.maximum(linear - self.e, 0) ** (1 / self.gamma) - self.b) / self.a
        line = (linear - self.f) / self.c if self.c else np.zeros_like(linear)
        return np.where(linear >= corner, root, line)


@dataclass(frozen=True, eq=False)
class Sampled:
    """A curve through equally spaced samples, straight between them."""

    samples: Matrix
    """Strictly rising."""

    def decode(self, encoded: Floats) -> Floats:
        """Linear light of the file's values."""
        return np.interp(encoded, np.linspace(0, 1, len(self.samples)), self.samples)

    def encode(self, linear: Floats) -> Floats:
        """The inverse of ``decode``."""
        return np.interp(linear, self.samples, np.linspace(0, 1, len(self.samples)))


SRGB = Parametric(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def srgb_decode(encoded: Floats) -> Floats:
    """Linear light of sRGB values; below 0 mirrored, above 1 carried on."""
    return np.copysign(SRGB.decode(np.abs(encoded)), encoded)


def srgb_encode(linear: Floats) -> Floats:
    """The inverse of ``srgb_decode``."""
    return np.copysign(SRGB.encode(np.abs(linear)), linear)


@dataclass(frozen=True, eq=False)
class Profile:
    """A way between a file's RGB and sRGB, exact in both directions."""

    to_linear_srgb: Matrix
    """``(3, 3)``: linear light of the file to linear sRGB, white to white."""
    curves: tuple[Curve, Curve, Curve]

    def to_srgb(self, pixels: Pixels) -> tuple[Image, Floats | None]:
        """Colours in sRGB of ``(H, W, 3)`` integers of the file.

        Returns:
            The colours clipped to ``[0, 1]``, float32, and what the clipping took away: None where
            all is inside, float64 from 16 bits, where it also holds what float32 rounded off.
        """
        deep = pixels.dtype == np.uint16
        codes = np.linspace(0, 1, np.iinfo(pixels.dtype).max + 1)
        tables = [curve.decode(codes) for curve in self.curves]
        color = np.empty(pixels.shape, np.float32)
        excess: Floats | None = None
        for block in block_rows(pixels):
            part = pixels[block]
            linear = np.stack([table[part[..., i]] for i, table in enumerate(tables)], axis=-1)
            unclipped = srgb_encode(linear @ self.to_linear_srgb.T)
            color[block] = np.clip(unclipped, 0, 1)
            beyond = unclipped - color[block]
            if not deep:
                beyond = np.where((unclipped < 0) | (unclipped > 1), beyond, 0)
            if excess is None and beyond.any():
                excess = np.zeros(pixels.shape, np.float64 if deep else np.float32)
            if excess is not None:
                excess[block] = beyond
        return color, excess

    def from_srgb(
        self, rows: Image, excess: Floats | None = None, plain: Image | None = None
    ) -> Image:
        """The file's values, float32 in ``[0, 1]``, of sRGB ``(H, W, 3)`` plus ``excess``.

        Args:
            rows: The restored colours.
            excess: What clipping took from the photo's own, resized as they were.
            plain: The photo's own colours, resized as they were and not restored. Beside excess,
                what the restorer changed is added in linear light: a step from sRGB's black is
                much smaller than the same step from where the colour really is.
        """
        encoded = np.empty(rows.shape, np.float32)
        from_linear_srgb = np.linalg.inv(self.to_linear_srgb).T
        for block in block_rows(rows):
            srgb = rows[block].astype(np.float64)
            if excess is None or not excess[block].any():
                linear = srgb_decode(srgb)
            elif plain is None:
                linear = srgb_decode(srgb + excess[block])
            else:
                own = plain[block].astype(np.float64)
                linear = srgb_decode(own + excess[block]) + srgb_decode(srgb) - srgb_decode(own)
            linear = np.clip(linear @ from_linear_srgb, 0, 1)
            for channel, curve in enumerate(self.curves):
                encoded[block][..., channel] = curve.encode(linear[..., channel])
        return np.clip(encoded, 0, 1, out=encoded)

    def is_srgb(self) -> bool:
        """Whether no colour differs from sRGB by a step of 8 bits."""
        codes = np.linspace(0, 255, 16).astype(np.uint8)
        cube = np.stack(np.meshgrid(codes, codes, codes), axis=-1).reshape(1, -1, 3)
        color, excess = self.to_srgb(cube)
        unclipped = color if excess is None else color + excess
        return float(np.abs(unclipped - cube / 255).max()) < SAME


def profile_of(icc: bytes, channels: int) -> tuple[Profile | None, str | None]:
    """The profile in ``icc`` for a picture of 1 or 3 channels, and what to tell the user.

    Returns:
        ``(None, None)`` where there is no profile or it is sRGB; ``(None, note)`` where the pixels
        are to be worked on as they are.
    """
    if not icc:
        return None, None
    space = icc[16:20]
    if channels == 1:
        told = (
            None if space == b"RGB " else "the grey profile was kept, its pixels taken as they are"
        )
        return None, told if space in {b"GRAY", b"RGB "} else BROKEN
    try:
        profile = _parse(icc)
    except (ValueError, struct.error, ZeroDivisionError, OverflowError, np.linalg.LinAlgError):
        return None, BROKEN
    if profile is None:
        return None, "the colour profile has tables, no matrix: pixels taken as if they were sRGB"
    return (None if profile.is_srgb() else profile), None


BROKEN = "the colour profile is broken or made for other pixels: taken as sRGB, its bytes kept"


def _parse(icc: bytes) -> Profile | None:
    """The matrix and the curves, or None where the profile has no matrix."""
    if icc[36:40] != b"acsp" or icc[16:20] != b"RGB ":
        raise ValueError("not an RGB profile")
    (count,) = struct.unpack_from(">I", icc, 128)
    tags: dict[bytes, bytes] = {}
    for index in range(min(count, 200)):
        name, offset, size = struct.unpack_from(">4sII", icc, 132 + 12 * index)
        tags[name] = icc[offset : offset + size]
    if b"rXYZ" not in tags or icc[20:24] != b"XYZ ":
        if b"A2B0" in tags or b"A2B1" in tags:
            return None
        raise ValueError("neither a matrix nor tables")
    missing = {b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"} - set(tags)
    if missing:
        raise ValueError("incomplete")
    colorants = [_numbers(tags[name], 8, 3) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    matrix = np.linalg.inv(SRGB_TO_XYZ) @ np.array(colorants).T
    if abs(np.linalg.det(matrix)) < 1e-3 or not (matrix.sum(axis=1) > 0.1).all():
        raise ValueError("the colorants do not span a space")
    # Rounded colorants do not quite sum to D50: without this white would be out of gamut.
    matrix /= matrix.sum(axis=1, keepdims=True)
    red, green, blue = (_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
    return Profile(matrix, (red, green, blue))


def _numbers(tag: bytes, offset: int, count: int) -> list[float]:
    """``count`` s15Fixed16 numbers."""
    return [value / 65536 for value in struct.unpack_from(f">{count}i", tag, offset)]


def _curve(tag: bytes) -> Curve:
    """A ``curv`` or ``para`` element."""
    if tag[:4] == b"para":
        return _parametric(tag)
    if tag[:4] != b"curv":
        raise ValueError("not a curve")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return Parametric(1.0)
    if count == 1:
        return Parametric(_positive(struct.unpack_from(">H", tag, 12)[0] / 256))
    samples = np.array(struct.unpack_from(f">{count}H", tag, 12)) / 65535
    if (np.diff(samples) < 0).any() or samples[-1] <= samples[0]:
        raise ValueError("the curve does not rise")
    return Sampled(_spread(samples))


def _spread(samples: Matrix) -> Matrix:
    """Equal samples moved apart by less than what rounding them to 16 bits did.

    A steep curve in a table is flat near black, and what is flat has no inverse.
    """
    values, first, counts = np.unique(samples, return_index=True, return_counts=True)
    place = np.arange(len(samples)) - np.repeat(first, counts)
    # The brightest ones move down, so that white stays where it is.
    place[first[-1] :] -= counts[-1] - 1
    return np.repeat(values, counts) + place / np.repeat(counts, counts) / (2 * 65535)


def _parametric(tag: bytes) -> Parametric:
    """The five types of ``para``, each written as the last."""
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind > 4:
        raise ValueError("unknown type of curve")
    gamma, *rest = _numbers(tag, 12, (1, 3, 4, 5, 7)[kind])
    _positive(gamma)
    if kind == 0:
        return Parametric(gamma)
    a, b, *more = rest
    _positive(a)
    if kind == 1:
        return Parametric(gamma, a, b, d=-b / a)
    if kind == 2:
        return Parametric(gamma, a, b, d=-b / a, e=more[0], f=more[0])
    c, d, e, f = (*more, 0.0, 0.0)[:4]
    return Parametric(gamma, a, b, c, d, e, f)


def _positive(number: float) -> float:
    if number <= 0:
        raise ValueError("not positive")
    return number
