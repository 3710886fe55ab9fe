"""DMPHN: patches within patches, and the released weights: their files, their authors' pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hand_placed import SHARED_WEIGHTS
from PIL import Image as PillowImage

from restorekit.architectures.dmphn import DMPHN, build, cut, decoder, encoder, joined, untrained
from restorekit.contracts import SizeRequirements
from restorekit.errors import CheckpointError, DownloadError
from restorekit.inference.restorer import NetworkRestorer
from restorekit.zoo.cache import Cache
from restorekit.zoo.fetch import fetch
from restorekit.zoo.load import load_network, open_network
from restorekit.zoo.restorers import load_restorers

if TYPE_CHECKING:
    from pathlib import Path

    from restorekit.contracts import Image, Network, Precision

pytestmark = pytest.mark.usefixtures("one_thread")

RELEASED = SHARED_WEIGHTS / "dmphn"
PICTURES = SHARED_WEIGHTS.parent / "bench/dmphn"
needs_weights = pytest.mark.skipif(not RELEASED.is_dir(), reason="needs ../shared/weights/dmphn")


def network(levels: int = 3) -> DMPHN:
    torch.manual_seed(0)
    return DMPHN(channels=3, features=4, levels=levels).eval()


def pixels(path: Path) -> Image:
    return (np.asarray(PillowImage.open(path).convert("RGB")) / np.float32(255)).astype(np.float32)


def run(made: Network, image: Image, precision: Precision = "fp32") -> Image:
    cpu = torch.device("cpu")
    restorer = NetworkRestorer(made, name="dmphn", device=cpu, precision=precision, tile=0)
    return np.concatenate([band.rows for band in restorer.bands(image)]).astype(np.float32)


def psnr(a: Image, b: Image) -> float:
    return float(-10 * np.log10(np.mean((a.astype(np.float64) - b) ** 2)))


def test_the_published_size() -> None:
    with torch.device("meta"):
        module = DMPHN(channels=3, features=32, levels=3)
    assert sum(it.numel() for it in module.parameters()) == 5_424_393
    assert build(module.state_dict()).size_requirements == SizeRequirements(8, 8)
    four = build(network(levels=4).state_dict())
    assert four.size_requirements == SizeRequirements(16, 16)


@pytest.mark.parametrize(
    ("level", "shape"), [(0, (8, 16)), (1, (4, 16)), (2, (4, 8)), (3, (2, 8)), (4, (2, 4))]
)
def test_patches_in_the_order_of_the_picture(level: int, shape: tuple[int, int]) -> None:
    x = torch.rand(2, 3, 8, 16)
    parts = cut(x, level)
    height, width = shape
    expected = [
        one[:, row : row + height, column : column + width]
        for one in x
        for row in range(0, 8, height)
        for column in range(0, 16, width)
    ]
    assert torch.equal(parts, torch.stack(expected))
    assert torch.equal(joined(parts, level), x)


@torch.no_grad()
def test_the_levels_by_hand() -> None:
    """The figure of the paper, written out for 1-2-4: quarters, halves, the whole."""
    module = network()
    e1, e2, e3 = (module.get_submodule(f"encoder_lv{level}") for level in (1, 2, 3))
    d1, d2, d3 = (module.get_submodule(f"decoder_lv{level}") for level in (1, 2, 3))
    picture = torch.rand(1, 3, 16, 24)
    x = picture - 0.5
    halves = x[:, :, :8], x[:, :, 8:]
    third = [torch.cat([e3(it[..., :12]), e3(it[..., 12:])], dim=3) for it in halves]
    second = [e2(half + d3(seen)) for half, seen in zip(halves, third, strict=True)]
    known = torch.cat(second, dim=2) + torch.cat(third, dim=2)
    wanted = d1(e1(x + d2(known)) + known) + 0.5
    torch.testing.assert_close(module(picture), wanted)


@torch.no_grad()
def test_patches_of_the_lowest_level_do_not_see_one_another() -> None:
    module = network(levels=2)
    for name in ("encoder_lv1", "decoder_lv1"):
        for parameter in module.get_submodule(name).parameters():
            parameter.zero_()
    seen: list[torch.Tensor] = []
    module.get_submodule("encoder_lv2").register_forward_hook(lambda *it: seen.append(it[2]))
    x = torch.rand(1, 3, 16, 8)
    module(x)
    module(torch.cat([x[:, :, :8], torch.rand(1, 3, 8, 8)], dim=2))
    assert torch.equal(seen[0][0], seen[1][0])
    assert not torch.allclose(seen[0][1], seen[1][1])


def test_the_keys_of_the_release() -> None:
    wide = encoder(3, 32).state_dict(), decoder(3, 32).state_dict()
    assert wide[0]["layer9.weight"].shape == (128, 64, 3, 3)
    assert wide[0]["layer11.2.bias"].shape == (128,)
    assert wide[1]["layer16.weight"].shape == (128, 64, 4, 4)
    assert [len(it) for it in wide] == [30, 30]


def test_training_begins_with_the_weights_of_the_program() -> None:
    torch.manual_seed(0)
    state = untrained(channels=3, features=16, levels=2).state_dict()
    # Half of sqrt(2 / (9 * 64))
    assert state["decoder_lv2.layer13.0.weight"].std().item() == pytest.approx(
        0.5 * (2 / (9 * 64)) ** 0.5, rel=0.02
    )
    assert not any(value.any() for key, value in state.items() if key.endswith("bias"))


def test_a_level_that_lacks_its_decoder_is_told() -> None:
    state = {k: v for k, v in network().state_dict().items() if not k.startswith("decoder_lv2")}
    with pytest.raises(CheckpointError, match=r"decoder_lv2\.layer13"):
        build(state)


def test_parts_in_a_folder_are_one_network(tmp_path: Path) -> None:
    module = network()
    for name, part in module.named_children():
        torch.save(part.state_dict(), tmp_path / f"{name}.pkl")
    (tmp_path / "README.md").write_text("where they come from")
    opened = open_network(tmp_path)
    x = torch.rand(1, 3, 16, 16)
    with torch.no_grad():
        torch.testing.assert_close(opened.module(x), module(x), rtol=0, atol=0)
    loaded = load_restorers(f"{tmp_path}/", task="deblur")
    assert loaded.identity.count("+") == 5
    (tmp_path / "encoder_lv2.pkl").unlink()
    lacking = r"lacks encoder_lv2\.pkl \(dmphn is in 6 files: https://"
    with pytest.raises(CheckpointError, match=lacking):
        open_network(tmp_path)
    with pytest.raises(CheckpointError, match=lacking):
        load_restorers(f"{tmp_path}/", task="deblur")


def test_two_levels_of_three_are_a_network_too(tmp_path: Path) -> None:
    module = network(levels=2)
    for name, part in module.named_children():
        torch.save(part.state_dict(), tmp_path / f"{name}.pkl")
    assert open_network(tmp_path).hyperparameters["levels"] == 2


def test_parts_of_nothing_known_are_no_network(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(3)}, tmp_path / "head.pkl")
    with pytest.raises(CheckpointError, match="holds no network that is known"):
        open_network(tmp_path)


def test_a_folder_without_checkpoints(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"holds no checkpoint: expected .*\.pth"):
        open_network(tmp_path)


def test_weights_without_a_licence_are_left_to_people(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="no licence") as refused:
        fetch("dmphn", cache=Cache(tmp_path), trust_unverified=True)
    said = str(refused.value)
    assert "https://github.com/HongguangZhang/DMPHN-cvpr19-master/tree/" in said
    assert "decoder_lv1.pkl, decoder_lv2.pkl" in said
    assert "--model FOLDER/" in said
    assert str(tmp_path) in said


@needs_weights
def test_released_files_in_the_cache_are_known_by_their_hashes(tmp_path: Path) -> None:
    for number, file in enumerate(sorted(RELEASED.iterdir())):
        (tmp_path / f"by hand {number}").write_bytes(file.read_bytes())
    by_name = load_network("dmphn", offline=True, cache=Cache(tmp_path)).module.state_dict()
    by_folder = open_network(RELEASED).module.state_dict()
    assert by_name.keys() == by_folder.keys()
    assert all(torch.equal(by_name[key], by_folder[key]) for key in by_name)


@needs_weights
def test_bfloat16_is_as_good_as_float32() -> None:
    released = open_network(RELEASED)
    crop = np.ascontiguousarray(pixels(PICTURES / "input/000001.png")[300:428, 500:628])
    exact = run(released, crop)
    assert psnr(run(released, crop, "bf16"), exact) >= 50
    assert psnr(exact, crop) < 40


@needs_weights
@pytest.mark.slow
@pytest.mark.parametrize("name", ["000001"])
def test_the_authors_own_pictures(name: str) -> None:
    result = run(open_network(RELEASED), pixels(PICTURES / f"input/{name}.png"))
    wanted = np.asarray(PillowImage.open(PICTURES / f"output/{name}.png").convert("RGB"))
    # The authors' program cuts off where others round.
    error = np.floor(result * 255) - wanted
    assert np.abs(error).max() <= 1
    assert 10 * np.log10(255**2 / np.mean(error**2)) >= 90
