"""The page of a report in a browser: that it looks, fits, prints and can be used as it should, and asks nothing."""

import json
import os
import shutil
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import reports
from conftest import ALL_EXTRAS, needs

from segtool.output.report.figures import at
from segtool.output.report.page import page
from segtool.words import words_in

needs("vl_convert")
playwright = needs("playwright.sync_api")

PAGES = [("en", "en"), ("fa", "fa")]

FIGURES = """
() => Array.from(document.querySelectorAll("data"), each => [each.dataset.of, each.value, each.textContent])
"""

BOXES = """
() => Array.from(document.querySelectorAll("figure"), each =>
  Array.from(each.querySelectorAll("svg"), svg => svg.getBoundingClientRect())
    .filter(box => box.width).map(box => [box.left, box.right, box.height]))
"""

PALE = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const read = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return Array.from(canvas.getImageData(0, 0, 1, 1).data);
  };
  const light = colour => {
    const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = colour.slice(0, 3).map(c => linear(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = each => {
    for (; each; each = each.parentElement) {
      const colour = read(getComputedStyle(each).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const found = [];
  for (const each of document.querySelectorAll("body *:not(svg, svg *)")) {
    const own = Array.from(each.childNodes).some(node => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!own || !each.checkVisibility()) continue;
    const [over, under] = [light(read(getComputedStyle(each).color)), light(ground(each))];
    const contrast = (Math.max(over, under) + 0.05) / (Math.min(over, under) + 0.05);
    if (contrast < 4.5) found.push([each.tagName, each.textContent.slice(0, 40), contrast]);
  }
  return found;
}
"""
"""The texts whose contrast with what is behind them is below 4.5, the least that WCAG 2.2 asks for on level AA."""


NAMED = os.environ.get("SEGTOOL_BROWSER")
"""The browser that a variable names; read before the tests are kept from the variables of whoever runs them."""

ON_PATH = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium: the one that is named, the one that came with Playwright, or one on the path."""
    with playwright.sync_playwright() as started:
        path = NAMED
        if path is None and not Path(started.chromium.executable_path).exists():
            path = next(filter(None, map(shutil.which, ON_PATH)), None)
            if path is None and not ALL_EXTRAS:
                pytest.skip("there is no Chromium; SEGTOOL_BROWSER names one")
        opened = started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return the page with everything, by its language."""
    folder = tmp_path_factory.mktemp("pages")
    for lang, digits in PAGES:
        text = page(reports.full(lang), words=words_in(lang, digits), charts=True)
        (folder / f"{lang}.html").write_text(text, "utf-8")
    return {lang: folder / f"{lang}.html" for lang, _ in PAGES}


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """Open a page at a width and in a colour scheme; whatever it says, asks for or refuses is a failure."""
    contexts, complaints = [], []

    def show(file: Path, *, width: int = 1280, scheme: str = "light", height: int = 900) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        shown = context.new_page()
        shown.on("console", lambda message: complaints.append(message.text))
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        shown.on("request", lambda request: request.url == file.as_uri() or complaints.append(request.url))
        shown.goto(file.as_uri(), wait_until="load")
        return shown

    yield show
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("lang", ["en", "fa"])
def test_the_figures_that_a_browser_shows_are_those_of_the_json(opened: Any, files: dict[str, Path], lang: str) -> None:
    told = json.loads(reports.full(lang).to_json())
    figures = opened(files[lang]).evaluate(FIGURES)
    assert len(figures) > 700
    for path, value, text in figures:
        assert float(value) == at(told, path), path
        assert text.strip()


def test_what_somebody_put_into_the_page_does_not_run(browser: Any, files: dict[str, Path], tmp_path: Path) -> None:
    put_in = "<script>document.title = 'run'</script><img src='https://localhost:9/x.png'></main>"
    harmed = tmp_path / "harmed.html"
    harmed.write_text(files["en"].read_text("utf-8").replace("</main>", put_in), "utf-8")
    shown, refused = browser.new_page(), []
    shown.on("console", lambda message: refused.append(message.text))
    shown.goto(harmed.as_uri(), wait_until="load")
    assert shown.title() == "The Tea Shop"
    assert len([each for each in refused if "Content Security Policy" in each]) == 2
    shown.close()


@pytest.mark.parametrize("lang", ["en", "fa"])
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_nothing_is_wider_than_the_screen(opened: Any, files: dict[str, Path], lang: str, width: int) -> None:
    shown = opened(files[lang], width=width)
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    shown.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert shown.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("lang", ["en", "fa"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_what_is_behind_them(opened: Any, files: dict[str, Path], lang: str, scheme: str) -> None:
    shown = opened(files[lang], scheme=scheme)
    shown.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert shown.evaluate(PALE) == []


def colours(png: bytes) -> dict[bytes, int]:
    """Return how often each colour stands in a picture, of rows that are stored without a filter or with one alike."""
    at_byte, data, width, channels = 8, b"", 0, 3
    while at_byte < len(png):
        (length,) = struct.unpack(">I", png[at_byte : at_byte + 4])
        kind, chunk = png[at_byte + 4 : at_byte + 8], png[at_byte + 8 : at_byte + 8 + length]
        if kind == b"IHDR":
            width, channels = struct.unpack(">I", chunk[:4])[0], {2: 3, 6: 4}[chunk[9]]
        data += chunk if kind == b"IDAT" else b""
        at_byte += length + 12
    raw, size = zlib.decompress(data), width * channels
    rows, last = [], bytearray(size)
    for start in range(0, len(raw), size + 1):
        last = unfiltered(raw[start], raw[start + 1 : start + 1 + size], last, channels)
        rows.append(bytes(last))
    found: dict[bytes, int] = {}
    for row in rows[::8]:
        for pixel in range(0, size, channels * 4):
            colour = row[pixel : pixel + 3]
            found[colour] = found.get(colour, 0) + 1
    return found


def unfiltered(kind: int, row: bytes, above: bytearray, step: int) -> bytearray:
    """Return a row of a PNG as it was before its filter."""
    made = bytearray(row)
    for i in range(len(row)):
        left, up = made[i - step] if i >= step else 0, above[i]
        corner = above[i - step] if i >= step else 0
        guess = left + up - corner
        nearest = min((left, up, corner), key=lambda each: abs(guess - each))
        made[i] = (row[i] + (0, left, up, (left + up) // 2, nearest)[kind]) % 256
    return made


@pytest.mark.parametrize(("scheme", "paper"), [("light", bytes.fromhex("fdfcfa")), ("dark", bytes.fromhex("17181a"))])
def test_the_page_is_light_or_dark_as_its_reader_likes(
    opened: Any, files: dict[str, Path], scheme: str, paper: bytes
) -> None:
    shown = opened(files["en"], width=640, scheme=scheme, height=700)
    shown.locator("#segments").scroll_into_view_if_needed()
    found = colours(shown.screenshot())
    assert max(found, key=lambda each: found[each]) == paper
    assert len(found) > 20


@pytest.mark.parametrize("width", [360, 1280])
def test_charts_are_seen_and_lie_within_the_screen(opened: Any, files: dict[str, Path], width: int) -> None:
    shown = opened(files["fa"], width=width)
    boxes = shown.evaluate(BOXES)
    assert len(boxes) == 12
    for ((left, right, height),) in boxes:
        assert 0 <= left < right <= width
        assert height > 60


def test_a_keyboard_reaches_the_content_the_numbers_and_the_tables(opened: Any, files: dict[str, Path]) -> None:
    shown = opened(files["en"])
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.className") == "skip"
    assert shown.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    shown.keyboard.press("Enter")
    assert shown.evaluate("document.activeElement.id") == "content"
    reached = []
    for _ in range(14):
        shown.keyboard.press("Tab")
        reached.append(shown.evaluate("document.activeElement.tagName"))
        assert shown.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        if reached[-1] == "SUMMARY":
            break
    assert reached[-1] == "SUMMARY"
    assert "DIV" in reached
    shown.keyboard.press("Enter")
    assert shown.evaluate("document.activeElement.parentElement.open")
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.getAttribute('aria-label')") == "Customers in each segment"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_paper_is_white_and_has_every_figure_of_the_page(opened: Any, files: dict[str, Path], scheme: str) -> None:
    shown = opened(files["en"], width=700, scheme=scheme)
    shown.emulate_media(media="print")
    assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert shown.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert shown.evaluate("document.querySelector('nav').checkVisibility()") is False
    assert shown.evaluate(PALE) == []
    figures = "Array.from(document.querySelectorAll('data'))"
    every = set(shown.evaluate(f"{figures}.map(each => each.dataset.of)"))
    seen = f"{figures}.filter(each => each.getBoundingClientRect().height > 5).map(each => each.dataset.of)"
    assert set(shown.evaluate(seen)) == every
    assert len(every) > 100
    assert shown.evaluate("document.documentElement.scrollWidth") <= 700


def test_what_is_right_to_left_begins_at_the_right(opened: Any, files: dict[str, Path]) -> None:
    shown = opened(files["fa"])
    right = "document.querySelector('{}').getBoundingClientRect().right"
    assert shown.evaluate(right.format("nav")) > shown.evaluate(right.format("main"))
    assert shown.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "rtl"
    ids = "Array.from(document.querySelectorAll('#top bdi'), each => getComputedStyle(each).unicodeBidi)"
    assert set(shown.evaluate(ids)) == {"isolate"}
