"""Fréchet distance of two sets of photos, by the features of Inception (FID).

With means m and covariances S of the 2048 features of the restored photos and of the true ones::

    FID = |m_x - m_y|² + tr(S_x + S_y - 2 (S_x S_y)^(1/2))

Network, resize to 299 x 299 and arithmetic are those of torch-fidelity, which agree with the
authors' to the last digits. The covariance of 2048 features takes thousands of photos: with fewer
the figure is larger the fewer there are, and compares only with figures of as many photos. Papers
take 10 000 and more.

The resize looks at four pixels for each one it gives, so that large photos lose their detail
before they are seen. It first takes a copy of the photo in float32, 12 bytes a pixel: 100
megapixels took 2.6 GB in all.

M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter, GANs trained by a two time-scale
update rule converge to a local Nash equilibrium, NeurIPS (2017).
"""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

from restorekit.errors import UsageError
from restorekit.metrics._measure import OfSets
from restorekit.metrics._weights import matching, read_tensors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import torch

    from restorekit.contracts import AnyRows

FEWEST = 2
"""Photos that have a covariance at all."""


class FrechetTally:
    """The features of two sets of photos (:class:`restorekit.contracts.Tally`).

    Args:
        network: Takes ``(1, 3, H, W)`` uint8, gives one tensor ``(1, 2048)``.
    """

    def __init__(self, network: Callable[[torch.Tensor], tuple[torch.Tensor]]) -> None:
        self._network = network
        self._restored: list[torch.Tensor] = []
        self._reference: list[torch.Tensor] = []

    def add(self, restored: AnyRows, reference: AnyRows) -> None:
        """See :class:`restorekit.contracts.Tally`; 8 kB are kept of each photo."""
        METRIC.check_pair(restored, reference)
        self._restored.append(self._features(restored))
        self._reference.append(self._features(reference))

    def value(self) -> float:
        """See :class:`restorekit.contracts.Tally`; takes some seconds."""
        import torch
        from torch_fidelity.metric_fid import (
            KEY_METRIC_FID,
            fid_features_to_statistics,
            fid_statistics_to_metric,
        )

        if len(self._restored) < FEWEST:
            raise UsageError(
                "fid compares sets of photos",
                expected=f"at least {FEWEST}, and thousands for the figure of a paper",
                got=str(len(self._restored)),
            )
        sets = (
            fid_features_to_statistics(torch.cat(photos))
            for photos in (self._restored, self._reference)
        )
        found: dict[str, float] = fid_statistics_to_metric(*sets, verbose=False)
        return found[KEY_METRIC_FID]

    def _features(self, picture: AnyRows) -> torch.Tensor:
        import torch

        from restorekit.images.protocols import protocol

        planes = torch.from_numpy(protocol("rgb")(picture)).permute(2, 0, 1)
        with torch.inference_mode():
            (found,) = self._network(planes.expand(3, -1, -1)[None])
        return found


def load(files: Mapping[str, Path]) -> Callable[[], FrechetTally]:
    """Empty tallies with the network in the file called ``inception-fid``.

    Raises:
        CheckpointError: It holds something else.
    """
    return partial(FrechetTally, network(files["inception-fid"]))


def network(path: Path) -> Any:
    """torch-fidelity's Inception, with the tensors of a file.

    Raises:
        CheckpointError: It holds something else.
    """
    import torch
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    # It takes nothing but what torch.save writes, and downloads where it is given nothing.
    saved = io.BytesIO()
    torch.save(read_tensors(path), saved)
    saved.seek(0)
    with matching(path):
        return FeatureExtractorInceptionV3("fid", ["2048"], feature_extractor_weights_path=saved)


METRIC = OfSets(
    "fid",
    title="distance of two sets; of thousands, as in papers",
    better="lower",
    load=load,
    sees="rgb",
    weights=("inception-fid",),
)
