"""Restore photographs: every method of the field behind one typed door.

::

    import restorekit

    photo = restorekit.read("photo.jpg")
    larger = restorekit.super_resolve(photo.color, restorekit.SuperResolution(scale=2))

Importing this loads nothing: each name is fetched when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from restorekit.contracts import Finishing, Sampling
    from restorekit.errors import RestorekitError
    from restorekit.evaluation.compare import compare_pictures
    from restorekit.evaluation.measures import Measures
    from restorekit.evaluation.runner import measure_models, measure_pairs
    from restorekit.images.reading import read
    from restorekit.images.writing import write
    from restorekit.tasks.deblur import Deblurring, deblur
    from restorekit.tasks.degrade import degrade
    from restorekit.tasks.denoise import Denoising, denoise
    from restorekit.tasks.enhance import Enhancing, enhance
    from restorekit.tasks.estimate_kernel import (
        KernelEstimation,
        estimate_kernel,
        estimate_kernel_map,
    )
    from restorekit.tasks.super_resolve import SuperResolution, super_resolve
    from restorekit.training.recipe import read_recipe
    from restorekit.training.request import Training
    from restorekit.training.train import train
    from restorekit.zoo.restorers import DeviceOptions, WeightsOptions

__version__ = "0.1.0"

__all__ = [
    "Deblurring",
    "Denoising",
    "DeviceOptions",
    "Enhancing",
    "Finishing",
    "KernelEstimation",
    "Measures",
    "RestorekitError",
    "Sampling",
    "SuperResolution",
    "Training",
    "WeightsOptions",
    "__version__",
    "compare_pictures",
    "deblur",
    "degrade",
    "denoise",
    "enhance",
    "estimate_kernel",
    "estimate_kernel_map",
    "measure_models",
    "measure_pairs",
    "read",
    "read_recipe",
    "super_resolve",
    "train",
    "write",
]

_HOMES = {
    "Deblurring": "restorekit.tasks.deblur",
    "Denoising": "restorekit.tasks.denoise",
    "DeviceOptions": "restorekit.zoo.restorers",
    "Enhancing": "restorekit.tasks.enhance",
    "Finishing": "restorekit.contracts",
    "KernelEstimation": "restorekit.tasks.estimate_kernel",
    "Measures": "restorekit.evaluation.measures",
    "RestorekitError": "restorekit.errors",
    "Sampling": "restorekit.contracts",
    "SuperResolution": "restorekit.tasks.super_resolve",
    "Training": "restorekit.training.request",
    "WeightsOptions": "restorekit.zoo.restorers",
    "compare_pictures": "restorekit.evaluation.compare",
    "deblur": "restorekit.tasks.deblur",
    "degrade": "restorekit.tasks.degrade",
    "denoise": "restorekit.tasks.denoise",
    "enhance": "restorekit.tasks.enhance",
    "estimate_kernel": "restorekit.tasks.estimate_kernel",
    "estimate_kernel_map": "restorekit.tasks.estimate_kernel",
    "measure_models": "restorekit.evaluation.runner",
    "measure_pairs": "restorekit.evaluation.runner",
    "read": "restorekit.images.reading",
    "read_recipe": "restorekit.training.recipe",
    "super_resolve": "restorekit.tasks.super_resolve",
    "train": "restorekit.training.train",
    "write": "restorekit.images.writing",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
