"""A network in eight orientations: what cancels out, and what is turned with the picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hand_placed import place_usrnet, place_vdsr
from toy_networks import CPU, network, whole

from restorekit import kernels
from restorekit.contracts import Diffusion, SizeRequirements
from restorekit.errors import UsageError
from restorekit.images.convolution import convolve
from restorekit.images.imresize import imresize
from restorekit.images.reading import read_bytes
from restorekit.inference.make import make_restorer
from restorekit.inference.self_ensemble import TURNS
from restorekit.zoo.load import load_network

if TYPE_CHECKING:
    from restorekit.contracts import Image, Network, Psf, Size
    from restorekit.inference.restorer import NetworkRestorer

SET5 = Path(__file__).parents[2] / "../shared/bench/set5"
PICTURE = np.random.default_rng(0).random((37, 50, 3), dtype=np.float32)

pytestmark = pytest.mark.usefixtures("one_thread")


def ensemble(made: Network, tile: int = 0, *, turned: bool = True) -> NetworkRestorer:
    return make_restorer(
        made, name="toy", device=CPU, precision="fp32", tile=tile, self_ensemble=turned
    )


def test_the_eight_orientations() -> None:
    picture = torch.from_numpy(PICTURE)
    seen = {turn.there(picture)[:3, :3].numpy().tobytes() for turn in TURNS}
    assert len(seen) == len(TURNS) == 8
    for turn in TURNS:
        assert torch.equal(turn.back(turn.there(picture)), picture)
        # A blurred picture in another orientation is that picture, blurred by the turned kernel.
        psf = kernels.gaussian(2, 0.5, 20, shift=0.4)
        seen_blurred = turn.there(torch.from_numpy(convolve(PICTURE, psf))).numpy()
        there = np.ascontiguousarray(turn.there(picture).numpy())
        np.testing.assert_allclose(convolve(there, turn.kernel(psf)), seen_blurred, atol=1e-6)


@pytest.mark.parametrize("scale", [1, 3])
def test_a_network_without_a_preferred_direction_gives_the_same(scale: int) -> None:
    made = network(scale=scale, size_requirements=SizeRequirements(1, 4))
    once, turned = (whole(ensemble(made, 20, turned=it), PICTURE) for it in (False, True))
    np.testing.assert_allclose(turned, once, atol=1e-6)
    grey = np.ascontiguousarray(PICTURE[..., :1])
    assert whole(ensemble(made, 20), grey).shape == (37 * scale, 50 * scale, 1)


def test_a_push_to_one_side_becomes_one_to_all_four() -> None:
    def pushed(x: torch.Tensor) -> torch.Tensor:
        return F.pad(x, (1, 0, 0, 0))[..., :-1]

    point = np.zeros((9, 12, 3), np.float32)
    point[4, 5] = 1
    result = whole(ensemble(network(pushed)), point)
    cross = np.zeros_like(point)
    cross[[3, 5, 4, 4], [5, 5, 4, 6]] = 0.25
    np.testing.assert_array_equal(result, cross)


@pytest.mark.parametrize("tile", [16, 20])
def test_tiled_is_whole_where_a_network_works_in_blocks(tile: int) -> None:
    """Each pixel of a block of four is treated otherwise: blocks must lie where they lay."""

    def by_place(x: torch.Tensor) -> torch.Tensor:
        rows, columns = (torch.arange(length) % 4 for length in x.shape[2:])
        return x * (0.3 + 0.1 * columns + 0.05 * rows[:, None])

    made = network(by_place, size_requirements=SizeRequirements(8, 4), receptive_field=0)
    tiled, one = (whole(ensemble(made, it), PICTURE) for it in (tile, 0))
    np.testing.assert_allclose(tiled, one, atol=1e-6)
    assert np.abs(one - whole(ensemble(made, turned=False), PICTURE)).max() > 0.05


def in_a_corner(psf: Psf, size: Size) -> np.ndarray:
    plane = np.zeros((1, *size), np.float32)
    plane[0, : len(psf), : len(psf)] = psf[: size.height, : size.width]
    return plane


def by_the_kernel(x: torch.Tensor) -> torch.Tensor:
    """The picture blurred as it is told."""
    weight = x[0, 3, :5, :5].flip(0, 1).expand(3, 1, 5, 5)
    return F.conv2d(F.pad(x[:, :3], (2, 2, 2, 2)), weight, groups=3)


def test_the_kernel_is_turned_with_the_picture() -> None:
    psf = kernels.gaussian(1.6, 0.5, 25, size=5, shift=0.4)
    made = network(by_the_kernel, kernel_maps=in_a_corner)
    once, turned = (
        whole(ensemble(made, turned=it).with_kernel(psf), PICTURE) for it in (False, True)
    )
    np.testing.assert_allclose(turned, once, atol=1e-6)
    mirrored = whole(ensemble(made).with_kernel(psf[:, ::-1]), PICTURE)
    assert np.abs(mirrored - once).max() > 0.05


def test_numbers_that_are_not_finite_are_found_in_any_orientation() -> None:
    def overflowing(x: torch.Tensor) -> torch.Tensor:
        return x * (1 if x.shape[2] > x.shape[3] else 1e5)

    made = make_restorer(
        network(overflowing), name="toy", device=CPU, precision="fp16", self_ensemble=True
    )
    whole(made, PICTURE)
    assert made.precision == "bf16"


def test_what_is_sampled_is_refused() -> None:
    with pytest.raises(UsageError, match="mean of eight samples would be blurred"):
        ensemble(network(diffusion=Diffusion((1.0, 0.5, 0.01))))


def psnr(result: np.ndarray, truth: np.ndarray, border: int) -> float:
    inside = np.s_[border:-border, border:-border]
    error = result[inside].astype(np.float64) - truth[inside]
    return float(-10 * np.log10(np.mean(error**2)))


def photo(name: str) -> Image:
    if not SET5.is_dir():
        pytest.skip("needs ../shared/bench/set5")
    return read_bytes(SET5 / f"{name}_GT.bmp").astype(np.float32) / np.float32(255)


def test_a_released_network_gains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece of a Set5 picture: over the whole picture it gains more."""
    monkeypatch.setenv("RESTOREKIT_CACHE", str(place_vdsr(tmp_path / "cache")))
    vdsr = load_network("vdsr", offline=True)
    sharp = photo("butterfly")[60:132, 60:132]
    taken = imresize(imresize(sharp, 1 / 3), 3).clip(0, 1).astype(np.float32)
    once, turned = (psnr(whole(ensemble(vdsr, turned=it), taken), sharp, 3) for it in (False, True))
    assert turned > once + 0.03


def test_a_turned_kernel_serves_a_released_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESTOREKIT_CACHE", str(place_usrnet(tmp_path / "cache")))
    usrnet = load_network("usrnet-tiny-x2", offline=True)
    sharp = photo("bird")[88:136, 88:136]
    psf = kernels.gaussian(2.4, 0.8, 30)
    small = imresize(convolve(sharp, psf), 1 / 2).clip(0, 1).astype(np.float32)

    def of(restorer: NetworkRestorer, kernel: Psf) -> float:
        return psnr(whole(restorer.with_sigma(0).with_kernel(kernel), small), sharp, 6)

    once, turned = (of(ensemble(usrnet, turned=it), psf) for it in (False, True))
    mirrored = of(ensemble(usrnet, turned=False), psf[:, ::-1])
    assert turned > once - 0.01
    assert mirrored < once - 3
