"""What training code of the field does to one sample: OpenCV, with the parameters drawn on the way.

Written from the facts of the papers, to be measured against: parameters and pixels in one function,
kernels by NumPy, ``filter2D``, ``resize`` and ``imencode``, noise by NumPy's global generator. What
is drawn is what ``restorekit.degradations`` draws: the same kinds, ranges and probabilities.
"""

# ruff: noqa: NPY002 - the global generator is what is measured
from __future__ import annotations

import math
import random

import cv2
import numpy as np
from scipy.special import j1

FILTERS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)
XYZ_TO_CAMERA = np.array(
    [[1.0234, -0.2969, -0.2266], [-0.5625, 1.6328, -0.0469], [-0.0703, 0.2188, 0.6406]]
)
RGB_TO_XYZ = np.array(
    [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
)


def distances(side: int, sigma: float, sigma_y: float, turn: float, shift: float = 0) -> np.ndarray:
    """Squared distances from the middle in standard deviations, ``(side, side)``."""
    offsets = np.arange(side) - side // 2 - shift
    right, down = np.meshgrid(offsets, offsets)
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    inverse = np.linalg.inv(rotation @ np.diag([sigma**2, sigma_y**2]) @ rotation.T)
    places = np.stack([right, down], axis=-1)
    return np.sum((places @ inverse) * places, axis=-1)


def sinc_kernel(side: int, cutoff: float) -> np.ndarray:
    """The circular low-pass filter."""
    offsets = np.arange(side) - side // 2
    radius = np.hypot(offsets[:, None], offsets)
    radius[side // 2, side // 2] = 1e-9
    kernel = cutoff * j1(cutoff * radius) / (2 * math.pi * radius)
    return kernel / kernel.sum()


def mixed_kernel(widths: tuple[float, float]) -> np.ndarray:
    """One of Real-ESRGAN's seven kinds of kernel."""
    side = random.choice(range(7, 22, 2))
    if random.random() < 0.1:
        lowest = math.pi / 3 if side < 13 else math.pi / 5
        return sinc_kernel(side, random.uniform(lowest, math.pi))
    kind = random.choices(range(6), (0.45, 0.25, 0.12, 0.03, 0.12, 0.03))[0]
    sigma = random.uniform(*widths)
    sigma_y = sigma if kind % 2 == 0 else random.uniform(*widths)
    q = distances(side, sigma, sigma_y, random.uniform(-math.pi, math.pi))
    if kind < 2:
        kernel = np.exp(-q / 2)
    elif kind < 4:
        beta = random.uniform(0.5, 1) if random.random() < 0.5 else random.uniform(1, 4)
        kernel = np.exp(-(q**beta) / 2)
    else:
        kernel = 1 / (1 + q ** (1 if random.random() < 0.5 else random.uniform(1, 2)))
    return kernel / kernel.sum()


def resized(image: np.ndarray, height: int, width: int, how: int) -> np.ndarray:
    """Another size, clipped."""
    return np.clip(cv2.resize(image, (max(1, width), max(1, height)), interpolation=how), 0, 1)


def with_noise(image: np.ndarray, sigma: float, same: bool) -> np.ndarray:
    """White noise, in levels of 255."""
    shape = (*image.shape[:2], 1) if same else image.shape
    noise = np.float32(np.random.randn(*shape)) * sigma / 255
    return np.clip(image + noise, 0, 1).astype(np.float32)


def with_photons(image: np.ndarray, scale: float, same: bool) -> np.ndarray:
    """Poisson noise of 256 photons."""
    light = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None] if same else image
    noise = np.float32(np.random.poisson(light * 256) / 256.0) - light
    return np.clip(image + noise * scale, 0, 1).astype(np.float32)


def with_jpeg(image: np.ndarray) -> np.ndarray:
    """Encoded and decoded at a quality from 30 to 95."""
    pixels = np.uint8((image * 255).round())
    _, stream = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, random.randint(30, 95)])
    return np.float32(cv2.imdecode(stream, cv2.IMREAD_COLOR)) / 255


def real_esrgan(image: np.ndarray) -> np.ndarray:
    """The second-order recipe, to a quarter of the size."""
    height, width = image.shape[:2]
    halves = (
        (1.0, (0.2, 3), (0.2, 0.7, 0.1), (0.15, 1.5), (1, 30), (0.05, 3), 1),
        (0.8, (0.2, 1.5), (0.3, 0.4, 0.3), (0.3, 1.2), (1, 25), (0.05, 2.5), 4),
    )
    for number, (blurred, widths, ways, shares, sigmas, scales, scale) in enumerate(halves):
        if random.random() < blurred:
            image = np.clip(cv2.filter2D(image, -1, mixed_kernel(widths)), 0, 1)
        way = random.choices(("up", "down", "keep"), ways)[0]
        share = {"up": random.uniform(1, shares[1]), "down": random.uniform(shares[0], 1)}.get(
            way, 1
        )
        size = int(height / scale * share), int(width / scale * share)
        image = resized(image, *size, random.choice(FILTERS))
        same = random.random() < 0.4
        if random.random() < 0.5:
            image = with_noise(image, random.uniform(*sigmas), same)
        else:
            image = with_photons(image, random.uniform(*scales), same)
        if number == 0:
            image = with_jpeg(image)
    compressed_last = random.random() < 0.5
    if not compressed_last:
        image = with_jpeg(image)
    image = resized(image, height // 4, width // 4, random.choice(FILTERS))
    if random.random() < 0.8:
        kernel = sinc_kernel(random.choice(range(7, 22, 2)), random.uniform(math.pi / 3, math.pi))
        image = np.clip(cv2.filter2D(image, -1, kernel), 0, 1)
    return with_jpeg(image) if compressed_last else image


def camera(image: np.ndarray) -> np.ndarray:
    """To the raw mosaic, noise there, and forward again."""
    matrix = XYZ_TO_CAMERA @ RGB_TO_XYZ
    matrix /= matrix.sum(axis=1, keepdims=True)
    gain = 1 / random.gauss(0.8, 0.1)
    gains = np.array([random.uniform(1.9, 2.4), 1, random.uniform(1.5, 1.9)]) * gain
    light = 0.5 - np.sin(np.arcsin(1 - 2 * np.clip(image, 0, 1)) / 3)
    light = np.clip(np.maximum(light, 1e-8) ** 2.2 @ matrix.T, 0, 1)
    mask = (np.maximum(light.mean(axis=2, keepdims=True) - 0.9, 0) / 0.1) ** 2
    light *= np.maximum(mask + (1 - mask) / gains, 1 / gains)
    raw = light[..., 1].copy()
    raw[0::2, 0::2], raw[1::2, 1::2] = light[0::2, 0::2, 0], light[1::2, 1::2, 2]
    log_shot = random.uniform(math.log(0.0001), math.log(0.012))
    read_noise = math.exp(2.18 * log_shot + 1.2 + random.gauss(0, 0.26))
    raw += np.random.randn(*raw.shape) * np.sqrt(
        np.maximum(raw, 0) * math.exp(log_shot) + read_noise
    )
    pixels = np.uint16(np.clip(raw, 0, 1) * 65535)
    seen = cv2.cvtColor(pixels, cv2.COLOR_BayerBG2RGB) / 65535
    seen = np.clip(np.clip(seen * gains, 0, 1) @ np.linalg.inv(matrix).T, 1e-8, 1) ** (1 / 2.2)
    return np.float32(3 * seen**2 - 2 * seen**3)


def bsrgan(image: np.ndarray) -> np.ndarray:
    """The shuffled recipe, to a quarter of the size."""
    height, width = image.shape[:2]
    scale = 4
    if random.random() < 0.25:
        image = resized(image, height // 2, width // 2, random.choice(FILTERS))
        scale = 2
    parts = list(range(6))
    random.shuffle(parts)
    for part in parts:
        if part == 0:
            sigma = random.uniform(0.1, 2 + 0.2 * scale)
            kernel = np.exp(-distances(random.choice(range(7, 26, 2)), sigma, sigma, 0) / 2)
            image = cv2.filter2D(image, -1, kernel / kernel.sum())
        elif part == 1:
            along, aside = (math.sqrt(random.uniform(0.5, 4 + scale)) for _ in range(2))
            side, turn = random.choice(range(7, 26, 2)), random.uniform(0, math.pi)
            kernel = np.exp(-distances(side, along, aside, turn) / 2)
            image = cv2.filter2D(image, -1, kernel / kernel.sum())
        elif part == 2:
            image = fewer_pixels(image, height // 4, width // 4, scale)
        elif part == 3:
            image = noise_of_three_kinds(image)
        elif part == 4 and random.random() < 0.75:
            image = with_jpeg(image)
        elif part == 5 and random.random() < 0.25:
            image = camera(image)
    return with_jpeg(np.clip(image, 0, 1))


def fewer_pixels(image: np.ndarray, height: int, width: int, scale: int) -> np.ndarray:
    """Nearest, bilinear, bicubic, or by way of another size."""
    kind = random.randrange(4)
    if kind == 0:
        sigma = random.uniform(0.1, 0.6 * scale)
        kernel = np.exp(-distances(25, sigma, sigma, 0, -0.5) / 2)
        image = cv2.filter2D(image, -1, kernel / kernel.sum())
        return np.ascontiguousarray(image[scale // 2 :: scale, scale // 2 :: scale])
    if kind == 3:
        between = 1 / random.uniform(0.5, scale)
        size = int(image.shape[0] * between), int(image.shape[1] * between)
        image = resized(image, *size, random.choice(FILTERS[1:]))
    return resized(image, height, width, FILTERS[kind] if kind < 3 else random.choice(FILTERS[1:]))


def noise_of_three_kinds(image: np.ndarray) -> np.ndarray:
    """Independent, the same in all channels, or of a drawn covariance."""
    sigma, chance = random.uniform(1, 25), random.random()
    if chance >= 0.2:
        return with_noise(image, sigma, same=chance < 0.6)
    rotation, _ = np.linalg.qr(np.random.rand(3, 3))
    covariance = (sigma / 255) ** 2 * rotation.T @ np.diag(np.random.rand(3)) @ rotation
    noise = np.random.multivariate_normal(np.zeros(3), covariance, image.shape[:2])
    return np.clip(image + np.float32(noise), 0, 1)


OPENCV = {"real_esrgan": real_esrgan, "bsrgan": bsrgan}
