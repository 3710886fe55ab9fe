"""Methods that find the kernel by which a photo was blurred, one file each.

Each defines ``ESTIMATOR``, a :class:`restorekit.contracts.KernelEstimator`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from restorekit.catalog import Catalog

if TYPE_CHECKING:
    from restorekit.contracts import KernelEstimator

ESTIMATORS: Catalog[KernelEstimator] = Catalog(
    "restorekit.kernel_estimation", "ESTIMATOR", "method"
)
