"""Networks that have weights of their own for each scale: ``imdn`` stands for ``imdn-x2`` at 2."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from restorekit.contracts import Scalable
from restorekit.zoo import manifest
from restorekit.zoo.blind import parted
from restorekit.zoo.restorers import Loaded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from restorekit.contracts import Band, Bits, Image, OnTile, Resample, Restorer, Size


@dataclass(frozen=True)
class Family:
    """Restorers for several scales as one: each photo is enlarged by the nearest that reaches.

    What it says of itself, and what it does unless it is asked for a scale, is the largest one's.
    """

    members: tuple[Restorer, ...]
    """The smallest scale first."""

    def at_scale(self, scale: int) -> Restorer:
        """The member for ``scale``; beyond all of them the largest."""
        found = next((it for it in self.members if it.scale >= scale), self.members[-1])
        return found.at_scale(scale) if isinstance(found, Scalable) else found

    @property
    def name(self) -> str:
        """See :class:`restorekit.contracts.Restorer`."""
        return self.members[-1].name

    @property
    def scale(self) -> int:
        """See :class:`restorekit.contracts.Restorer`."""
        return self.members[-1].scale

    @property
    def resample(self) -> Resample:
        """See :class:`restorekit.contracts.Restorer`."""
        return self.members[-1].resample

    @property
    def enlarged(self) -> bool:
        """See :class:`restorekit.contracts.Restorer`."""
        return self.members[-1].enlarged

    def tiles(self, size: Size) -> int:
        """See :class:`restorekit.contracts.Restorer`."""
        return self.members[-1].tiles(size)

    def bands(
        self, image: Image, *, bits: Bits = 32, on_tile: OnTile | None = None
    ) -> Iterator[Band]:
        """See :class:`restorekit.contracts.Restorer`."""
        return self.members[-1].bands(image, bits=bits, on_tile=on_tile)


def united(members: Sequence[Loaded]) -> Loaded:
    """A family's members as one, on the same devices; one alone is itself.

    Args:
        members: At least one, the smallest scale first.
    """
    if len(members) == 1:
        return members[0]
    models = dict.fromkeys(str(it.description["model"]) for it in members)
    return Loaded(
        tuple(Family(on_one) for on_one in zip(*(it.restorers for it in members), strict=True)),
        "+".join(it.identity for it in members),
        {**members[-1].description, "model": " or ".join(models)},
    )


def member(name: str, scale: float) -> str:
    """The name of a family as that of its weights for a scale; any other text as it is.

    Args:
        name: Such as ``imdn``.
        scale: Of the result. Where there are no weights for it those of the next larger one serve,
            and beyond all those of the largest.
    """
    parts = parted(name)
    if parts is not None:
        return f"{parts[0]}-{member(parts[1], scale)}"
    names = [entry.name for entry in manifest.entries()]
    found = {it: re.fullmatch(rf"{re.escape(name)}-x(\d+)", it) for it in names}
    scales = {int(match[1]): it for it, match in found.items() if match}
    if not scales or name in names:
        return name
    return scales[min((it for it in scales if it >= scale), default=max(scales))]


def own_scale(name: str) -> int | None:
    """The scale that weights are made for, where their name ends in it; None: it does not."""
    parts = parted(name)
    if parts is not None:
        return own_scale(parts[1])
    match = re.fullmatch(r".*-x(\d+)", name)
    return int(match[1]) if match and name in {it.name for it in manifest.entries()} else None
