"""What the page does, asked of a real browser: every promise to eyes, hands and keyboards."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import made_pages
import numpy as np
import pytest
from browsing import Reader
from PIL import Image

from restorekit.printable import one_line, shortened
from restorekit.viewing.difference import difference
from restorekit.viewing.page import write_page
from restorekit.viewing.scene import cropped

pytest.importorskip("selenium.webdriver", reason="needs selenium")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

FLAT, NOISE = "#photo-1", "#photo-2"
BOX = made_pages.BOX


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    target = tmp_path_factory.mktemp("page") / "report.html"
    write_page(made_pages.page(), target)
    return target.as_uri()


@pytest.fixture
def reader(chrome: Chrome, address: str) -> Iterator[Reader]:
    """The page, freshly opened; afterwards the browser must have had nothing to complain of."""
    it = Reader(chrome, address)
    it.open()
    yield it
    assert chrome.get_log("browser") == []


def crop_of(view: str) -> np.ndarray:
    pictures = {"reference": made_pages.noise(1), "model": made_pages.noise(2)}
    pictures["input"] = made_pages.noise(3)[::4, ::4]
    return cropped(pictures[view], made_pages.SIZE, BOX)


def test_the_slider_follows_the_pointer(reader: Reader) -> None:
    reader.see(FLAT)
    stage = reader.rectangle(f"{FLAT} .stage")
    assert reader.clip(FLAT) == pytest.approx(stage["width"] / 2, abs=0.6)
    drag = ActionChains(reader.chrome, duration=20)
    drag.move_to_element(reader.find(f"{FLAT} .divider")).click_and_hold()
    drag.move_by_offset(-round(stage["width"] / 4), 30).release().perform()
    assert reader.value(FLAT) == pytest.approx(25, abs=0.5)
    assert reader.clip(FLAT) == pytest.approx(stage["width"] / 4, abs=1)
    click = ActionChains(reader.chrome, duration=20)
    click.move_to_element_with_offset(reader.find(f"{FLAT} .stage"), 100, 60).click().perform()
    expected = 100 * (stage["width"] / 2 + 100) / stage["width"]
    assert reader.value(FLAT) == pytest.approx(expected, abs=0.5)


def test_left_of_the_divider_is_the_left_picture(reader: Reader) -> None:
    reader.see(FLAT)
    reader.find(f"{FLAT} .slider").send_keys(Keys.HOME, *[Keys.PAGE_UP] * 3)
    shown = reader.pixels(f"{FLAT} .stage")
    edge = round(0.3 * shown.shape[1])
    assert reader.value(FLAT) == 30
    assert (shown[5, : edge - 4] == made_pages.RED).all()
    assert (shown[5, edge + 4 :] == made_pages.BLUE).all()


def test_the_slider_follows_arrow_keys(reader: Reader) -> None:
    reader.see(FLAT)
    slider, width = reader.find(f"{FLAT} .slider"), reader.rectangle(f"{FLAT} .stage")["width"]
    slider.send_keys(*[Keys.ARROW_RIGHT] * 7)
    assert reader.value(FLAT) == pytest.approx(57)
    assert reader.clip(FLAT) == pytest.approx(0.57 * width, abs=0.1)
    assert slider.get_attribute("aria-valuetext") == "57 % left, 43 % right"
    slider.send_keys(Keys.ARROW_LEFT)
    assert reader.clip(FLAT) == pytest.approx(0.56 * width, abs=0.1)
    slider.send_keys("f")
    assert reader.clip(FLAT) == 0
    slider.send_keys("f")
    assert reader.clip(FLAT) == pytest.approx(width)


@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("zoom", [1, 2])
def test_a_photo_pixel_is_as_many_device_pixels_as_the_zoom_says(
    reader: Reader, zoom: int, ratio: int
) -> None:
    reader.open(ratio=ratio)
    reader.see(NOISE)
    reader.choose(NOISE, "zoom", str(zoom))
    assert reader.rectangle(f"{NOISE} .left")["width"] * ratio == zoom * BOX.width
    reader.find(f"{NOISE} .slider").send_keys(Keys.END)
    shown = reader.pixels(f"{NOISE} .stage", around=1)
    expected = crop_of("reference").repeat(zoom, axis=0).repeat(zoom, axis=1)
    expected = expected[:, : -40 * ratio]  # the divider lies at the right edge
    # The browser rounds where the stage begins to a device pixel, this way or that.
    height, width = expected.shape[:2]
    begins = [(top, left) for top in range(3) for left in range(3)]
    seen = [shown[top : top + height, left : left + width] for top, left in begins]
    assert any(np.array_equal(it, expected) for it in seen)


def test_to_fit_is_whole_enlargement_or_reduction(reader: Reader) -> None:
    reader.see(NOISE)
    room = reader.rectangle(f"{NOISE} .viewer")["width"]
    factor = min(int(room / BOX.width), int(0.8 * 900 / BOX.height))
    assert factor >= 2
    assert reader.rectangle(f"{NOISE} .left")["width"] == factor * BOX.width
    reader.open(width=240)
    reader.see(NOISE)
    sheet, room = reader.rectangle(f"{NOISE} .left"), reader.rectangle(f"{NOISE} .viewer")["width"]
    assert sheet["width"] == pytest.approx(room, abs=0.1)
    assert sheet["height"] == pytest.approx(room * BOX.height / BOX.width, abs=0.1)


def test_a_zoomed_picture_is_panned_and_the_divider_stays(reader: Reader) -> None:
    reader.see(NOISE)
    reader.choose(NOISE, "zoom", "4")
    stage = reader.find(f"{NOISE} .stage")
    where = "return [arguments[0].scrollLeft, arguments[0].scrollTop]"
    left, top = reader.ask(where, stage)
    width = reader.rectangle(f"{NOISE} .stage")["width"]
    assert left == pytest.approx((4 * BOX.width - width) / 2, abs=1)  # the middle stays the middle
    drag = ActionChains(reader.chrome, duration=20)
    drag.move_to_element_with_offset(stage, 150, -40).click_and_hold()
    drag.move_by_offset(-60, 24).release().perform()
    reader.see(NOISE)
    assert reader.ask(where, stage) == pytest.approx([left + 60, top - 24], abs=1)
    assert reader.value(NOISE) == 50
    assert reader.clip(NOISE) == pytest.approx(left + 60 + width / 2, abs=1)
    stage.send_keys(Keys.ARROW_LEFT)
    reader.chrome.execute_async_script("setTimeout(arguments[0], 200)")
    assert reader.ask(where, stage)[0] < left + 60


@pytest.mark.parametrize(("left", "right", "amplify"), [("0", "2", 4), ("0", "1", 16)])
def test_the_difference_map_is_that_of_the_library(
    reader: Reader, left: str, right: str, amplify: int
) -> None:
    reader.see(NOISE)
    reader.choose(NOISE, "mode", "difference")
    for name, value in (("left", left), ("right", right), ("amplify", str(amplify))):
        reader.find(f"{NOISE} select[name={name}] option[value='{value}']").click()
    reader.see(NOISE)
    data = reader.chrome.execute_async_script(
        """const [canvas, done] = arguments;
        setTimeout(() => done(canvas.toDataURL("image/png")), 150);""",
        reader.find(f"{NOISE} canvas"),
    )
    file = io.BytesIO(base64.b64decode(data.split(",")[1]))
    map_, views = np.asarray(Image.open(file).convert("RGB")), ("reference", "input", "model")
    one, other = crop_of(views[int(left)]), crop_of(views[int(right)])
    assert np.array_equal(map_, difference(one, other, amplification=amplify))
    change = np.abs(one.astype(int) - other)
    told = reader.find(f"{NOISE} .captions").text
    assert f"|left \N{MINUS SIGN} right| \N{MULTIPLICATION SIGN} {amplify}" in told
    assert f"mean {change.mean():.2f}, most {change.max()} of 255" in told


def test_one_choice_is_for_all_photos_unless_switched_off(reader: Reader) -> None:
    reader.see(FLAT)
    chosen = "return [...document.querySelectorAll('select[name=right]')].map((it) => it.value)"
    assert set(reader.ask(chosen)) == {"2"}
    reader.find(f"{FLAT} select[name=right] option[value='1']").click()
    assert set(reader.ask(chosen)) == {"1"}
    assert "of input" in reader.find(f"{FLAT} .of-right").text
    reader.find("#together").click()
    reader.find(f"{FLAT} select[name=right] option[value='0']").click()
    assert reader.ask(chosen)[:3] == ["0", "1", "1"]


def test_far_photos_are_not_decoded_before_they_come_near(reader: Reader) -> None:
    reader.see(FLAT)
    last = f"#photo-{made_pages.PHOTOS}"
    decoded = "return document.querySelectorAll('.sheet img.left[src]').length"
    assert 1 <= reader.ask(decoded) < made_pages.PHOTOS / 2
    before = reader.rectangle(f"{last} .stage")["height"]
    reader.see(last)
    assert reader.find(f"{last} .left").get_property("naturalWidth") == BOX.width
    assert reader.rectangle(f"{last} .stage")["height"] == before
    reader.ask("dispatchEvent(new Event('beforeprint'))")
    assert reader.ask(decoded) == made_pages.PHOTOS


@pytest.mark.parametrize("width", [320, 400, 800, 1280])
def test_the_page_never_scrolls_sideways(reader: Reader, width: int) -> None:
    reader.open(width=width)
    reader.see(NOISE)
    assert reader.ask("return [document.documentElement.scrollWidth, innerWidth]") == [width, width]
    reader.choose(NOISE, "zoom", "4")
    assert reader.ask("return document.documentElement.scrollWidth") == width
    if width == 400:
        box = reader.find(".table-box")
        assert box.get_property("scrollWidth") > box.get_property("clientWidth")


def luminance(color: str) -> float:
    """WCAG 2's relative luminance of ``rgb(r, g, b)``."""
    parts = [int(it) / 255 for it in color[color.index("(") + 1 : -1].split(",")[:3]]
    linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_in_light_and_in_dark(reader: Reader, scheme: str) -> None:
    reader.open(scheme=scheme)
    style = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    paper = luminance(reader.ask(style, "body", "backgroundColor"))
    assert paper > 0.9 if scheme == "light" else paper < 0.02
    words = ("h1", ".subtitle", ".facts dt", "td a", "th button", ".place", ".plot text")
    for selector in words:
        name = "fill" if selector == ".plot text" else "color"
        ink = luminance(reader.ask(style, selector, name))
        contrast = (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05)
        assert contrast >= 4.5, selector
    chosen = ".segments input:checked + span"
    ink, ground = (luminance(reader.ask(style, chosen, it)) for it in ("color", "backgroundColor"))
    assert (max(ink, ground) + 0.05) / (min(ink, ground) + 0.05) >= 4.5


def test_the_table_sorts_by_keyboard(reader: Reader) -> None:
    column = (
        "return [...document.querySelectorAll('.photos tr')].map((it) => it.cells[2].textContent)"
    )
    head = reader.find("thead th:nth-child(3)")
    figures = ["-3.25", "9.5", "28.4", "28.40 [27, 29]", "inf"]
    head.find_element("tag name", "button").send_keys(Keys.ENTER)
    assert reader.ask(column) == [*figures, "-"]
    assert head.get_attribute("aria-sort") == "ascending"
    head.find_element("tag name", "button").send_keys(Keys.ENTER)
    assert reader.ask(column)[0] == "inf"
    assert reader.ask(column)[-1] == "-"  # what is missing comes last either way
    assert head.get_attribute("aria-sort") == "descending"
    reader.find("thead th:nth-child(2) button").send_keys(Keys.ENTER)
    names = reader.ask("return [...document.querySelectorAll('.photos a')].map((it) => it.text)")
    assert names.index("3.png") < names.index("6.png") < names.index("flat.png")
    assert head.get_attribute("aria-sort") == "none"


def test_every_control_is_reached_by_tab_and_says_where_it_is(reader: Reader) -> None:
    order: list[str] = []
    outlined: list[bool] = []
    for _ in range(36):
        ActionChains(reader.chrome).send_keys(Keys.TAB).perform()
        name, outline = reader.ask(
            """const it = document.activeElement;
            const shown = it.type === "radio" ? it.nextElementSibling : it;
            const name = it.name || it.id || it.className || it.closest("th, td")?.tagName || "";
            return [name, getComputedStyle(shown).outlineStyle !== "none"];"""
        )
        order.append(name)
        outlined.append(outline)
        if name == "flicker":
            break
    scene = ["slider", "left", "right", "zoom", "mode", "flicker"]
    assert order[-6:] == scene
    assert order[0] == "table-box"
    assert order.count("TH") == 11
    assert all(outlined)


def test_every_control_has_a_name(reader: Reader) -> None:
    tree = reader.chrome.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = {"slider", "combobox", "radio", "button", "checkbox", "region", "img", "image"}
    seen = {node["role"]["value"] for node in tree if not node["ignored"]}
    assert roles - seen <= {"img", "image"}
    for node in tree:
        if not node["ignored"] and node["role"]["value"] in roles:
            assert node["name"]["value"], node


def test_hostile_names_are_words(reader: Reader) -> None:
    reader.see(NOISE)
    expected = one_line(made_pages.HOSTILE)
    assert reader.find(f"{NOISE} h3").text == expected
    assert reader.chrome.title == f"Title {expected}"
    assert reader.ask("return window.broken === undefined")
    link = reader.find(f"td a[href='{NOISE}']")
    assert link.text == shortened(expected, 64)


def test_a_name_in_the_table_leads_to_its_photo(reader: Reader) -> None:
    reader.find("td a[href='#photo-5']").click()
    assert -1 <= reader.rectangle("#photo-5")["top"] < 450


def test_nothing_was_fetched(reader: Reader) -> None:
    reader.see(NOISE)
    fetched = reader.ask("return performance.getEntriesByType('resource').map((it) => it.name)")
    assert [it for it in fetched if not it.startswith("data:")] == []
