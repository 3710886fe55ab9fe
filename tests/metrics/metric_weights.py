"""Weights for metrics: the authors' where they lie beside the repository, else seeded ones.

Seeded tensors have the shapes of the trained ones and nothing else of them: with them only what
holds for any weights can be tested, never a figure.
"""

from __future__ import annotations

import functools
import io
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import torch
import torchvision
from outside_pictures import outside
from safetensors.torch import save_file
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from restorekit.catalog import Catalog
from restorekit.zoo.cache import Cache
from restorekit.zoo.fetch import fetch

if TYPE_CHECKING:
    from restorekit.contracts import Metric, SetMetric

METRICS: Catalog[Metric | SetMetric] = Catalog("restorekit.metrics", "METRIC", "metric")
BACKBONES = {
    "alexnet": torchvision.models.alexnet,
    "vgg16": torchvision.models.vgg16,
    "squeezenet1-1": torchvision.models.squeezenet1_1,
}
DEEP = ("dists", "lpips-alex", "lpips-squeeze", "lpips-vgg")
"""The metrics of single photos whose network is seeded here."""


def seeded(weights: str) -> dict[str, torch.Tensor]:
    """Tensors of the right names and shapes, drawn so that signals neither die nor explode."""
    generator = torch.Generator().manual_seed(1)
    tensors: dict[str, torch.Tensor] = {}
    for name, like in shapes(weights).items():
        if weights in BACKBONES and not name.startswith("features."):
            continue
        values = torch.randn(like.shape, generator=generator)
        if like.dim() > 1:
            tensors[name] = values * (2 / like[0].numel()) ** 0.5
        elif name.endswith("num_batches_tracked"):
            tensors[name] = torch.zeros((), dtype=torch.long)
        else:
            # Scales and variances of Inception's normalisation lie around 1, all others around 0.
            around = name.endswith(("running_var", "bn.weight"))
            tensors[name] = around + 0.1 * values.clamp(-3, 3)
    return tensors


def shapes(weights: str) -> dict[str, torch.Tensor]:
    """Every tensor of the network whose weights these are, without its numbers."""
    with torch.device("meta"):
        if weights in BACKBONES:
            return BACKBONES[weights](weights=None).state_dict()
        with mock.patch.object(FeatureExtractorInceptionV3, "load_state_dict"):
            nothing = io.BytesIO()
            torch.save({}, nothing)
            nothing.seek(0)
            return FeatureExtractorInceptionV3(
                "fid", ["2048"], feature_extractor_weights_path=nothing
            ).state_dict()


def seeded_file(weights: str, folder: Path) -> Path:
    """A file as the store keeps it, with seeded tensors."""
    path = folder / f"{weights}.safetensors"
    save_file(seeded(weights), path)
    return path


def true_file(weights: str, original: str, folder: Path) -> Path:
    """The authors' weights as the store keeps them, or a visible skip.

    Args:
        weights: Their name in the manifest.
        original: The file's name in the folder that lies beside the repository.
        folder: Of a cache.
    """
    shutil.copyfile(outside(f"weights/metrics/{original}"), folder / original)
    return fetch(weights, offline=True, cache=Cache(folder))


@functools.cache
def ready(name: str) -> Metric | SetMetric:
    """A metric that can measure; only NIQE has its true weights."""
    metric = METRICS[name]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if name == "niqe":
            return metric.with_weights({"niqe": true_file("niqe", "niqe_pris_params.npz", folder)})
        return metric.with_weights({it: seeded_file(it, folder) for it in metric.weights})
