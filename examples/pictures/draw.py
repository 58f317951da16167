"""Draw the pictures of the report that the README shows: python examples/pictures/draw.py [BROWSER].

It needs the extra `dev`, and Chromium: that of playwright, or the program named.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import sync_playwright

import segtool

HERE = Path(__file__).parent
ORDERS = HERE.parent / "orders.csv"

Scheme = Literal["light", "dark"]

PICTURES: list[tuple[str, Literal["en", "fa"], int, int, Scheme]] = [
    ("report-en-desk", "en", 1280, 2000, "light"),
    ("report-en-phone", "en", 360, 1600, "dark"),
    ("report-fa-desk", "fa", 1280, 2000, "light"),
    ("report-fa-phone", "fa", 360, 1600, "light"),
]
"""Name, language, width and height, and the scheme of colours."""


def main(browser: str | None) -> None:
    before = segtool.rfm(ORDERS, as_of="2025-11-30").table
    columns = ["gender", "age_group", "country", "city", "channel", "device"]
    labelled = segtool.rfm(ORDERS, customers=HERE.parent / "contacts.csv", customer_columns=columns).table
    track, value = segtool.track(ORDERS, every="month").table, segtool.value(ORDERS, margin=0.35).table
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        for name, lang, width, height, scheme in PICTURES:
            title = {"en": "The tea shop", "fa": "چای‌فروشی"}[lang]
            page = Path(folder) / f"{name}.html"
            report = segtool.report(
                labelled, previous=before, track=track, value=value, title=title, lang=lang, digits=lang
            )
            page.write_text(report.html, encoding="utf-8")
            tab = window.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            tab.goto(page.as_uri())
            tab.screenshot(path=HERE / f"{name}.png")
        window.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
