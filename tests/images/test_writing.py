from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_photos import identity, noise, restored, saved, smooth
from PIL import Image

from restorekit.errors import OutputError, UsageError
from restorekit.images import writing
from restorekit.images.photo import Encoding, Photo
from restorekit.images.reading import read
from restorekit.images.writing import encode, write

LARGE = Path(__file__).parents[3] / "shared" / "bench" / "large"


@pytest.fixture
def photo() -> Photo:
    return read(saved(noise(9, 8, 3), "PNG"), name="photo.png")


@pytest.mark.parametrize(
    "name",
    ["사진.png", "照片 一.png", "with spaces .png", "🌅 sunset.png", "é" * 120 + ".png", "-o.png"],
)
def test_names_of_all_kinds(tmp_path: Path, name: str) -> None:
    source, target = tmp_path / name, tmp_path / "out" / name
    target.parent.mkdir()
    source.write_bytes(saved(noise(9, 8, 3), "PNG"))
    before = source.read_bytes()
    photo = read(source)
    assert photo.name == name
    assert write(target, restored(photo), photo) == ()
    with Image.open(target) as image:
        np.testing.assert_array_equal(np.asarray(image), noise(9, 8, 3))
    assert source.read_bytes() == before
    assert [path.name for path in target.parent.iterdir()] == [name]


def assert_untouched(folder: Path) -> None:
    assert [path.name for path in folder.iterdir()] == ["a.png"]
    assert (folder / "a.png").read_bytes() == b"old"


@pytest.mark.parametrize("failing", ["encode", "fsync", "replace", "verify", "interrupt"])
def test_a_failure_leaves_the_target_and_nothing_else(
    failing: str, tmp_path: Path, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.png").write_bytes(b"old")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt if failing == "interrupt" else OSError(28, "No space left")

    where: dict[str, tuple[object, str]] = {
        "encode": (writing.png, "encode"),
        "fsync": (os, "fsync"),
        "replace": (Path, "replace"),
        "verify": (writing.eight_bit, "opened"),
        "interrupt": (os, "fsync"),
    }
    monkeypatch.setattr(*where[failing], fail)
    expected = KeyboardInterrupt if failing == "interrupt" else OutputError
    with pytest.raises(expected) as caught:
        write(tmp_path / "a.png", restored(photo), photo)
    if failing != "interrupt":
        assert "cannot be encoded" in str(caught.value) or "cannot be written" in str(caught.value)
        assert "No space left" in str(caught.value)
    monkeypatch.undo()
    assert_untouched(tmp_path)


def test_a_file_that_does_not_read_back_takes_no_place(
    tmp_path: Path, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.png").write_bytes(b"old")
    wrong = saved(noise(9, 7, 3), "PNG")
    monkeypatch.setattr(writing, "encode", lambda *_, **__: (wrong, ()))
    with pytest.raises(OutputError, match=r"expected png 8x9.*\(9, 7\)"):
        write(tmp_path / "a.png", restored(photo), photo)
    assert_untouched(tmp_path)


@pytest.mark.parametrize("links", [True, False])
def test_without_overwrite_what_is_there_stays(
    tmp_path: Path, photo: Photo, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    target = tmp_path / "a.png"
    pixels = noise(4, 5, 3)
    write(target, pixels, photo, format="png", overwrite=False)
    before = target.read_bytes()
    with pytest.raises(OutputError, match="another program wrote this file meanwhile"):
        write(target, 255 - pixels, photo, format="png", overwrite=False)
    assert target.read_bytes() == before
    assert [it.name for it in tmp_path.iterdir()] == ["a.png"]


def test_a_missing_folder_is_one_line(tmp_path: Path, photo: Photo) -> None:
    with pytest.raises(OutputError, match=r"x\.png cannot be written.*No such file"):
        write(tmp_path / "nowhere" / "x.png", restored(photo), photo)


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_new_file_has_the_usual_permissions(tmp_path: Path, photo: Photo) -> None:
    (tmp_path / "usual").touch()
    write(tmp_path / "a.png", restored(photo), photo)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1


@pytest.mark.parametrize("target", ["jpeg", "bmp"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [2, 4])
def test_transparency_is_laid_over_white_where_there_is_no_room(
    channels: int, dtype: type, target: str
) -> None:
    pixels = np.zeros((16, 48, channels), dtype)
    full = np.iinfo(dtype).max
    pixels[:, :16, -1], pixels[:, 16:32, -1] = full, full // 5
    photo = Photo("photo", np.zeros((16, 48, 3), np.float32), Encoding("png", 8, True))
    data, notes = encode(pixels, photo, format=target)
    assert any("laid over white" in note for note in notes)
    with Image.open(io.BytesIO(data)) as image:
        values = np.asarray(image.convert("L"))[8, [8, 24, 40]]
    np.testing.assert_allclose(values, [0, 204, 255], atol=2)


def test_an_opaque_alpha_is_dropped_without_a_word() -> None:
    pixels = noise(9, 8, 4)
    pixels[..., 3] = 255
    data = saved(pixels, "PNG")
    photo = read(data, name="photo")
    with_alpha = np.concatenate([restored(photo), pixels[..., 3:]], axis=2)
    for result in (restored(photo), with_alpha):
        written, notes = encode(result, photo, format="bmp")
        assert notes == ()
        with Image.open(io.BytesIO(written)) as image:
            np.testing.assert_array_equal(np.asarray(image), pixels[..., :3])


def test_16_bits_into_8_are_rounded_and_said() -> None:
    deep = noise(9, 8, 3, np.uint16)
    photo = Photo("photo", np.zeros((9, 8, 3), np.float32), Encoding("png", 16, True))
    written, notes = encode(deep, photo, format="webp")
    assert notes == ("WEBP is written with 8 bits (--format png or tiff keeps 16)",)
    with Image.open(io.BytesIO(written)) as image:
        np.testing.assert_array_equal(np.asarray(image), np.rint(deep / 257))


@pytest.mark.parametrize("quality", [30, 75, 95, 98, 100])
def test_a_jpeg_never_gets_worse_than_it_was(quality: int) -> None:
    pixels = smooth(40, 60)
    data = saved(pixels, "JPEG", quality=quality, subsampling=2)
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(identity(data))) as after:
        pairs = zip(before.quantization.values(), after.quantization.values(), strict=True)
        assert all(np.less_equal(new, old).all() for old, new in pairs)
        # No chroma subsampling: all components are sampled alike.
        assert {layer[1:3] for layer in after.layer} == {(1, 1)}
        difference = np.asarray(before).astype(int) - np.asarray(after)
        assert np.sqrt((difference**2).mean()) < 2


def test_quality_is_obeyed_where_there_is_one() -> None:
    photo = read(saved(smooth(80, 90), "JPEG"), name="photo")
    pixels = restored(photo)
    for target in ("jpeg", "webp", "avif"):
        sizes = [len(encode(pixels, photo, format=target, quality=q)[0]) for q in (20, 60, 95)]
        assert sizes == sorted(set(sizes))
    _, notes = encode(pixels, photo, format="png", quality=50)
    assert notes == ("PNG is lossless: the quality was not used",)
    for wrong in (0, 101):
        with pytest.raises(UsageError, match="1 to 100"):
            encode(pixels, photo, quality=wrong)


def test_webp_is_lossless_where_the_photo_was() -> None:
    pixels = noise(30, 20, 4)
    for source in (saved(pixels, "PNG"), saved(pixels, "WEBP", lossless=True, exact=True)):
        with Image.open(io.BytesIO(identity(source, format="webp"))) as image:
            np.testing.assert_array_equal(np.asarray(image), pixels)
    lossy = saved(pixels, "WEBP", quality=80)
    assert not read(lossy, name="photo").encoding.lossless
    assert b"VP8L" not in identity(lossy)


def test_grey_goes_into_formats_without_grey() -> None:
    for channels in (1, 2):
        pixels = noise(16, 24, channels)
        photo = read(saved(pixels, "PNG"), name="photo")
        with Image.open(io.BytesIO(identity(saved(pixels, "PNG"), format="webp"))) as image:
            expected = np.concatenate([pixels[..., :1]] * 3 + [pixels[..., 1:]], axis=2)
            np.testing.assert_array_equal(np.asarray(image), expected)
        assert photo.color.shape == (16, 24, 1)


def test_a_size_that_does_not_fit_is_refused_before_encoding(photo: Photo) -> None:
    wide = np.zeros((1, 16384, 3), np.uint8)
    with pytest.raises(OutputError, match=r"photo\.png is too large for WEBP.*16384x1.*png"):
        encode(wide, photo, format="webp")


def test_a_large_photo_is_read_in_bounded_memory() -> None:
    source = LARGE / "sunset-beach.jpg"
    if not source.exists():
        pytest.skip("the large photos are not here")
    pytest.importorskip("resource")
    script = (
        "import resource, sys; from pathlib import Path;"
        "from restorekit.images.reading import read;"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "before = peak(); photo = read(Path(sys.argv[1]));"
        "print(photo.size.height, photo.size.width, (peak() - before) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(source)], capture_output=True, text=True, check=True
    )
    height, width, megabytes = map(int, done.stdout.split())
    assert (height, width) == (4096, 6144)
    assert megabytes < 500
