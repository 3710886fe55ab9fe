"""Pairs from frames: means in linear light, the middle frame, numbers of frames by the seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from restorekit.batch.pairs import find_pairs
from restorekit.errors import OutputError, UsageError
from restorekit.tasks.frame_pairs import Averaged, Averaging, average_frames

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.batch.events import Event


def frames(folder: Path, count: int) -> list[np.ndarray]:
    """Noise as frames, the tenth after the ninth."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    made = [rng.integers(0, 256, (6, 8, 3)).astype(np.uint8) for _ in range(count)]
    for number, pixels in enumerate(made, 1):
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return made


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


def test_the_mean_is_one_of_light_and_the_truth_is_the_middle(tmp_path: Path) -> None:
    made = frames(tmp_path / "walk", 12)
    assert not average_frames([tmp_path / "walk"], tmp_path / "set", Averaging(5, 5))
    assert len(list((tmp_path / "set/sharp").iterdir())) == 2
    for first in (0, 5):
        taken = np.stack(made[first : first + 5]) / 255
        expected = 255 * (taken**2.2).mean(axis=0) ** (1 / 2.2)
        blurred = pixels(tmp_path / f"set/blurred/walk_{first:05}.png")
        assert np.abs(blurred - expected).max() <= 0.501
        sharp = pixels(tmp_path / f"set/sharp/walk_{first:05}.png")
        np.testing.assert_array_equal(sharp, made[first + 2])
    found = find_pairs(tmp_path / "set/blurred", tmp_path / "set/sharp")
    assert len(found.pairs) == 2
    assert not found.without_reference
    assert not found.without_prediction


def test_how_many_is_drawn_by_the_seed_and_is_odd(tmp_path: Path) -> None:
    frames(tmp_path / "walk", 200)
    told: dict[int, list[Event]] = {1: [], 2: []}
    written: list[bytes] = []
    for seed in (1, 2, 1):
        average_frames(
            [tmp_path / "walk"],
            tmp_path / "set",
            Averaging.said("7-13", seed),
            overwrite=True,
            on_event=told[seed].append,
        )
        first = min((tmp_path / "set/blurred").iterdir())
        written.append(first.read_bytes())
    lengths = [it.frames for it in told[1] if isinstance(it, Averaged)]
    half = len(lengths) // 2
    assert lengths[:half] == lengths[half:]
    assert {*lengths} == {7, 9, 11, 13}
    assert 200 - 13 < sum(lengths[:half]) <= 200
    assert lengths[:half] != [it.frames for it in told[2] if isinstance(it, Averaged)]
    assert written[0] == written[2]


def test_a_video_is_read(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    path = tmp_path / "walk.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=4)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for level in (40, 120, 200):
            frame = av.VideoFrame.from_ndarray(
                np.full((48, 64, 3), level, np.uint8), format="rgb24"
            )
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert not average_frames([path], tmp_path / "set", Averaging(3, 3))
    assert pixels(tmp_path / "set/sharp/walk_00000.png").mean() == pytest.approx(120, abs=4)
    light = np.mean((np.array([40, 120, 200]) / 255) ** 2.2)
    blurred = pixels(tmp_path / "set/blurred/walk_00000.png").mean()
    assert blurred == pytest.approx(255 * light ** (1 / 2.2), abs=4)
    assert blurred > 130  # brighter than the mean of the values


@pytest.mark.parametrize("text", ["", "x", "8", "1", "13-7", "7-", "-7", "8-8"])
def test_numbers_that_cannot_be_meant(text: str) -> None:
    with pytest.raises(UsageError, match="--frames"):
        Averaging.said(text)


def test_what_cannot_be_made(tmp_path: Path) -> None:
    frames(tmp_path / "walk", 4)
    source, target = tmp_path / "walk", tmp_path / "set"
    (failed,) = average_frames([source], target, Averaging(5, 5))
    assert "too few frames: expected 5 or more" in failed.message
    assert not target.exists()
    average_frames([source], target, Averaging(3, 3))
    before = (target / "blurred/walk_00000.png").read_bytes()
    with pytest.raises(OutputError, match="there already"):
        average_frames([source], target, Averaging(3, 3))
    assert (target / "blurred/walk_00000.png").read_bytes() == before
    with pytest.raises(UsageError, match="two videos of one name"):
        average_frames([source, tmp_path / "walk.mp4"], target, Averaging(3, 3))


def test_a_source_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    for name in ("bad", "good"):
        frames(tmp_path / name, 4)
    Image.new("RGB", (8, 9)).save(tmp_path / "bad/2.png")
    told: list[Event] = []
    sources = [tmp_path / "bad", tmp_path / "good"]
    (failed,) = average_frames(sources, tmp_path / "set", Averaging(3, 3), on_event=told.append)
    assert failed.source == tmp_path / "bad"
    assert "two kinds: expected 8x6 of 3 channels, got 8x9 of" in failed.message
    assert failed in told
    assert [it.name for it in (tmp_path / "set/blurred").iterdir()] == ["good_00000.png"]


def test_what_is_left_at_the_end_makes_a_shorter_pair() -> None:
    options = Averaging(7, 29)
    assert [options.at_most(it) for it in (6, 7, 8, 20, 29, 99)] == [0, 7, 7, 19, 29, 29]
