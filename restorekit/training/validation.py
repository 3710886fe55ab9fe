"""How good the network is, on photos that it does not learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restorekit.contracts import Sampling
from restorekit.degradations import parse, psf_of, sigma_of
from restorekit.images.imresize import imresize
from restorekit.images.quantize import to_integers
from restorekit.inference.device import choose_precision
from restorekit.inference.make import make_restorer
from restorekit.metrics.psnr import psnr

if TYPE_CHECKING:
    import torch

    from restorekit.contracts import Image, Network
    from restorekit.degradations import Chain
    from restorekit.training.parts import DataPart
    from restorekit.training.photos import PackedPhotos

MOST_PHOTOS = 16
"""Photos that are measured; the first, middle and last ones alike."""
LARGEST = 512
"""Side of what is measured of a photo, from its centre."""
SAMPLING_STEPS = 10
"""Of a network that is sampled: by DDIM, which so few steps suit best, from the same noise."""
SEED = 1 << 40
"""No training pair has so high a number: validation is degraded by numbers from here on."""


@dataclass(frozen=True)
class Example:
    """One photo of the validation, spoilt once and for all."""

    name: str
    clean: Image
    degraded: Image
    chain: Chain


@dataclass(frozen=True)
class Measured:
    """What a validation gives."""

    degraded: float
    """Mean PSNR of the inputs in dB."""
    restored: float
    pictures: tuple[tuple[str, Image, Image, Image], ...]
    """Of the first photos: name, degraded, restored, clean."""


def examples(
    photos: PackedPhotos, data: DataPart, *, seed: int, degraded: PackedPhotos | None = None
) -> list[Example]:
    """Photos spread evenly over ``photos``, their centres spoilt as the recipe says."""
    recipe = parse(data.degradation)
    count = min(MOST_PHOTOS, len(photos))
    chosen = [round(place) for place in np.linspace(0, len(photos) - 1, count)]
    found: list[Example] = []
    for index in chosen:
        chain = recipe.draw(np.random.default_rng([seed, SEED + index]))
        window = _window(photos[index].shape[:2], data.scale)
        clean = np.divide(photos[index][window], 255, dtype=np.float32)
        if degraded is None:
            low = chain(clean)
        else:
            smaller = tuple(slice(it.start // data.scale, it.stop // data.scale) for it in window)
            low = chain(np.divide(degraded[index][smaller], 255, dtype=np.float32))
        found.append(Example(photos.name(index), clean, low, chain))
    return found


def measure(
    network: Network, chosen: list[Example], device: torch.device, *, pictures: int = 4
) -> Measured:
    """PSNR of 8-bit results over all channels, run as ``restorekit`` runs the network."""
    restorer = make_restorer(
        network,
        name="the network in training",
        device=device,
        precision=choose_precision(device, network, "auto"),
        sampling=_sampling(network),
    )
    before: list[float] = []
    after: list[float] = []
    kept: list[tuple[str, Image, Image, Image]] = []
    for example in chosen:
        scale = example.clean.shape[0] // example.degraded.shape[0]
        enlarged = _enlarged(example.degraded, scale)
        restorer.sigma = sigma_of(example.chain) if network.noise_map else None
        if network.kernel_maps is not None:
            restorer.psf = psf_of(example.chain)
        bands = restorer.bands(enlarged if network.enlarged else example.degraded)
        restored = np.concatenate([band.rows for band in bands]).astype(np.float32)
        truth = to_integers(example.clean, 8)
        before.append(psnr(to_integers(enlarged.clip(0, 1), 8), truth))
        after.append(psnr(to_integers(restored, 8), truth))
        if len(kept) < pictures:
            kept.append((example.name, enlarged.clip(0, 1), restored, example.clean))
    return Measured(float(np.mean(before)), float(np.mean(after)), tuple(kept))


def _sampling(network: Network) -> Sampling | None:
    if network.diffusion is None:
        return None
    steps = min(SAMPLING_STEPS, network.diffusion.timesteps)
    return Sampling(steps, sampler="ddim", augmentation=0)


def _enlarged(image: Image, scale: int) -> Image:
    if scale == 1:
        return image
    return np.divide(imresize(255 * image, scale), 255, dtype=np.float32)


def _window(shape: tuple[int, ...], scale: int) -> tuple[slice, slice]:
    """The centre, on the grid of the smaller picture."""
    spans: list[slice] = []
    for length in shape:
        side = min(length, LARGEST) // scale * scale
        start = (length - side) // 2 // scale * scale
        spans.append(slice(start, start + side))
    return spans[0], spans[1]
