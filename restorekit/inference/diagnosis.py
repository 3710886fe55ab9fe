"""What this machine can do, in words."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

import psutil
import torch

from restorekit import __version__
from restorekit.inference.device import available, describe, free_memory, has_fast_bfloat16

LIBRARIES = ("torch", "numpy", "pillow", "pillow-heif", "tifffile", "imagecodecs", "spandrel")


def diagnose() -> dict[str, str]:
    """Versions, memory and devices, each as one line."""
    found = {
        "restorekit": __version__,
        "python": f"{platform.python_version()} on {platform.platform()}",
    }
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = f"missing: {sys.executable} -m pip install {name}"
    memory = psutil.virtual_memory()
    found["main memory"] = f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB free"
    for name in available():
        found[f"device {name}"] = _abilities(torch.device(name))
    return found


def _abilities(device: torch.device) -> str:
    if device.type == "cpu":
        units = "bf16 (AMX)" if has_fast_bfloat16(device) else "fp32"
        return f"{describe(device)}: auto precision is {units}"
    free = f"{free_memory(device) / 1e9:.1f} GB free"
    precision = "fp16" if device.type == "cuda" else "fp32"
    return f"{describe(device)}: {free}, auto precision is {precision}"
