"""A real Chromium without a window, for pages in files; it has no network."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

PHONE = (390, 844)
DESK = (1280, 900)


@contextmanager
def chromium(*, script: bool = True) -> Iterator[Chrome]:
    """A browser; skipped with the reason where there is none."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("there is no Chromium with its driver (Debian: apt-get install chromium chromium-driver)")
    options = ChromeOptions()
    options.binary_location = program
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                     "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"):  # fmt: skip
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if not script:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    browser = Chrome(options, ChromeService(driver))
    try:
        yield browser
    finally:
        browser.quit()


def opened(browser: Chrome, file: Path, size: tuple[int, int] = DESK) -> list[str]:
    """Show a file in a view of this size; what the console said."""
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.get(file.as_uri())
    return [entry["message"] for entry in browser.get_log("browser")]


def sticking_out(browser: Chrome) -> list[str]:
    """Elements that make the page wider than the window, but for those in a box that scrolls by itself."""
    return browser.execute_script("""
        const width = document.documentElement.clientWidth;
        const over = (e) => ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
        const scrolls = (e) => e && (over(e) || scrolls(e.parentElement));
        return [...document.body.querySelectorAll("*")]
            .filter((e) => e.getBoundingClientRect().right > width + 1 && !scrolls(e) && e.className !== "skip")
            .map((e) => `${e.tagName} ${e.className} ${e.textContent.slice(0, 60)}`).slice(0, 5);
    """)  # fmt: skip
