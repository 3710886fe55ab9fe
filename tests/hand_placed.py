"""Real weights without a network: the files that lie beside the repository, put into a cache."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

MODEL = "realesr-general-x4v3"
SHARED_WEIGHTS = Path(__file__).parents[1] / "../shared/weights"
SHARED_METRICS = SHARED_WEIGHTS / "metrics"
FOLDER = SHARED_WEIGHTS / MODEL


def place_weights(cache: Path) -> Path:
    """``cache`` with the files of the model and its twin in it, under names of their own."""
    files = sorted(FOLDER.glob("*.bin")) + sorted(FOLDER.glob("*.param"))
    if not files:
        pytest.skip(f"needs ../shared/weights/{MODEL}")
    cache.mkdir(parents=True, exist_ok=True)
    for number, file in enumerate(files):
        shutil.copyfile(file, cache / f"by hand {number}")
    return cache


def place_vdsr(cache: Path) -> Path:
    """``cache`` with VDSR's released file in it."""
    file = SHARED_WEIGHTS / "vdsr/VDSR_Official.mat"
    if not file.is_file():
        pytest.skip("needs ../shared/weights/vdsr")
    cache.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, cache / file.name)
    return cache


def place_denoisers(cache: Path) -> Path:
    """``cache`` with the released files of DnCNN, FDnCNN and FFDNet in it."""
    files = [*SHARED_WEIGHTS.glob("dncnn/*"), *SHARED_WEIGHTS.glob("ffdnet/*")]
    if not files:
        pytest.skip("needs ../shared/weights/dncnn and ffdnet")
    cache.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(file, cache / file.name)
    return cache


def place_ipol(cache: Path) -> Path:
    """``cache`` with the two files of FFDNet's release in IPOL in it."""
    files = sorted(SHARED_WEIGHTS.glob("ffdnet-ipol/ffdnet_weights_*.pth"))
    if len(files) < 2:
        pytest.skip("needs ../shared/weights/ffdnet-ipol: ffdnet_weights_gray.pth and _rgb.pth")
    cache.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(file, cache / file.name)
    return cache


def place_usrnet(cache: Path) -> Path:
    """``cache`` with the released file of the small USRNet in it."""
    file = SHARED_WEIGHTS / "usrnet/usrnet_tiny.pth"
    if not file.is_file():
        pytest.skip("needs ../shared/weights/usrnet")
    cache.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, cache / file.name)
    return cache
