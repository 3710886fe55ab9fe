from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from restorekit.errors import UsageError
from restorekit.training.folders import find, find_paired

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(path)
    return path


def test_photos_of_inner_folders_that_have_one_name_stay_apart(tmp_path: Path) -> None:
    true = [write(tmp_path / f"sharp/{it}/000.png") for it in "ab"]
    low = [write(tmp_path / f"blurred/{it}/000.jpg") for it in "ab"]
    assert find_paired(str(tmp_path / "sharp"), str(tmp_path / "blurred")) == (true, low)


def test_folders_as_gopro_has_them(tmp_path: Path) -> None:
    true = [write(tmp_path / f"GOPR{it}/sharp/0.png") for it in (372, 374)]
    low = [write(tmp_path / f"GOPR{it}/blur/0.png") for it in (372, 374)]
    found = find_paired(str(tmp_path / "*/sharp"), str(tmp_path / "*/blur"))
    assert found == (true, low)
    assert find(str(tmp_path / "*/sharp")) == true


@pytest.mark.parametrize(
    ("true", "low"),
    [
        ("Canon_001_HR", "Canon_001_LR4"),
        ("Nikon_D800_mean", "Nikon_D800_real"),
        ("tree_sharp", "tree_blurry"),
        ("tree_clean", "tree_noisy"),
        ("0801", "0801x4"),
    ],
)
def test_marks_of_pairs(tmp_path: Path, true: str, low: str) -> None:
    pair = [write(tmp_path / "true" / f"{true}.png")], [write(tmp_path / "low" / f"{low}.png")]
    assert find_paired(str(tmp_path / "true"), str(tmp_path / "low")) == pair


def test_a_photo_without_input_is_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / "true" / f"{name}.png")
    write(tmp_path / "low/a.png")
    with pytest.raises(UsageError, match=r"without an input in .*low: got 1, such as .*b\.png"):
        find_paired(str(tmp_path / "true"), str(tmp_path / "low"))


def test_folders_that_do_not_suit_each_other(tmp_path: Path) -> None:
    write(tmp_path / "1/sharp/a.png")
    write(tmp_path / "2/sharp/a.png")
    write(tmp_path / "1/blur/a.png")
    with pytest.raises(UsageError, match="expected 2 folders, got 1"):
        find_paired(str(tmp_path / "*/sharp"), str(tmp_path / "*/blur"))
    with pytest.raises(UsageError, match="no such file or folder"):
        find(str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no photos"):
        find(str(tmp_path / "empty"))
