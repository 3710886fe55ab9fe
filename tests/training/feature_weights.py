"""Seeded weights for the networks that losses look through; no figure can be tested with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
import torchvision
from safetensors.torch import save_file
from torch import nn

from restorekit.errors import DownloadError
from restorekit.training.losses import _efficientnet_lite as lite
from restorekit.training.losses import _features, lpips

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import pytest

    from restorekit.training.events import OnEvent


def shapes(weights: str) -> Mapping[str, torch.Tensor]:
    """Every tensor that is kept of a network, without its numbers."""
    with torch.device("meta"):
        if weights == "efficientnet-lite0":
            stem = {"_conv_stem": nn.Conv2d(3, lite.FIRST, 3, bias=False), "_bn0": lite.norm(32)}
            return nn.ModuleDict(
                {**stem, "_blocks": nn.ModuleList(lite._made_blocks())}
            ).state_dict()
        whole = getattr(torchvision.models, weights)(weights=None).state_dict()
    return {name: it for name, it in whole.items() if name.startswith("features.")}


def seeded(weights: str) -> dict[str, torch.Tensor]:
    """Tensors drawn so that signals neither die nor explode."""
    generator = torch.Generator().manual_seed(1)
    found: dict[str, torch.Tensor] = {}
    for name, like in shapes(weights).items():
        if name.endswith("num_batches_tracked"):
            found[name] = torch.zeros((), dtype=torch.long)
            continue
        values = torch.randn(like.shape, generator=generator)
        scaled = like.dim() > 1
        around = name.endswith("running_var") or (
            like.dim() == 1 and "bn" in name and "weight" in name
        )
        found[name] = (
            values * (2 / like[0].numel()) ** 0.5 if scaled else around + 0.1 * values.clamp(-3, 3)
        )
    return found


def offer(names: Iterable[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let losses find seeded weights of these names in ``folder``, and of no others."""
    known = list(names)

    def fetched(name: str, on_event: OnEvent) -> Path:
        del on_event
        path = folder / f"{name}.safetensors"
        if name not in known:
            raise DownloadError(f"there is no {name}")
        if not path.exists():
            save_file(seeded(name), path)
        return path

    for module in (_features, lpips):
        monkeypatch.setattr(module, "fetched", fetched)
