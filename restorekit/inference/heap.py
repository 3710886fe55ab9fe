"""The process's heap: memory that one tile gives back is kept for the next.

The C library of Linux gives large tensors back to the system at once and takes them again, page by
page, each of which the system clears. On a CPU that takes some networks up to a fifth of their time
(``benchmarks/heap.py``); the most memory that is held at a time stays the same.
"""

from __future__ import annotations

import ctypes
from functools import lru_cache

TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD = -1, -2, -3
"""What glibc's ``mallopt`` calls them, in ``malloc.h``."""
LARGEST = 2**30
"""Bytes of a tensor up to which it lies in the heap."""
KEPT = 2**31 - 1
"""Bytes at the end of the heap that are not given back."""
STEP = 2**26
"""Bytes by which the heap grows at least."""


@lru_cache(maxsize=1)
def keep_freed_memory() -> bool:
    """Have freed memory kept for the rest of the process.

    Returns:
        Whether there is such a choice: only glibc has it.
    """
    try:
        library = ctypes.CDLL(None)
        if not hasattr(library, "gnu_get_libc_version"):
            return False
        chosen = {MMAP_THRESHOLD: LARGEST, TRIM_THRESHOLD: KEPT, TOP_PAD: STEP}
        return all(library.mallopt(key, value) for key, value in chosen.items())
    except (OSError, TypeError, AttributeError):
        return False
