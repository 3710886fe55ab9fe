"""How large a tile may be, and what running out of memory looks like."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from restorekit.inference.device import free_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from restorekit.contracts import Network

SHARE = 0.7
"""Of the free memory that tiles may take: allocators round up, and others use the device too."""
PROBE = 96
"""Side of the tile whose memory is measured on an accelerator."""
LARGEST = 2048
"""No tile is larger: its overlaps cost little by then, and a row of such tiles much memory."""
UNKNOWN_DEVICE_TILE = 512
PHRASES = ("out of memory", "can't allocate memory", "not enough memory", "failed to allocate")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether the device, or main memory, was too small."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(p in str(error).lower() for p in PHRASES)


def release(device: torch.device) -> None:
    """Gives back what the allocator keeps, so that a smaller tile finds room."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "xpu":
        torch.xpu.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def main_memory_tile(network: Network) -> int:
    """The side of a tile on a CPU: the fastest one, or a smaller one where memory is short."""
    room = free_memory(torch.device("cpu")) * SHARE
    side = math.isqrt(int(room / network.bytes_per_pixel))
    return min(network.tile, max(side, 2 * network.overlap, 64))


def largest_tile(device: torch.device, run: Callable[[int], object], network: Network) -> int:
    """The side of the largest tile that should fit an accelerator's free memory.

    Args:
        device: Where the network lies.
        run: Runs the network on a square tile of the given side.
        network: The result is at least twice its tiles' overlap.
    """
    most = network.tile if network.keeps_tile else LARGEST
    if device.type not in {"cuda", "xpu"}:
        return min(UNKNOWN_DEVICE_TILE, most)
    backend = torch.cuda if device.type == "cuda" else torch.xpu
    before = backend.memory_allocated(device)
    backend.reset_peak_memory_stats(device)
    run(PROBE)
    bytes_per_pixel = max(backend.max_memory_allocated(device) - before, 1) / PROBE**2
    release(device)
    side = math.isqrt(int(free_memory(device) * SHARE / bytes_per_pixel))
    # Multiples of 64 keep to the sizes for which convolutions have fast kernels.
    return max(min(side, most) // 64 * 64, 2 * network.overlap, 64)
