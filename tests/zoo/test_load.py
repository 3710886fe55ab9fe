from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from restorekit.architectures.drunet import DRUNet
from restorekit.architectures.rrdbnet import RRDBNet
from restorekit.architectures.srvggnet_compact import SRVGGNetCompact
from restorekit.errors import CheckpointError, DownloadError, UnknownNameError, UsageError
from restorekit.zoo.cache import Cache
from restorekit.zoo.checkpoint import write_safetensors
from restorekit.zoo.load import blend, load_network

SHARED = Path(__file__).parents[3] / "shared" / "weights"
GENERAL = SHARED / "realesr-general-x4v3"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared weights are not here")
SMALL = torch.linspace(0, 1, 3 * 10 * 12).reshape(1, 3, 10, 12)


def run(network, picture=SMALL):
    with torch.inference_mode():
        return network.module(picture)


@pytest.fixture(scope="module")
def stocked(tmp_path_factory) -> Cache:
    """A cache into which somebody has put the two general networks under names of their own."""
    cache = Cache(tmp_path_factory.mktemp("stocked"))
    for number, path in enumerate(sorted(GENERAL.iterdir())):
        shutil.copyfile(path, cache.root / f"file {number}")
    return cache


def load(stocked, **options):
    return load_network("realesr-general-x4v3", offline=True, cache=stocked, **options)


@needs_shared
def test_hand_placed_ncnn_files_become_the_network(stocked):
    network = load(stocked)
    assert (network.architecture, network.scale, network.channels) == ("srvggnet-compact", 4, 3)
    assert network.hyperparameters["convolutions"] == 32
    result = run(network)
    assert result.shape == (1, 3, 40, 48)
    # The real network keeps a smooth ramp a ramp; random weights would not.
    enlarged = nn.functional.interpolate(SMALL, scale_factor=4.0, mode="bilinear")
    assert (result - enlarged).abs().mean() < 0.05
    assert stocked.path("realesr-general-x4v3").is_file()


@needs_shared
@pytest.mark.parametrize("strength", [0.0, 0.25, 1.0])
def test_denoise_strength_blends_with_the_twin(stocked, strength):
    strong = load(stocked).module.state_dict()
    twin = load_network("realesr-general-wdn-x4v3", offline=True, cache=stocked)
    weak = twin.module.state_dict()
    found = load(stocked, denoise_strength=strength).module.state_dict()
    key = "body.20.weight"
    assert not torch.equal(strong[key], weak[key])
    torch.testing.assert_close(found[key], strength * strong[key] + (1 - strength) * weak[key])


@needs_shared
@pytest.mark.parametrize("suffix", [".param", ".bin"])
def test_ncnn_files_by_path(stocked, suffix):
    found = load_network(GENERAL / f"RealESRGAN_General_x4_v3{suffix}")
    torch.testing.assert_close(run(found), run(load(stocked)))


def test_denoise_strength_out_of_place(tmp_path):
    cache = Cache(tmp_path)
    with pytest.raises(UsageError, match=r"expected 0 to 1, got 1\.5"):
        load_network("realesr-general-x4v3", denoise_strength=1.5, cache=cache)
    with pytest.raises(UsageError, match=r"bsrgan has no adjustable .*realesr-general-x4v3 has"):
        load_network("bsrgan", denoise_strength=0.5, cache=cache)
    assert list(tmp_path.iterdir()) == []


def test_blend_of_different_networks_is_refused():
    with pytest.raises(CheckpointError, match="cannot be blended"):
        blend([{"a": torch.zeros(2)}, {"a": torch.zeros(3)}], [0.5, 0.5])
    blended = blend([{"a": torch.tensor([1.0])}, {"a": torch.tensor([3.0])}], [0.25, 0.75])
    assert blended["a"].item() == 2.5


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_own_networks_by_path_without_spandrel(tmp_path, suffix, monkeypatch):
    monkeypatch.setitem(sys.modules, "spandrel", None)  # an import would fail
    torch.manual_seed(1)
    module = RRDBNet(channels=3, features=8, growth=4, blocks=1, unshuffle=2, upsamplings=2)
    path = tmp_path / f"mine{suffix}"
    if suffix == ".pth":
        torch.save({"params_ema": module.state_dict()}, path)
    else:
        write_safetensors(path, module.state_dict(), {})
    network = load_network(str(path))
    assert (network.architecture, network.scale) == ("rrdbnet", 2)
    torch.testing.assert_close(run(network), module(SMALL).detach())


def test_a_file_of_the_user_takes_the_noise_map_of_the_project(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "spandrel", None)
    torch.manual_seed(4)
    module = DRUNet(1, (8, 8, 8, 8), 1)
    torch.save(module.state_dict(), tmp_path / "mine.pth")
    network = load_network(tmp_path / "mine.pth")
    assert (network.architecture, network.noise_map) == ("drunet", True)
    x = torch.rand(1, 2, 16, 8)
    # Without any bias, all that is twice as bright comes out twice as bright.
    torch.testing.assert_close(run(network, 2 * x), 2 * run(network, x))
    louder = torch.cat([x[:, :1], 2 * x[:, 1:]], dim=1)
    assert (run(network, louder) - run(network, x)).abs().max() > 1e-3


def test_other_networks_are_opened_with_spandrel(tmp_path):
    from spandrel.architectures.SPAN import SPAN

    torch.manual_seed(2)
    module = SPAN(num_in_ch=3, num_out_ch=3, feature_channels=8, upscale=2)
    path = tmp_path / "span.pth"
    torch.save({"params": module.state_dict()}, path)
    network = load_network(path)
    assert (network.architecture, network.scale, network.channels) == ("SPAN", 2, 3)
    assert "fp32" in network.precisions
    assert network.receptive_field is None
    torch.testing.assert_close(run(network), module.eval()(SMALL).clamp(0, 1).detach())
    assert next(network.module.double().parameters()).dtype == torch.float64


@needs_shared
def test_denoiser_of_another_project(tmp_path):
    network = load_network(SHARED / "dncnn" / "dncnn_25.pth")
    assert (network.scale, network.channels) == (1, 1)
    torch.manual_seed(3)
    clean = torch.linspace(0.2, 0.8, 64).repeat(64, 1)[None, None]
    noisy = clean + torch.randn(clean.shape) * 25 / 255
    assert (run(network, noisy) - clean).std() < 0.25 * (noisy - clean).std()


def test_unknown_tensors_are_told(tmp_path):
    path = tmp_path / "x.pth"
    torch.save({"alpha": torch.zeros(3), "beta": torch.zeros(2)}, path)
    with pytest.raises(CheckpointError, match="got 2 tensors such as alpha, beta") as info:
        load_network(path)
    assert str(path) in str(info.value)


def test_names_and_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    module = SRVGGNetCompact(3, 8, 1, 2)
    write_safetensors(tmp_path / "mine", module.state_dict(), {})
    assert load_network("mine").scale == 2
    shutil.copyfile("mine", "bsrgan")
    with pytest.raises(UsageError, match=r"write \./bsrgan for the file; .* rename the file"):
        load_network("bsrgan")
    assert load_network("./bsrgan").scale == 2
    assert load_network(Path("bsrgan")).scale == 2
    Path("esrgan").mkdir()
    with pytest.raises(DownloadError):
        load_network("esrgan", offline=True, cache=Cache(tmp_path / "cache"))


def test_what_is_neither(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownNameError, match="did you mean realesrgan-x4plus"):
        load_network("realesrgan-x4plu")
    with pytest.raises(UsageError, match=r"no file esrgan\.pth .*esrgan without a suffix"):
        load_network("esrgan.pth")
    with pytest.raises(UsageError, match="there is no file"):
        load_network("folder/esrgan")
