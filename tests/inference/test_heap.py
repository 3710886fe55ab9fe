"""Freed memory is kept: a second tensor of the same size needs no new pages."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

COUNT = """
import resource, sys
import numpy as np
from restorekit.inference.heap import keep_freed_memory
if sys.argv[1] == "kept":
    assert keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(2):
    np.ones(1 << 23)
before = faults()
for _ in range(4):
    np.ones(1 << 23)
print(faults() - before)
"""


def faults(side: str) -> int:
    made = [sys.executable, "-c", COUNT, side]
    return int(subprocess.run(made, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has this choice")
def test_freed_memory_is_kept() -> None:
    pages = 4 * (8 << 23) // 4096
    assert faults("kept") < pages / 20
    assert faults("as it was") > 5 * max(faults("kept"), 1)
