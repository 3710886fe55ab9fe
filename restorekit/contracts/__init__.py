"""The shapes and promises that everything else follows.

A picture is a float32 array ``(H, W, C)`` in ``[0, 1]``, C = 3 for sRGB and 1 for grey. A restorer
takes such an array and gives the restored picture back as bands of whole rows, from the top down,
so that a large result never has to exist in float at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.contracts.degradation import Composite, Degradation, DegradationFamily
from restorekit.contracts.diffusion import Diffusion, Sampler, Sampling
from restorekit.contracts.down_scaling import DownScaling
from restorekit.contracts.finishing import Finishing
from restorekit.contracts.kernel_estimate import (
    BlurKind,
    KernelEstimate,
    KernelEstimator,
    LearnedKernel,
    SizedKernel,
)
from restorekit.contracts.kernel_map import Cells, KernelMap, KernelMapEstimate
from restorekit.contracts.measure import Measure, Metric, SetMetric, Tally
from restorekit.contracts.network import (
    Architecture,
    GraphLayer,
    Network,
    Results,
    SizeRequirements,
)
from restorekit.contracts.picture import Band, Bits, Precision, Resample, Size, Task
from restorekit.contracts.restorer import (
    Blind,
    Deblurrer,
    Denoiser,
    Enlarger,
    Exemplified,
    Gridded,
    InternalLearner,
    LightChoosing,
    Pluggable,
    Reducing,
    Restorer,
    Scalable,
)

if TYPE_CHECKING:
    from restorekit.contracts.network import Kernel as Kernel
    from restorekit.contracts.network import KernelMaps as KernelMaps
    from restorekit.contracts.network import Psf as Psf
    from restorekit.contracts.picture import AnyRows as AnyRows
    from restorekit.contracts.picture import Image as Image
    from restorekit.contracts.picture import OnTile as OnTile
    from restorekit.contracts.picture import Pixels as Pixels

__all__ = [
    "Architecture",
    "Band",
    "Bits",
    "Blind",
    "BlurKind",
    "Cells",
    "Composite",
    "Deblurrer",
    "Degradation",
    "DegradationFamily",
    "Denoiser",
    "Diffusion",
    "DownScaling",
    "Enlarger",
    "Exemplified",
    "Finishing",
    "GraphLayer",
    "Gridded",
    "InternalLearner",
    "KernelEstimate",
    "KernelEstimator",
    "KernelMap",
    "KernelMapEstimate",
    "LearnedKernel",
    "LightChoosing",
    "Measure",
    "Metric",
    "Network",
    "Pluggable",
    "Precision",
    "Reducing",
    "Resample",
    "Restorer",
    "Results",
    "Sampler",
    "Sampling",
    "Scalable",
    "SetMetric",
    "Size",
    "SizeRequirements",
    "SizedKernel",
    "Tally",
    "Task",
]
