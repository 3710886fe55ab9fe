from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

from restorekit.architectures.srvggnet_compact import untrained


def test_the_signal_arrives_at_the_end_of_an_untrained_chain() -> None:
    """By PyTorch's own weights the last features differ by 1e-9 from picture to picture."""
    torch.manual_seed(0)
    module = untrained(channels=3, features=32, convolutions=32, scale=2)
    x = torch.rand(8, 3, 32, 32)
    with torch.no_grad():
        chain: Any = module.get_submodule("body")
        features, added = chain[:-1](x), module(x) - F.interpolate(x, scale_factor=2.0)
    assert 0.01 < features.std(dim=0).mean() < 1
    assert 0.0005 < added.std() < 0.5
    assert sum(it.numel() for it in module.parameters()) == 301_356
