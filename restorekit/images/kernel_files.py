"""Blur kernels as a person gives them: in words such as ``gaussian:1.6``, or as a file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from restorekit import kernels
from restorekit.contracts import KernelMap
from restorekit.down_scaling import from_psf
from restorekit.errors import RestorekitError, UnknownNameError, UsageError
from restorekit.files import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from restorekit.contracts import Kernel, Psf

SUFFIXES = (".npy", ".png", ".mat")
DOWNSCALE = "downscale:"
"""Before the name of a file whose kernel is all of how a photo became small."""
LARGEST = 255
"""Side of a kernel in pixels; what is wider is none of a photo."""


class Family(NamedTuple):
    """Kernels that a word and a few numbers say."""

    make: Callable[..., Psf]
    numbers: tuple[str, ...]
    """What the numbers are, in their order."""
    needed: int
    """How many of them there must be."""


FAMILIES = {
    "delta": Family(kernels.delta, (), 0),
    "gaussian": Family(kernels.gaussian, ("SIGMA", "SIGMA_Y", "ANGLE"), 1),
    "motion": Family(kernels.line, ("LENGTH", "ANGLE"), 1),
    "defocus": Family(kernels.disk, ("RADIUS",), 1),
}
"""By their first word. Lengths are in pixels of the sharp picture, angles in degrees."""


def read_sr_kernel(text: str) -> Kernel:
    """The kernel that ``text`` says, as super-resolution is told it.

    Args:
        text: As for :func:`read_kernel`: a blur, after which bicubic made the photo smaller. Or
            ``downscale:`` and a file: all of how it became small, as ``kernel-estimate --kind
            downscale`` writes it. Its centre of mass tells the scale.

    Raises:
        UsageError: There is no such kernel or file, or it holds none.
        UnknownNameError: No kernel has that name.
    """
    if not text.startswith(DOWNSCALE):
        return read_kernel(text)
    path = text.removeprefix(DOWNSCALE)
    if Path(path).suffix.lower() not in SUFFIXES:
        raise UsageError(f"the kernel {text}", expected=f"{DOWNSCALE}FILE{SUFFIXES[0]}")
    return from_psf(read_kernel(path), f"the kernel file {path}")


def read_kernel(text: str) -> Psf:
    """The blur kernel that ``text`` says.

    Args:
        text: ``delta``, ``gaussian:1.6``, ``gaussian:3:1:45``, ``motion:15:30``, ``defocus:4``, or
            a file: a NumPy ``.npy``, a MATLAB ``.mat`` with one matrix, or a grey ``.png``.

    Returns:
        ``(n, n)``, n odd, float64, with a sum of 1.

    Raises:
        UsageError: There is no such kernel or file, or it holds none: values that are not finite,
            or negative, sides that differ or are even.
        UnknownNameError: No kernel has that name.
    """
    path = Path(text)
    if text.startswith(DOWNSCALE):
        raise UsageError(f"{text} tells how a photo became small", hint="it is for restorekit sr")
    if path.suffix.lower() not in SUFFIXES:
        return _small(_said(text), text)
    if not path.is_file():
        raise UsageError(f"there is no kernel file {path}")
    return _small(checked(_read(path), f"the kernel file {path}"), text)


def read_kernels(text: str) -> Psf | KernelMap:
    """The same for a photo: its kernel, or the map of kernels that a file of four axes holds.

    Args:
        text: As :func:`read_kernel` has it, or a .npy or .mat of ``(rows, columns, n, n)``.

    Returns:
        A kernel with its centre of mass in its middle, or a map. Where a kernel lies in its square
        is nothing but a shift of the photo.

    Raises:
        UsageError: As :func:`read_kernel`.
        UnknownNameError: No kernel has that name.
    """
    path = Path(text)
    if path.suffix.lower() not in {".npy", ".mat"} or not path.is_file():
        return centred(read_kernel(text))
    values = _read(path)
    if values.ndim != 4 or not values.size:
        return centred(read_kernel(text))
    what = f"the kernel file {path}"
    psfs = [_small(checked(it, what), text) for it in values.reshape(-1, *values.shape[2:])]
    return KernelMap(np.stack(psfs).reshape(values.shape))


def _said(text: str) -> Psf:
    """The kernel of a word and its numbers."""
    word, *rest = text.split(":")
    if word not in FAMILIES:
        raise UnknownNameError.among("kernel", word, [*FAMILIES, *(f"FILE{it}" for it in SUFFIXES)])
    family = FAMILIES[word]
    try:
        numbers = [float(it) for it in rest]
    except ValueError:
        numbers = [math.nan]
    right = family.needed <= len(numbers) <= len(family.numbers)
    if not (right and all(0 <= it <= 360 for it in numbers)):
        needed = ":".join([word, *family.numbers[: family.needed]])
        more = "".join(f"[:{it}" for it in family.numbers[family.needed :])
        form = needed + more + "]" * more.count("[")
        raise UsageError(f"the kernel {text!r}", expected=f"{form}, with numbers from 0 to 360")
    return family.make(*numbers)


def _read(path: Path) -> npt.NDArray[Any]:
    try:
        if path.suffix.lower() == ".npy":
            return np.load(path, allow_pickle=False)
        return _matrix(path) if path.suffix.lower() == ".mat" else _grey(path)
    except RestorekitError:
        raise
    # A file that is something else can fail in any way.
    except Exception as error:
        kind = {".npy": "an array of NumPy", ".mat": "a MATLAB file"}.get(path.suffix.lower())
        raise UsageError(
            f"the kernel file {path} cannot be read", expected=f"{kind or 'a grey PNG'} of numbers"
        ) from error


def _matrix(path: Path) -> npt.NDArray[Any]:
    """The one matrix of a MATLAB file."""
    from scipy.io import loadmat

    content: dict[str, Any] = loadmat(path)
    found = {key: it for key, it in content.items() if not key.startswith("__") and it.size > 1}
    if len(found) != 1:
        names = ", ".join(sorted(found)) or "none"
        raise UsageError(f"the kernel file {path}", expected="one matrix", got=names)
    return next(iter(found.values()))


def _grey(path: Path) -> npt.NDArray[Any]:
    """The samples of a PNG, of which only the shares matter."""
    from restorekit.images.reading import read

    photo = read(path)
    if np.ptp(photo.color, axis=2).max() > 0:
        got = "colours (of a map? its .npy and .mat hold the kernels)"
        raise UsageError(f"the kernel file {path}", expected="a grey picture", got=got)
    return photo.color[:, :, 0]


def checked(values: npt.NDArray[Any], what: str = "a kernel") -> Psf:
    """The kernel in values from outside, as a camera's blur can be: with no value below 0.

    Args:
        values: Of any shape and dtype.
        what: What messages call them.

    Raises:
        UsageError: They are no such kernel.
    """
    if values.ndim != 2 or values.dtype.kind not in "fiu":
        got = f"{values.shape} {values.dtype}"
        raise UsageError(what, expected="a matrix of numbers", got=got)
    if values.shape[0] != values.shape[1] or not values.shape[0] % 2:
        size = f"{values.shape[1]}x{values.shape[0]}"
        raise UsageError(what, expected="as high as wide, an odd number of pixels", got=size)
    if not np.isfinite(values).all():
        raise UsageError(what, expected="finite values", got="NaN or infinity")
    if values.min() < 0:
        raise UsageError(what, expected="no value below 0", got=f"{values.min():g}")
    if not values.any():
        raise UsageError(what, expected="values with a sum above 0", got="0")
    return kernels.normalized(values.astype(np.float64))


def centred(psf: Psf) -> Psf:
    """Moved by whole pixels, so that its centre of mass is in its middle; it grows to hold that.

    A photo moved to the one side and a kernel to the other are one blurred photo; only the side of
    the kernel tells them apart.
    """
    places = np.arange(len(psf)) - len(psf) // 2
    down, right = (round(float(psf.sum(axis=axis) @ places)) for axis in (1, 0))
    if not (down or right):
        return psf
    wide = np.pad(psf, max(abs(down), abs(right)))
    return kernels.trimmed(np.roll(wide, (-down, -right), axis=(0, 1)))


def _small(psf: Psf, text: str) -> Psf:
    if len(psf) > LARGEST:
        raise UsageError(
            f"the kernel {text}", expected=f"at most {LARGEST} pixels a side", got=str(len(psf))
        )
    return psf


def identity_of(text: str | None) -> str | None:
    """What changes whenever the kernel of a text does: the content of a file, not its name."""
    if text is None:
        return None
    kind, name = (DOWNSCALE, text[len(DOWNSCALE) :]) if text.startswith(DOWNSCALE) else ("", text)
    return kind + sha256_of(Path(name)) if Path(name).is_file() else text
