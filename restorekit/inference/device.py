"""Which device runs a network, in which precision, and with how much memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import psutil
import torch

from restorekit.contracts import Precision
from restorekit.errors import DeviceError, UsageError

if TYPE_CHECKING:
    from restorekit.contracts import Network

DTYPES: dict[Precision, torch.dtype] = {
    "fp32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}
KINDS = ("cuda", "mps", "xpu", "cpu")


def choose_devices(request: str = "auto") -> list[torch.device]:
    """The devices of ``auto``, ``cpu``, ``cuda``, ``cuda:1`` or ``cuda:0,cuda:1``.

    Raises:
        UsageError: The request names no kind of device.
        DeviceError: The device is not there; nothing else is taken in its place.
    """
    if request == "auto":
        return [torch.device(next(kind for kind in KINDS if count(kind)))]
    return [_choose(name.strip()) for name in request.split(",")]


def _choose(name: str) -> torch.device:
    kind, colon, index = name.partition(":")
    if kind not in KINDS or (colon and not (index.isascii() and index.isdecimal())):
        raise UsageError(f"unknown device {name!r}", expected="auto, " + ", ".join(KINDS))
    found = count(kind)
    if int(index or 0) >= found:
        have = ", ".join(available())
        raise DeviceError(
            f"device {name} is not here",
            got=f"{have} with torch {torch.__version__}",
            hint=f"--device {available()[0]}, or a build of torch for {kind}",
        )
    return torch.device(name)


def count(kind: str) -> int:
    """How many devices of a kind torch can use."""
    if kind == "cuda":
        return torch.cuda.device_count() if torch.cuda.is_available() else 0
    if kind == "mps":
        return int(torch.backends.mps.is_available())
    if kind == "xpu":
        return torch.xpu.device_count() if torch.xpu.is_available() else 0
    return 1


def available() -> list[str]:
    """The names of all devices that torch can use, the fastest kind first."""
    names: list[str] = []
    for kind in KINDS:
        found = count(kind)
        names += (
            [kind] if kind in {"cpu", "mps"} and found else [f"{kind}:{i}" for i in range(found)]
        )
    return names


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is faster than float32: CPUs with AMX, newer GPUs.

    With AVX512-BF16 alone it was measured slower than float32 (``benchmarks/README.md``).
    """
    if device.type == "cpu":
        # Public since torch 2.10; before that the same answer had a private name.
        capabilities = getattr(torch.cpu, "get_capabilities", dict)()
        if capabilities:
            return bool(capabilities.get("amx_bf16"))
        return bool(getattr(torch.cpu, "_is_amx_tile_supported", bool)())
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)


def choose_precision(
    device: torch.device, network: Network, request: Literal["auto"] | Precision = "auto"
) -> Precision:
    """The precision asked for, or the one that was measured fastest for this kind of device.

    float16 on CUDA; bfloat16 on CPUs that compute with it; float32 elsewhere, and wherever the
    network's results in the faster one were not checked.

    Raises:
        UsageError: The request is no precision.
        DeviceError: The network does not run in it.
    """
    if request == "auto":
        fast: Precision = "fp32"
        if device.type == "cuda":
            fast = "fp16"
        elif device.type == "cpu" and has_fast_bfloat16(device):
            fast = "bf16"
        return fast if fast in network.precisions else "fp32"
    if request not in get_args(Precision):
        raise UsageError(f"unknown precision {request!r}", expected="auto, fp32, bf16 or fp16")
    if request not in network.precisions:
        raise DeviceError(
            f"{network.architecture} does not run in {request}",
            expected=", ".join(sorted(network.precisions)),
            hint="--precision auto",
        )
    return request


def free_memory(device: torch.device) -> int:
    """Bytes that can still be taken on the device."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "xpu":
        return torch.xpu.mem_get_info(device)[0]
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    return psutil.virtual_memory().available


def describe(device: torch.device) -> str:
    """The device in words, for people."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    if device.type == "cpu":
        return f"cpu ({torch.get_num_threads()} threads)"
    return str(device)
