"""ICC profiles, built byte by byte from their published primaries."""

from __future__ import annotations

import struct

import numpy as np

D50 = np.array([0.9642, 1.0, 0.8249])
D65 = (0.3127, 0.3290)
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

PRIMARIES = {
    "srgb": ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), D65),
    "p3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), D65),
    "adobe": ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06), D65),
    "prophoto": ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001), (0.3457, 0.3585)),
}


def s15(*numbers: float) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def gamma(power: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(power * 256)) + b"\0\0"


def sampled(values: np.ndarray) -> bytes:
    data = np.rint(values * 65535).astype(">u2").tobytes()
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + data + b"\0" * (len(data) % 4)


def para(kind: int, *parameters: float) -> bytes:
    return b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + s15(*parameters)


SRGB_CURVE = para(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
CURVES = {
    "srgb": SRGB_CURVE,
    "p3": SRGB_CURVE,
    "adobe": gamma(563 / 256),
    "prophoto": gamma(461 / 256),
}


def colorants(name: str) -> np.ndarray:
    """The primaries in XYZ, adapted to D50 by Bradford, as columns."""
    *primaries, white = PRIMARIES[name]
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    white_xyz = np.array([white[0] / white[1], 1, (1 - white[0] - white[1]) / white[1]])
    scaled = columns * np.linalg.solve(columns, white_xyz)
    cones = (BRADFORD @ D50) / (BRADFORD @ white_xyz)
    return np.linalg.inv(BRADFORD) @ np.diag(cones) @ BRADFORD @ scaled


def container(tags: dict[bytes, bytes], space: bytes = b"RGB ") -> bytes:
    body, table = b"", struct.pack(">I", len(tags))
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(value))
        body += value + b"\0" * (-len(value) % 4)
    head = struct.pack(
        ">I4sI4s4s4s", start + len(body), b"\0" * 4, 0x02400000, b"mntr", space, b"XYZ "
    )
    head = head.ljust(36, b"\0") + b"acsp" + b"\0" * 28 + s15(*D50)
    return head.ljust(128, b"\0") + table + body


def rgb_profile(name: str, curve: bytes | None = None) -> bytes:
    matrix = colorants(name)
    curve = curve or CURVES[name]
    xyz: dict[bytes, bytes] = {}
    for index, letter in enumerate((b"r", b"g", b"b")):
        xyz[letter + b"XYZ"] = b"XYZ \0\0\0\0" + s15(*matrix[:, index])
        xyz[letter + b"TRC"] = curve
    text = b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name.encode() + b"\0" + bytes(78)
    return container({b"desc": text, b"wtpt": b"XYZ \0\0\0\0" + s15(*D50), **xyz})


def grey_profile(power: float = 2.2) -> bytes:
    return container({b"wtpt": b"XYZ \0\0\0\0" + s15(*D50), b"kTRC": gamma(power)}, b"GRAY")


def press_profile(black: int) -> bytes:
    """CMYK whose black ink alone is a grey of L* = ``black``; all other inks are black."""
    identity = bytes(range(256))
    head = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + s15(1, 0, 0, 0, 1, 0, 0, 0, 1)
    paper, ink = bytes([255, 128, 128]), bytes([round(black * 2.55), 128, 128])
    table = paper + ink + bytes([0, 128, 128]) * 14
    icc = container({b"A2B0": head + identity * 4 + table + identity * 3}, b"CMYK")
    return icc[:12] + b"prtr" + icc[16:20] + b"Lab " + icc[24:]
