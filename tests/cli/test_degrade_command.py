"""``restorekit degrade``: photos in, spoilt photos out, each with the chain that did it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

import restorekit
from restorekit.degradations import names, parse
from restorekit.errors import UsageError
from restorekit.images.quantize import to_integers
from restorekit.tasks.degrade import degrade

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Command

RANDOM = "motion_blur([3, 9], [0, 180], 0.5)|gaussian_noise([5, 50])|jpeg([30, 95])"


@pytest.fixture(autouse=True)
def _photos(_elsewhere: None, photo: Callable[..., Path]) -> None:
    for name in ("a.png", "b.png", "deep/c.png"):
        photo(name, height=48, width=64)


def pixels(name: str) -> np.ndarray:
    with Image.open(name) as image:
        return np.asarray(image)


def told(lines: str) -> dict[str, str]:
    """The chain of each photo, from standard error."""
    return dict(line.split(": ", 1) for line in lines.splitlines() if ".png: " in line)


def test_the_chain_that_is_told_makes_the_same_file(command: Command) -> None:
    done = command("degrade", "a.png", "-c", RANDOM, "--seed", "7")
    assert done.status == 0
    chain = told(done.err)["a.png"]
    assert "[" not in chain
    assert chain.count("seed=") == 2
    again = command("degrade", "a.png", "-c", chain, "--seed", "99", "-o", "again.png")
    assert told(again.err)["a.png"] == chain
    assert Path("again.png").read_bytes() == Path("a_degraded.png").read_bytes()
    by_hand = parse(chain).draw(np.random.default_rng(0))(restorekit.read("a.png").color)
    np.testing.assert_array_equal(pixels("again.png"), to_integers(by_hand, 8))
    assert np.abs(pixels("again.png").astype(int) - pixels("a.png")).mean() > 3


def test_each_photo_draws_its_own_whatever_lies_beside_it(command: Command) -> None:
    together = told(command("degrade", "a.png", "b.png", "-c", RANDOM, "-o", "one/").err)
    alone = told(command("degrade", "b.png", "-c", RANDOM, "-o", "two/").err)
    assert together["a.png"] != together["b.png"] == alone["b.png"]
    assert Path("one/b.png").read_bytes() == Path("two/b.png").read_bytes()
    other = told(command("degrade", "b.png", "-c", RANDOM, "--seed", "1", "-o", "three/").err)
    assert other["b.png"] != alone["b.png"]


def test_events_hold_the_chain(command: Command) -> None:
    done = command("degrade", "a.png", "-c", "gaussian_noise(25)", "--json")
    assert done.status == 0
    kinds = [it["event"] for it in done.events]
    assert kinds.index("applied") == kinds.index("done") - 1
    (applied,) = [it for it in done.events if it["event"] == "applied"]
    assert applied["source"] == "a.png"
    assert applied["chain"].startswith("gaussian_noise(25, seed=")


def test_a_seed_is_a_set_of_blurs_whatever_the_format_of_the_photos(command: Command) -> None:
    Image.fromarray(pixels("b.png")).save("b.jpg")
    Path("b.png").unlink()
    asked = ("degrade", ".", "-c", "mixed_blur", "--seed", "7", "--format", "png", "--json")
    first = command(*asked, "-o", "one/")
    second = command(*asked, "-o", "two/")
    assert first.status == second.status == 0
    assert sorted(it.name for it in Path("one").glob("*.png")) == ["a.png", "b.png"]
    for name in ("a.png", "b.png"):
        assert Path(f"one/{name}").read_bytes() == Path(f"two/{name}").read_bytes()
    chains = {it["source"]: it["chain"] for it in first.events if it["event"] == "applied"}
    assert set(chains) == {"a.png", "b.jpg"}
    for source, chain in chains.items():
        assert chain.endswith(")")
        assert "|gaussian_noise(2.0, seed=" in chain
        by_hand = parse(chain).draw(np.random.default_rng())(restorekit.read(source).color)
        blurred = pixels(f"one/{Path(source).stem}.png")
        np.testing.assert_array_equal(blurred, to_integers(by_hand, 8))


def test_frames_become_pairs(command: Command, photo: Callable[..., Path]) -> None:
    for number in range(7):
        photo(f"walk/{number}.png", height=24, width=32)
    done = command("degrade", "walk", "--frames", "3", "-o", "pairs")
    assert done.status == 0
    assert str(Path("pairs/blurred/walk_00000.png  mean of 3 frames")) in done.err
    assert sorted(it.name for it in Path("pairs/sharp").iterdir()) == [
        "walk_00000.png",
        "walk_00003.png",
    ]
    np.testing.assert_array_equal(pixels("pairs/sharp/walk_00003.png"), pixels("walk/4.png"))
    again = command("degrade", "walk", "--frames", "3", "-o", "pairs", "--overwrite", "--json")
    assert [(it["first"], it["frames"]) for it in again.events] == [(0, 3), (3, 3)]


def test_folders_keep_their_tree_and_results_are_not_replaced(command: Command) -> None:
    first = command("degrade", ".", "-r", "-o", "bad/", "-c", "gaussian_blur(2)")
    assert first.status == 0
    assert Path("bad/deep/c.png").is_file()
    before = Path("bad/a.png").read_bytes()
    second = command("degrade", "a.png", "-o", "bad/", "-c", "gaussian_blur(3)")
    assert second.status == 1
    assert Path("bad/a.png").read_bytes() == before
    third = command("degrade", "a.png", "-o", "bad/", "-c", "gaussian_blur(3)", "--overwrite")
    assert third.status == 0
    assert Path("bad/a.png").read_bytes() != before
    resumed = command("degrade", "a.png", "-o", "bad/", "-c", "gaussian_blur(3)", "--resume")
    assert "done before" in resumed.err


def test_a_broken_photo_does_not_stop_the_others(command: Command) -> None:
    Path("broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = command("degrade", "broken.png", "a.png", "-c", "jpeg(30)")
    assert done.status == 1
    assert "failed: broken.png" in done.err
    assert Path("a_degraded.png").is_file()
    assert not Path("broken_degraded.png").exists()


def test_composites_make_photos_smaller(command: Command) -> None:
    done = command("degrade", "a.png", "-c", "real_esrgan(4)")
    assert done.status == 0
    assert pixels("a_degraded.png").shape == (12, 16, 3)
    assert "real_esrgan" not in told(done.err)["a.png"]


@pytest.mark.parametrize("chain", ["gaussian_noise(0)", "gaussian_noise(0)|fading(0)|downscale(1)"])
def test_what_is_neutral_keeps_every_pixel(command: Command, chain: str) -> None:
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (20, 30, 4)).astype(np.uint8)).save("t.png")
    Image.fromarray(rng.integers(0, 65536, (20, 30)).astype(np.uint16)).save("deep.png")
    for name in ("a.png", "t.png", "deep.png"):
        assert command("degrade", name, "-c", chain, "-o", f"same-{name}").status == 0
        np.testing.assert_array_equal(pixels(f"same-{name}"), pixels(name))


def test_colours_outside_of_srgb_stay_where_nothing_is_done(command: Command) -> None:
    from made_profiles import rgb_profile

    colors = np.zeros((16, 16, 3), np.uint8)
    colors[:8], colors[8:] = (255, 0, 0), (0, 250, 30)
    profile = rgb_profile("p3")
    Image.fromarray(colors).save("wide.png", icc_profile=profile)
    assert command("degrade", "wide.png", "-c", "gaussian_noise(0)", "-o", "same.png").status == 0
    assert command("degrade", "wide.png", "-c", "downscale(4)", "-o", "small.png").status == 0
    np.testing.assert_array_equal(pixels("same.png"), colors)
    with Image.open("small.png") as image:
        assert image.info["icc_profile"] == profile
    np.testing.assert_allclose(pixels("small.png")[[0, 3], 0], colors[[0, 15], 0], atol=6)


def test_transparency_follows_the_size(command: Command) -> None:
    alpha = np.full((48, 64, 1), 255, np.uint8)
    alpha[:, :32] = 0
    Image.fromarray(np.concatenate([pixels("a.png"), alpha], axis=2)).save("t.png")
    assert command("degrade", "t.png", "-c", "downscale(4)").status == 0
    result = pixels("t_degraded.png")
    assert result.shape == (12, 16, 4)
    assert (result[:, :6, 3] == 0).all()
    assert (result[:, 10:, 3] == 255).all()


def test_metadata_and_the_input_stay(command: Command) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    Image.fromarray(pixels("a.png")).save("m.jpg", exif=exif, quality=95)
    before = Path("m.jpg").read_bytes()
    assert command("degrade", "m.jpg", "-c", "gaussian_noise(25)").status == 0
    assert Path("m.jpg").read_bytes() == before
    with Image.open("m_degraded.jpg") as image:
        assert image.getexif()[0x010F] == "Maker"


def test_streams(command: Command) -> None:
    done = command("degrade", "-", "-c", "downscale(2)", stdin=Path("a.png").read_bytes())
    assert done.status == 0
    assert "standard input: downscale(2)" in done.err
    Path("out.png").write_bytes(done.data)
    assert pixels("out.png").shape == (24, 32, 3)


def test_the_list_names_all_of_them(command: Command) -> None:
    done = command("degrade", "--list")
    assert done.status == 0
    for name in names():
        assert f" {name}(" in done.out
    rows = command("degrade", "--list", "--json").events
    assert [it["name"] for it in rows] == names()
    for row in rows:
        parse(row["drawn"])


def test_the_gallery_shows_all_of_them(command: Command) -> None:
    done = command("degrade", "a.png", "--gallery", "sheet.png")
    assert done.status == 0
    assert "wrote sheet.png" in done.err
    sheet = pixels("sheet.png")
    columns, rows = 5, -(-(len(names()) + 1) // 5)
    assert sheet.shape[1] > columns * 64
    assert sheet.shape[0] > rows * 48
    assert not Path("a_degraded.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "degrade: expected photos, got none (--list needs none)"),
        (("a.png",), "degrade: expected --chain, got none (--list shows what there is)"),
        (("a.png", "-c", "gausian_noise(3)"), "unknown degradation 'gausian_noise' (did you mean"),
        (("a.png", "-c", "jpeg(0)"), "jpeg: quality: expected a whole number from 1 to 100, got 0"),
        (("a.png", "-c", "jpeg(9)", "--seed", "-1"), "--seed: expected 0 or more, got -1"),
        (("a.png", "--frames", "8", "-o", "p"), "--frames: expected an odd number from 3 up, or a"),
        (("a.png", "--frames", "9"), "--frames makes pairs: expected -o FOLDER for them, got none"),
        (("a.png", "--frames", "9", "-c", "jpeg(9)"), "--frames makes pairs of its own"),
        (("a.png", "--frames", "9", "-o", "p", "--format", "jpeg"), "--frames writes PNGs"),
        (("a.png", "--gallery", "s.png", "-c", "jpeg(9)"), "--gallery shows every degradation"),
        (
            ("a.png", "b.png", "--gallery", "s.png"),
            "--gallery: expected one photo, got a.png, b.png",
        ),
    ],
)
def test_what_cannot_be_meant(command: Command, arguments: tuple[str, ...], words: str) -> None:
    done = command("degrade", *arguments)
    assert done.status == 2
    assert words in done.complaint


def test_from_python() -> None:
    image = restorekit.read("a.png").color
    before = image.copy()
    result, chain = degrade(image, "gaussian_noise([20, 30])|downscale(2)", seed=3)
    assert result.shape == (24, 32, 3)
    np.testing.assert_array_equal(image, before)
    again, same = degrade(image, chain, seed=4)
    assert same == chain
    np.testing.assert_array_equal(again, result)
    with pytest.raises(UsageError, match="another range"):
        degrade(image * 255, "jpeg(40)")
