"""Chapter 2, deeper: a cloud in three dimensions, opened, orbited, tilted."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import drag, key, sent
from ui.orbit import TILT, error, principal, tilted

PAGE = "/pca"
FIRST = ".st-key-figure_components .range"
CHART = ".st-key-figure_orbit .js-plotly-plot"
EYE = (  # null while the chart is being drawn again
    "plot => { const eye = plot?._fullLayout?.scene?._scene?.getCamera?.()?.eye;"
    " return eye ? [eye.x, eye.y, eye.z] : null; }"
)
MOVED = (
    f"before => {{ const now = ({EYE})(document.querySelector('{CHART}'));"
    " return now && Math.hypot(...now.map((value, j) => value - before[j])) > 0.1; }"
)


def opened(open_page, query: str = "", **options: object) -> Page:
    page = open_page(f"{PAGE}?deeper_orbit=true{query}", ready=FIRST, **options)
    await_chart(page)
    return page


def await_chart(page: Page) -> None:
    expect(page.locator(f"{CHART} canvas").first).to_be_visible()
    page.wait_for_function(
        f"() => document.querySelector('{CHART}')?._fullLayout?.scene?._scene?.glplot"
    )


def numbers(page: Page) -> Locator:
    return page.locator(".st-key-figure_orbit .orbit-terms b")


def test_the_fold_opens_on_a_cloud_that_is_orbited_without_the_server_and_tilted_by_keys(open_page):
    page = open_page(PAGE, ready=FIRST)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    expect(page.locator(CHART)).to_have_count(0)
    page.locator(".st-key-deeper_orbit summary").click()
    expect(page.locator(f"{CHART} canvas").first).to_be_visible()
    assert any("Plotly" in url for url in fetched)
    values, _ = principal()
    own = error(tilted(2, TILT))
    shown = [f"{value:.3f}" for value in (*values, own)]
    expect(numbers(page)).to_have_text(shown)
    orbit(page)
    page.locator(".st-key-orbit_tilt [role=slider], .st-key-orbit_tilt input").first.focus()
    key(page, "Home")  # the error falls to PCA's
    expect(numbers(page)).to_have_text([f"{v:.3f}" for v in (*values, values[2])])
    expect(page).to_have_url(re.compile("orbit_tilt=0"))


def orbit(page: Page) -> None:
    """Drag the cloud round: the server hears nothing of it."""
    await_chart(page)
    assert sent(page)
    counted, before = sent(page), page.locator(CHART).evaluate(EYE)
    drag(page, page.locator(CHART), (0.5, 0.5), (0.7, 0.6))
    page.wait_for_function(MOVED, arg=before)
    assert sent(page) == counted


@pytest.mark.parametrize("phone", [False, True])
def test_line_and_views_are_buttons_and_stand_in_the_link(open_page, phone):
    options = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True} if phone else {}
    page = opened(open_page, **options)
    chart, figure = page.locator(CHART), page.locator(".st-key-figure_orbit")
    before = chart.evaluate(EYE)
    for name in ("k = 1, a line", "along the plane"):
        button = figure.get_by_role("radio", name=name)
        button.tap() if phone else button.click()
    expect(page).to_have_url(re.compile("orbit_k=.*orbit_view=|orbit_view=.*orbit_k="))
    page.wait_for_function(MOVED, arg=before)
    values, _ = principal()
    least, own = values[1:].sum(), error(tilted(1, TILT))
    shown = [f"{value:.3f}" for value in (*values, least, own)]
    expect(numbers(page)).to_have_text(shown)
    if not phone:
        again = opened(open_page, page.url[page.url.index("?") :].replace("?", "&"))
        expect(numbers(again)).to_have_text(shown)
    over = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    assert over <= 1
