"""Every page for everybody: axe-core finds nothing serious, the focus is seen, z is spoken, nothing
scrolls sideways. What keys do in a figure is tested with that figure.
"""

import re

import numpy as np
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser.conftest import at_rest, beyond, key, maps, painted, z_of
from ui.page import chapters
from ui.shipped import builtin_data, shipped

PATHS = ["/", *(f"/{chapter.page.partition('_')[2]}" for chapter in chapters())]
# The network of a page's first latent map.
FIRST_MAP = {
    "/": "digits-ae",
    "/variational_autoencoders": "digits-vae-beta1",
    "/lab": "digits-vae-beta1",
}
# Markup that Streamlit writes and no page can reach. A formula wider than a phone scrolls inside
# itself; no attribute can be given to it, and browsers let keys scroll such a box by themselves.
NOT_OURS = {("scrollable-region-focusable", ".katex-display")}
# Every figure has been built and has drawn what it was sent.
DRAWN = """() => {
  const figures = [...document.querySelectorAll('[data-testid="stBidiComponentIsolated"]')];
  const any = (root, state) => root.querySelector(`[data-ready=${state}]`) !== null;
  return figures.map((each) => each.shadowRoot).every(
    (root) => root && any(root, true) && !any(root, false));
}"""
# Single letters count as text: they are the symbols that prose and figures speak of.
AXE = """async ({ within, rules }) => {
  const contrast = axe._audit.checks["color-contrast"];
  contrast.options = { ...contrast.options, ignoreLength: true, ignoreUnicode: false };
  const only = rules ? { runOnly: { type: "rule", values: rules } } : {};
  const { violations, passes } = await axe.run(within, { resultTypes: ["violations"], ...only });
  const found = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return { passed: passes.length, found: found.flatMap(({ id, nodes }) => nodes.map(
    ({ target, html }) => [id, String(target.flat().at(-1)), html.slice(0, 150)])) };
}"""
# Whatever takes the focus, in shadow roots too, and shows less than an outline or stroke of 3 : 1.
# Fields are left out (Streamlit inks their frame a moment later), and ranges: their thumb shows it.
UNSEEN = r"""() => {
  const rootsIn = (root) => [root, ...[...root.querySelectorAll("*")].flatMap(
    (each) => each.shadowRoot ? rootsIn(each.shadowRoot) : [])];
  const rgba = (colour) => { const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number); return [r, g, b, a]; };
  const light = (rgb) => rgb.slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const contrast = (a, b) => { const [low, high] = [light(a), light(b)].sort((p, q) => p - q); return (high + 0.05) / (low + 0.05); };
  const above = (element) => element.assignedSlot ?? element.parentElement ?? element.getRootNode().host;
  const paper = (element) => {
    for (let at = above(element); at; at = above(at)) {
      const colour = rgba(getComputedStyle(at).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const isSeen = (element, before) => {
    const style = getComputedStyle(element), back = paper(element);
    const outline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return (outline && contrast(rgba(style.outlineColor), back) >= 3)
      || (style.strokeWidth !== before && contrast(rgba(style.stroke), back) >= 3);
  };
  const takers = "a[href], button, summary, canvas, input:is([type=radio], [type=checkbox]), [tabindex]:not(input)";
  let asked = 0;
  const unseen = rootsIn(document).flatMap((root) => [...root.querySelectorAll(takers)].filter((taker) => {
    if (taker.tabIndex < 0 || taker.disabled || !taker.checkVisibility({ visibilityProperty: true })) return false;
    document.activeElement?.blur();
    const marks = [taker, taker.closest("label"), ...(taker instanceof SVGElement ? taker.querySelectorAll("*") : [])].filter(Boolean);
    const before = marks.map((mark) => getComputedStyle(mark).strokeWidth);
    taker.focus({ preventScroll: true });
    if (root.activeElement !== taker) return false;   // a group hands the focus to its chosen one
    asked += 1;
    return !marks.some((mark, k) => isSeen(mark, before[k]));
  }));
  document.activeElement?.blur();
  return { asked, unseen: unseen.map((taker) => taker.outerHTML.slice(0, 150)) };
}"""  # noqa: E501


def rest(page: Page) -> None:
    at_rest(page)
    page.wait_for_function(DRAWN, polling=50)


def show(page: Page, scheme: str, width: int) -> None:
    """Another theme or width, in a window so high that all of the page lies in it: axe leaves out
    what is scrolled away.
    """
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 1000})
    painted(page)
    height = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
    page.set_viewport_size({"width": width, "height": height + 200})
    rest(page)


def findings(page: Page, within: str = "body", rules: list[str] | None = None) -> list[list[str]]:
    """What axe-core calls serious or critical: rule, selector, markup."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    said = page.evaluate(AXE, {"within": within, "rules": rules})
    assert said["passed"], "axe-core looked at nothing"
    return [each for each in said["found"] if (each[0], each[1]) not in NOT_OURS]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_for_everybody(open_page, path):
    """By axe-core in both themes and on a phone; by its focus, by what is spoken, at 360 pixels."""
    page = open_page(path, ready="[data-ready]", reduced_motion="reduce")
    show(page, "light", 1440)
    found = findings(page)
    page.keyboard.press("Tab")  # from here on the focus is the keyboard's
    unseen = [page.evaluate(UNSEEN)]
    show(page, "dark", 1440)
    found += findings(page, rules=["color-contrast"])
    unseen.append(page.evaluate(UNSEEN))
    show(page, "dark", 390)
    found += findings(page)
    assert found == []
    assert [each["unseen"] for each in unseen] == [[], []]
    assert min(each["asked"] for each in unseen) > 10
    expect(page.locator(".widget > .sentence:visible")).to_have_count(0)  # figures outlive a theme
    assert beyond(page, 360) <= 0
    if path in FIRST_MAP:
        nearest_class_is_spoken(page, FIRST_MAP[path])


def nearest_class_is_spoken(page: Page, name: str) -> None:
    """After a step by keys: where the probe is and whose code is nearest, once it rests."""
    canvas = maps(page).first
    canvas.focus()
    key(page, "Shift+ArrowRight")
    key(page, "Shift+ArrowUp")
    spoken = canvas.locator("xpath=ancestor::*[contains(@class, 'widget')]").locator(".spoken")
    expect(spoken).to_contain_text("nearest code: ")
    z, model = z_of(canvas), shipped(name)
    assert canvas.get_attribute("data-model") == model.sha256[:16]
    digit = builtin_data("digits").y_train[np.linalg.norm(model.mu - z, axis=1).argmin()]
    article = "an" if digit == 8 else "a"
    said = spoken.text_content() or ""
    assert re.search(rf"z = \([^)]+\), nearest code: {article} {digit}\b", said), (said, z)


def test_what_is_folded_and_what_a_pick_says_are_for_everybody(open_page):
    page = open_page("/autoencoders?deeper_loop=true", ready="[data-ready]")
    page.get_by_text("A step of Adam").click()
    expect(page.locator(".stCode .token").first).to_be_visible()
    show(page, "light", 1440)
    found = findings(page, '[data-testid="stExpander"]')
    show(page, "dark", 390)
    found += findings(page, '[data-testid="stExpander"]')
    assert found == []

    page = open_page()
    maps(page).first.focus()
    key(page, "Enter")
    expect(page).to_have_url(re.compile(r"picked=\d+"))
    show(page, "light", 1440)
    assert findings(page) == []
