from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from restorekit.errors import PhotoError
from restorekit.images.video import frames

if TYPE_CHECKING:
    from pathlib import Path

LEVELS = range(20, 220, 10)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Five seconds at four frames a second, each lighter than the one before."""
    av = pytest.importorskip("av")
    path = tmp_path / "walk.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=4)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.time_base = Fraction(1, 4)
        for level in LEVELS:
            pixels = np.full((48, 64, 3), level, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


def test_all_frames_and_one_a_second(video: Path) -> None:
    found = list(frames(video))
    assert [it.shape for it in found] == [(48, 64, 3)] * len(LEVELS)
    np.testing.assert_allclose([it.mean() for it in found], list(LEVELS), atol=4)
    some = [it.mean() for it in frames(video, seconds=1)]
    np.testing.assert_allclose(some, list(LEVELS)[::4], atol=4)


def test_a_run_learns_from_frames(video: Path) -> None:
    from restorekit.training.folders import find
    from restorekit.training.photos import pack

    assert find(str(video.parent)) == [video]
    packed, refused = pack([video], video.parent / "photos.u8", color="grey", smallest=32)
    assert (len(packed), refused) == (5, [])
    assert packed.name(1) == "walk.00001"
    assert packed[1].mean() == pytest.approx(LEVELS[4], abs=4)
    none, refused = pack([video, video], video.parent / "again.u8", color="grey", smallest=32)
    assert (len(none), refused) == (10, [])


def test_what_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"no video at all")
    with pytest.raises(PhotoError, match=r"broken\.mp4 cannot be read as a video"):
        list(frames(path))
