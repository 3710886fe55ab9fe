"""A browser, and someone who reads a page in it."""

from __future__ import annotations

import io
import re
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

FLAGS = ("--headless=new", "--no-sandbox", "--force-color-profile=srgb", "--hide-scrollbars")


def started_chrome() -> Chrome:
    """A browser without a window; the test is skipped visibly where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium")
    service = pytest.importorskip("selenium.webdriver.chrome.service")
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not (browser and driver):
        pytest.skip("needs chromium and chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in FLAGS:
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=service.Service(driver))


class Reader:
    """Someone who reads the page."""

    def __init__(self, chrome: Chrome, address: str) -> None:
        self.chrome = chrome
        self.address = address

    def open(self, *, width: int = 1280, ratio: float = 1, scheme: str = "light") -> None:
        metrics = {"width": width, "height": 900, "deviceScaleFactor": ratio, "mobile": False}
        wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        media = [{"name": name, "value": value} for name, value in wishes.items()]
        self.chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
        self.chrome.get(self.address)

    def ask(self, script: str, *arguments: Any) -> Any:
        return self.chrome.execute_script(script, *arguments)

    def find(self, selector: str) -> Any:
        return self.chrome.find_element("css selector", selector)

    def see(self, scene: str) -> None:
        """Bring a photo into view, and wait until its pictures are decoded."""
        self.ask(
            "document.querySelector(arguments[0]).scrollIntoView({behavior: 'instant'})", scene
        )
        self.chrome.execute_async_script(
            """const [scene, done] = arguments;
            const images = [...document.querySelector(scene).querySelectorAll(".sheet img")];
            const wait = () => images.every((it) => it.src)
              ? Promise.all(images.map((it) => it.decode())).then(() => requestAnimationFrame(done))
              : requestAnimationFrame(wait);
            wait();""",
            scene,
        )

    def choose(self, scene: str, name: str, value: str) -> None:
        """Press a segment, as a finger does."""
        self.find(f"{scene} input[name={name}][value='{value}']").click()
        self.see(scene)

    def rectangle(self, selector: str) -> dict[str, float]:
        script = "return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()"
        return self.ask(script, selector)

    def clip(self, scene: str) -> float:
        """CSS pixels that are cut off the left of the right picture."""
        style = self.ask(
            "return getComputedStyle(arguments[0]).clipPath", self.find(f"{scene} .right")
        )
        return float(re.findall(r"([\d.]+)px", style)[-1])

    def value(self, scene: str) -> float:
        return float(self.find(f"{scene} .slider").get_property("value"))

    def pixels(self, selector: str, *, around: int = 0) -> np.ndarray:
        """The device pixels of an element, and ``around`` it, as they are shown in the window."""
        ratio = self.ask("return devicePixelRatio")
        box = self.rectangle(selector)
        shown = Image.open(io.BytesIO(self.chrome.get_screenshot_as_png())).convert("RGB")
        sides = {"left": -around, "top": -around, "right": around, "bottom": around}
        corners = (round(box[side] * ratio) + more for side, more in sides.items())
        return np.asarray(shown.crop(tuple(corners)))
