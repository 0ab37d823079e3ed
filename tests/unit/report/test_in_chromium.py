"""The HTML pages in a real browser: on a desk, on a phone, with a keyboard, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from browser import DESK, PHONE, chromium, opened, sticking_out
from factories_report import NOW, POLICY, TEXTS, make_view, many_findings, typical_findings
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from posture.report.compose import compose
from posture.report.fleet.page import Fleet, fleet_page
from posture.report.fleet.standing import standing
from posture.report.html import HtmlRenderer

HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>\u202eX' + "w" * 400


def a_fleet(count: int = 24) -> bytes:
    """Customers of every state; one of them with a name that would do things."""
    views = [make_view(many_findings(n % 7) if n % 3 else ()) for n in range(count)]
    names = [HOSTILE if n == 5 else f"Customer {n}" for n in range(count)]
    customers = [
        standing(
            replace(view, customer=replace(view.customer, id=f"cust-{n}", name=names[n])), NOW + timedelta(days=n % 5)
        )
        for n, view in enumerate(views)
    ]
    return fleet_page(Fleet(customers, (), (), POLICY.provider, "Policy 1", NOW + timedelta(days=4)), {"cust-1"})


def hostile_report() -> bytes:
    said = [replace(finding, summary=HOSTILE, subject=HOSTILE) for finding in typical_findings()]
    view = make_view(said)
    return HtmlRenderer().render(compose(replace(view, customer=replace(view.customer, name=HOSTILE)), TEXTS))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    made = {
        "fleet": a_fleet(),
        "typical": HtmlRenderer().render(compose(make_view(typical_findings()), TEXTS)),
        "clean": HtmlRenderer().render(compose(make_view([]), TEXTS)),
        "hostile": hostile_report(),
    }
    for name, content in made.items():
        (folder / f"{name}.html").write_bytes(content)
    return {name: folder / f"{name}.html" for name in made}


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as running:
        yield running


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("name", ["fleet", "typical", "clean", "hostile"])
def test_a_page_fits_and_the_console_is_silent(browser, pages, name, size):
    """No error, nothing that the page's own policy had to block, and nobody has to scroll sideways."""
    assert opened(browser, pages[name], size) == []
    assert sticking_out(browser) == []
    assert "1" != browser.title != "2"


def shown(browser: Chrome, column: int) -> list[str]:
    rows = browser.find_elements(By.CSS_SELECTOR, "#customers tbody tr:not([hidden])")
    return [row.find_elements(By.TAG_NAME, "td")[column].text for row in rows]


def test_the_fleet_sorts_by_keyboard_and_says_how(browser, pages):
    """Numbers as numbers; the heading tells a screen reader which way."""
    opened(browser, pages["fleet"])
    heading = browser.find_element(By.CSS_SELECTOR, "#customers th:nth-child(4)")
    button = heading.find_element(By.TAG_NAME, "button")
    browser.execute_script("arguments[0].focus()", button)
    assert browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for order, ascending in (("ascending", True), ("descending", False)):
        button.send_keys(Keys.ENTER)
        assert heading.get_attribute("aria-sort") == order
        numbers = [int(text) for text in shown(browser, 3)]
        assert numbers == sorted(numbers, reverse=not ascending)
        assert len(set(numbers)) > 2


def test_the_fleet_filters_by_words_and_by_state(browser, pages):
    """Both together, and it is said how many are left."""
    opened(browser, pages["fleet"])
    browser.find_element(By.ID, "filter").send_keys("CUST-1 customer")
    assert shown(browser, 0)
    assert all(name.startswith("cust-1") for name in shown(browser, 0))
    browser.find_element(By.CSS_SELECTOR, '#state option[value="nothing found"]').click()
    left = shown(browser, 2)
    assert left
    assert set(left) == {"nothing found"}
    assert browser.find_element(By.ID, "count").text == f"{len(left)} of 24 shown"


def test_the_fleet_says_everything_without_its_script(pages):
    """All rows are there, and no button that does nothing."""
    with chromium(script=False) as browser:
        browser.get(pages["fleet"].as_uri())
        assert len(shown(browser, 0)) == 24
        assert not browser.find_elements(By.CSS_SELECTOR, "#customers button")
        assert not browser.find_element(By.ID, "tools").is_displayed()
