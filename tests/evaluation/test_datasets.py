"""Copies of sets: whole, partial, wrong, renamed, in inner folders, and the real ones."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from restorekit.batch.pairs import named_photos
from restorekit.errors import PhotoError, UnknownNameError, UsageError
from restorekit.evaluation.datasets import manifest
from restorekit.evaluation.datasets.content import content, set_sha256
from restorekit.evaluation.datasets.finding import find_dataset, recognised, where
from restorekit.evaluation.datasets.listing import facts, listing
from restorekit.images import reading

if TYPE_CHECKING:
    from collections.abc import Callable

    Write = Callable[..., Path]

NAMES = ("Ape", "bat", "cat", "dog")
PAIRED = {"truth": "{name}_sharp", "degraded": "{name}_blur*"}
KNOWN = [it.name for it in manifest.datasets() if it.is_known]
BENCH_NAMES = {"kodak24": "kodak24_500"}


def described(folder: Path, name: str, **options: Any) -> dict[str, Any]:
    photos = {name: content(path) for name, path in named_photos(folder).items()}
    count = sum("_blur" not in it for it in photos)
    return {
        "name": name,
        "title": "made for tests",
        "tasks": ["sr"],
        "count": count,
        "sizes": "20x16",
        "colour": "colour",
        "licence": "CC0",
        "address": "https://example.org/sets",
        "take": "the ZIP file",
        "sha256": set_sha256(photos),
        "photos": {key: str(it) for key, it in photos.items()},
        **options,
    }


@pytest.fixture
def data(photo: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with copies of the sets ``zoo`` and ``moved``, the only ones there are."""
    for number, name in enumerate(NAMES):
        photo(f"data/Zoo/{name}.png", number)
    for number, name in enumerate(("a_sharp", "a_blur1", "a_blur2", "b_sharp", "b_blur1")):
        photo(f"data/moved/{name}.png", number)
    unknown: dict[str, Any] = {"count": 3, "sha256": None}
    entries = [
        described(tmp_path / "data/Zoo", "zoo", spellings=["animals", "menagerie"]),
        described(tmp_path / "data/moved", "moved", **PAIRED),
        {**described(tmp_path / "data/Zoo", "unseen"), **unknown},
    ]
    del entries[2]["photos"]
    made = manifest.parse(json.dumps({"version": 1, "datasets": entries}), "test")
    monkeypatch.setattr(manifest, "_shipped", lambda: made)
    return tmp_path / "data"


def test_a_hash_is_of_the_decoded_samples(photo: Write, tmp_path: Path) -> None:
    path = photo("a.png")
    picture = Image.open(path)
    expected = hashlib.sha256(np.asarray(picture).tobytes()).hexdigest()
    picture.save(tmp_path / "b.bmp")
    picture.save(tmp_path / "c.tif")
    picture.save(tmp_path / "d.webp", lossless=True)
    assert content(path).sha256 == expected
    assert str(content(path)) == f"20x16 colour {expected}"
    assert {content(tmp_path / it) for it in ("b.bmp", "c.tif", "d.webp")} == {content(path)}
    picture.save(tmp_path / "e.jpg", quality=100)
    assert content(tmp_path / "e.jpg").sha256 != expected
    grey = picture.convert("L")
    grey.save(tmp_path / "f.png")
    assert content(tmp_path / "f.png").sha256 == hashlib.sha256(grey.tobytes()).hexdigest()
    assert content(tmp_path / "f.png").kind == "grey"


def test_whole(data: Path) -> None:
    found = find_dataset("zoo", data)
    assert (found.state, found.is_sound) == ("whole", True)
    assert found.photos == {name: data / f"Zoo/{name}.png" for name in NAMES}
    assert (found.missing, found.wrong, found.extra, found.degraded) == ((), {}, (), {})
    assert found.sentence() == "zoo: all 4 photos, as their hashes say"


def test_other_formats_cases_marks_and_spellings_are_the_same_set(data: Path) -> None:
    for name in NAMES:
        Image.open(data / f"Zoo/{name}.png").save(data / f"Zoo/{name.upper()}_GT.bmp")
        (data / f"Zoo/{name}.png").unlink()
    (data / "Zoo").rename(data / "Animals")
    found = find_dataset("Menagerie", data)
    assert found.state == "whole"
    assert set(found.photos) == set(NAMES)


def test_renamed_photos_are_told_by_their_content(data: Path) -> None:
    (data / "Zoo/cat.png").rename(data / "Zoo/img_003.png")
    (data / "Zoo/dog.png").rename(data / "Zoo/img_004.png")
    found = find_dataset("zoo", data)
    assert found.state == "whole"
    assert found.photos["cat"] == data / "Zoo/img_003.png"
    assert found.photos["dog"] == data / "Zoo/img_004.png"


def test_partial(data: Path) -> None:
    (data / "Zoo/cat.png").unlink()
    found = find_dataset("zoo", data)
    assert (found.state, found.is_sound, found.missing) == ("partial", False, ("cat",))
    assert found.sentence() == "zoo: 1 of 4 photos missing (cat)"
    (data / "Zoo/Ape.png").unlink()
    (data / "Zoo/bat.png").unlink()
    assert find_dataset("zoo", data).missing == ("Ape", "bat", "cat")


def test_wrong(data: Path) -> None:
    Image.open(data / "Zoo/Ape.png").save(data / "Zoo/Ape.jpg", quality=100)
    (data / "Zoo/Ape.png").unlink()
    Image.open(data / "Zoo/bat.png").resize((10, 8)).save(data / "Zoo/bat.png")
    Image.open(data / "Zoo/cat.png").convert("L").save(data / "Zoo/cat.png")
    (data / "Zoo/dog.png").write_bytes((data / "Zoo/dog.png").read_bytes()[:300])
    found = find_dataset("zoo", data)
    assert (found.state, found.is_sound) == ("wrong", False)
    assert found.wrong["Ape"] == "other pixels"
    assert found.wrong["bat"] == "10x8 instead of 20x16"
    assert found.wrong["cat"] == "grey instead of colour"
    assert f"{data / 'Zoo/dog.png'} is damaged or cut off" in found.wrong["dog"]
    assert found.sentence().startswith("zoo: 4 of 4 photos differ (Ape: other pixels, bat: 10x8 i")
    assert found.sentence().endswith("cat: grey instead of colour, ...)")


def test_one_level_of_one_sample_is_told(data: Path) -> None:
    pixels = np.array(Image.open(data / "Zoo/bat.png"))
    pixels[7, 11, 2] += 1
    Image.fromarray(pixels).save(data / "Zoo/bat.png")
    assert find_dataset("zoo", data).wrong == {"bat": "other pixels"}


def test_extra_photos_are_left_out(data: Path, photo: Write) -> None:
    photo("data/Zoo/eel.png", 9)
    found = find_dataset("zoo", data)
    assert (found.state, found.is_sound, found.extra) == ("extra", True, ("eel",))
    assert "eel" not in found.photos
    assert found.sentence().endswith("1 more that are not in it (eel)")


def test_of_inner_folders_the_sound_one_is_taken(data: Path) -> None:
    shutil.copytree(data / "Zoo", data / "set/original")
    shutil.copytree(data / "Zoo", data / "set/GTmod12")
    for name in NAMES:
        Image.open(data / f"Zoo/{name}.png").crop((0, 0, 12, 12)).save(data / f"Zoo/{name}.png")
    shutil.move(data / "Zoo", data / "set/wrong")
    (data / "set/GTmod12/dog.png").unlink()
    (data / "set").rename(data / "ZOO")
    found = find_dataset("zoo", data)
    assert found.state == "whole"
    assert found.photos["cat"] == data / "ZOO/original/cat.png"
    shutil.rmtree(data / "ZOO/original")
    assert find_dataset("zoo", data).missing == ("dog",)


def test_the_folder_itself(data: Path) -> None:
    assert find_dataset("zoo", data / "Zoo").state == "whole"
    (data / "Zoo").rename(data / "pictures")
    found = find_dataset("zoo", data / "pictures")
    assert found.photos["cat"] == data / "pictures/cat.png"
    with pytest.raises(PhotoError, match="moved is not in"):
        find_dataset("moved", data / "pictures")


def test_a_missing_set_tells_where_to_get_it(data: Path, tmp_path: Path) -> None:
    shutil.rmtree(data / "Zoo")
    for folder, got in ((data, ""), (tmp_path / "none", ", got no such folder")):
        with pytest.raises(PhotoError) as caught:
            find_dataset("zoo", folder)
        assert str(caught.value) == (
            f"zoo is not in {folder}: expected a folder zoo there, or its 4 photos{got} "
            "(get it from https://example.org/sets - the ZIP file)"
        )
    with pytest.raises(UsageError, match=r"where is zoo\?: expected .* --data or RESTOREKIT_DATA"):
        find_dataset("zoo", None)
    with pytest.raises(UnknownNameError, match="did you mean zoo"):
        find_dataset("zooo", data)


def test_another_folder_with_two_photos_of_one_name_is_no_set(data: Path, photo: Write) -> None:
    photo("data/results/Ape_x2.png")
    photo("data/results/Ape_x4.png")
    with pytest.raises(PhotoError, match="zoo is not in"):
        find_dataset("zoo", data / "results")
    photo("data/Zoo/Ape_x4.png")
    beside = find_dataset("zoo", data)
    assert (beside.state, beside.extra) == ("extra", ("Ape_x4",))


def test_a_set_without_hashes(data: Path, photo: Write) -> None:
    photo("data/Unseen/one.png")
    photo("data/Unseen/two.png")
    found = find_dataset("unseen", data)
    assert (found.state, found.is_sound, set(found.photos)) == ("unverified", True, {"one", "two"})
    assert found.sentence() == (
        "unseen: 2 of 3 photos, not verified: no hashes of this set are known"
    )
    (data / "Unseen").rename(data / "strange")
    with pytest.raises(PhotoError, match="unseen is not in"):
        find_dataset("unseen", data / "strange")
    photo("data/strange/three.png")
    found = find_dataset("unseen", data / "strange")
    assert (found.state, len(found.photos)) == ("unverified", 3)
    assert recognised(named_photos(data / "strange")) is None


def test_pairs(data: Path) -> None:
    found = find_dataset("moved", data)
    assert found.state == "whole"
    assert found.photos == {key: data / f"moved/{key}.png" for key in ("a_sharp", "b_sharp")}
    assert found.degraded == {
        "a_sharp": (data / "moved/a_blur1.png", data / "moved/a_blur2.png"),
        "b_sharp": (data / "moved/b_blur1.png",),
    }
    (data / "moved/deep").mkdir()
    (data / "moved/a_blur2.png").rename(data / "moved/deep/a_blur2.png")
    (data / "moved/b_blur1.png").unlink()
    found = find_dataset("moved", data)
    assert (found.state, found.missing) == ("partial", ("b_blur1",))
    assert found.degraded == {
        "a_sharp": (data / "moved/a_blur1.png", data / "moved/deep/a_blur2.png")
    }


def test_recognised(data: Path, photo: Write) -> None:
    def seen() -> str | None:
        found = recognised(named_photos(data / "Zoo"))
        return found and found.sentence()

    assert seen() == "zoo: all 4 photos, as their hashes say"
    Image.open(data / "Zoo/Ape.png").save(data / "Zoo/Ape.jpg")
    (data / "Zoo/Ape.png").unlink()
    (data / "Zoo/bat.png").unlink()
    assert seen() == "zoo: 1 of 4 photos differ (Ape: other pixels), 1 of 4 photos missing (bat)"
    (data / "Zoo/cat.png").unlink()
    (data / "Zoo/dog.png").unlink()
    assert seen() is None


def test_same_names_do_not_make_a_set(data: Path, photo: Write) -> None:
    for number, name in enumerate(NAMES):
        photo(f"mine/{name}.png", number, size=(30, 30))
    mine = named_photos(data.parent / "mine")
    assert recognised(mine) is None
    others = {f"n{number}": data / f"n{number}.png" for number in range(9)}
    assert recognised(named_photos(data / "Zoo") | others) is None
    assert recognised({}) is None


def test_nothing_is_decoded_twice(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:  # other times than in the description above
        os.utime(data / f"Zoo/{name}.png", (1e9, 1e9))
    decoded: list[str] = []
    read = reading.read

    def counted(source: Path, *, name: str) -> object:
        decoded.append(name)
        return read(source, name=name)

    monkeypatch.setattr(reading, "read", counted)
    assert recognised(named_photos(data / "Zoo")) == find_dataset("zoo", data)
    assert sorted(decoded) == sorted(str(data / f"Zoo/{name}.png") for name in NAMES)
    os.utime(data / "Zoo/cat.png", (1e9, 2e9))
    find_dataset("zoo", data)
    assert len(decoded) == len(NAMES) + 1


def test_listing_decodes_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(reading, "read")
    (data / "Zoo/cat.png").write_bytes(b"")
    rows = {row.name: row for row in listing(data)}
    assert rows["zoo"].here == str(data / "Zoo")
    assert (rows["unseen"].here, rows["unseen"].verifiable) == (None, False)
    assert all(row.here is None for row in listing(None))
    assert where(manifest.dataset("zoo"), data / "Zoo") == data / "Zoo"
    assert facts("zoo", data)["here"] == str(data / "Zoo")
    assert facts("moved", None)["degraded"] == "NAME_blur*"


@pytest.mark.parametrize("name", KNOWN)
def test_the_copies_at_hand_are_whole(bench: Callable[[str], Path], name: str) -> None:
    folder = bench(BENCH_NAMES.get(name, name)).parent
    found = find_dataset(name, folder)
    assert (found.state, found.extra) == ("whole", ())
    assert len(found.photos) == found.dataset.count
    assert (found.dataset.degraded is not None) == bool(found.degraded)
    photos = {key: content(path) for key, path in found.photos.items()}
    if not found.degraded:
        assert set_sha256(photos) == found.dataset.sha256


def test_the_eight_blurs_of_each_photo_of_levin(bench: Callable[[str], Path]) -> None:
    found = find_dataset("levin", bench("levin"))
    assert {name: len(paths) for name, paths in found.degraded.items()} == dict.fromkeys(
        ("im1", "im2", "im3", "im4"), 8
    )
    assert found.degraded["im2"][4].name == "im2_kernel5_img.png"


def test_a_real_set_is_recognised_under_any_name(
    bench: Callable[[str], Path], tmp_path: Path
) -> None:
    shutil.copytree(bench("set5"), tmp_path / "x")
    (tmp_path / "x/baby_GT.bmp").unlink()
    found = recognised(named_photos(tmp_path / "x"))
    assert found is not None
    assert found.sentence() == "set5: 1 of 5 photos missing (baby)"


def test_the_script_makes_the_entries(bench: Callable[[str], Path]) -> None:
    known = manifest.dataset("levin")
    assert known.degraded is not None
    patterns = ("--truth", known.truth.text, "--degraded", known.degraded.text)
    script = Path(__file__).parents[2] / "benchmarks/describe_dataset.py"
    done = subprocess.run(
        [sys.executable, script, bench("levin"), *patterns],
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert (told["count"], told["sizes"], told["colour"]) == (4, known.sizes, known.colour)
    assert told["sha256"] == known.sha256
    assert told["photos"] == {key: str(photo) for key, photo in sorted(known.photos.items())}


def test_a_relative_path_is_not_taken_for_another_file(
    photo: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    for number, folder in enumerate(("one", "two")):
        os.utime(photo(f"{folder}/a.bmp", number), (1e9, 1e9))
        monkeypatch.chdir(tmp_path / folder)
        seen.append(content(Path("a.bmp")))
    assert seen[0] != seen[1]
