"""Whether an array is a picture whose range is known: asked where arrays enter the project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.errors import UsageError

if TYPE_CHECKING:
    from restorekit.contracts import AnyRows, Image


def check_picture(picture: AnyRows, name: str, *, smallest: int = 1) -> None:
    """Nothing, where ``picture`` is what it should be.

    Args:
        picture: ``(H, W, 1 or 3)`` uint8, uint16, or float32 in ``[0, 1]``.
        name: What wants the picture, for the message.
        smallest: The least height and width in pixels.

    Raises:
        UsageError: Another dtype, shape or range, NaN among the values, or too few pixels.
    """
    if str(picture.dtype) not in {"uint8", "uint16", "float32"}:
        raise UsageError(
            f"{name} cannot tell the range of a picture",
            expected="uint8, uint16, or float32 in [0, 1]",
            got=str(picture.dtype),
        )
    if picture.ndim != 3 or picture.shape[2] not in {1, 3}:
        raise UsageError(
            f"{name} takes pictures of rows, columns and channels",
            expected="(H, W, 1 or 3)",
            got=str(picture.shape),
        )
    if min(picture.shape[:2]) < smallest:
        raise UsageError(
            f"a picture is too small for {name}",
            expected=f"at least {smallest}x{smallest} pixels",
            got=shape_of(picture),
        )
    if picture.dtype.kind == "f" and not (picture.min() >= 0 and picture.max() <= 1):
        # Asked this way round, for a NaN denies every comparison.
        raise UsageError(
            f"{name} takes floats of one range",
            expected="0 to 1",
            got=f"{picture.min():g} to {picture.max():g}",
        )


def shape_of(picture: AnyRows) -> str:
    """Width, height and channels in words."""
    height, width, channels = picture.shape
    return f"{width}x{height} pixels of {channels} channel{'s' if channels > 1 else ''}"


def check_image(image: Image) -> None:
    """Nothing, where ``image`` is ``(H, W, 1 or 3)`` float32 in ``[0, 1]``.

    Raises:
        UsageError: Another dtype, shape or range, NaN among the values, or no pixels.
    """
    if (
        image.ndim != 3
        or image.shape[2] not in {1, 3}
        or str(image.dtype) != "float32"
        or not image.size
    ):
        raise UsageError(
            "the picture has another form",
            expected="(H, W, 1 or 3) float32",
            got=f"{image.shape} {image.dtype}",
        )
    low, high = image.min(), image.max()
    # Written so that a picture with values that are no numbers fails too.
    if not (low >= 0 and high <= 1):
        raise UsageError(
            "the picture has another range",
            expected="0 to 1",
            got=f"{low:g} to {high:g}",
            hint="divide 8-bit values by 255",
        )
