"""The engine that runs it on devices and machines: Lightning Fabric."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from restorekit.errors import DeviceError

if TYPE_CHECKING:
    from lightning_fabric import Fabric

    from restorekit.training.request import Engine


def make_fabric(engine: Engine) -> Fabric:
    """The engine, not launched yet.

    Raises:
        DeviceError: What was asked for is not there.
    """
    import torch
    from lightning_fabric import Fabric

    from restorekit.inference.device import has_fast_bfloat16

    # It would tell of the precision in words of its own, in every process.
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    on_cpu = engine.accelerator == "cpu" or not torch.cuda.is_available()
    precision: Any = {"fp32": "32-true", "bf16": "bf16-mixed", "fp16": "16-mixed"}.get(
        engine.precision
    )
    if precision is None:
        device = torch.device("cpu" if on_cpu else "cuda")
        precision = "bf16-mixed" if has_fast_bfloat16(device) else "32-true"
    devices = 1 if on_cpu and engine.devices == "auto" else engine.devices
    try:
        return Fabric(
            accelerator="cpu" if on_cpu and engine.accelerator == "auto" else engine.accelerator,
            devices=devices,
            num_nodes=engine.nodes,
            strategy=engine.strategy,
            precision=precision,
        )
    # Lightning's errors have no common root, and its sentences say what is missing.
    except (ValueError, RuntimeError, ImportError) as error:
        raise DeviceError("training cannot run so", got=str(error).split("\n")[0]) from error
