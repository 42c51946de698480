"""A real server and a real browser. Without a browser every test here is skipped, loudly."""

import dataclasses
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.browser.find_browser import FLAGS, find

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "ui" / "widgets" / "shared"
CHAPTER = "/variational_autoencoders"
expect.set_options(timeout=40_000)  # a machine may be busy; nothing waits that long otherwise
_SENT: Counter[Page] = Counter()  # messages to the server
# Whether the first element of a selector is ready, in shadow roots too (all but the selector's last
# part lies outside them). `expect` would look every half second only.
_IS_READY = """selector => {
  const roots = (root) => [root, ...[...root.querySelectorAll("*")].flatMap(
    (each) => each.shadowRoot ? roots(each.shadowRoot) : [])];
  const [last, ...outer] = selector.split(" ").reverse();
  const places = outer.length ? document.querySelectorAll(outer.reverse().join(" ")) : [document];
  const found = [...places].flatMap(roots).map((root) => root.querySelector(last)).find(Boolean);
  return found?.dataset.ready === "true";
}"""


@dataclasses.dataclass
class Server:
    """A running app."""

    url: str
    process: subprocess.Popen[bytes]
    cache: Path


def start_server(cache: Path, script: str = "app.py", **environment: str) -> Server:
    """Start the app, or another script, on a free port and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless", "true"]
    process = subprocess.Popen(
        [*command, "--server.port", str(port), "--server.address", "127.0.0.1"],
        cwd=ROOT, env={**os.environ, "VAE_CACHE": str(cache), **environment},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url, pause = f"http://127.0.0.1:{port}", threading.Event()
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return Server(url, process, cache)
        except OSError:
            assert process.poll() is None, "the server ended while starting"
            pause.wait(0.1)
    raise AssertionError("the server did not answer within 30 seconds")


def stop_server(server: Server) -> None:
    """End the app."""
    server.process.terminate()
    try:
        server.process.wait(10)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("runs"))
    yield running
    stop_server(running)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find()
    if path is None:
        pytest.skip("NO BROWSER: install chromium (apt-get install chromium) to run these tests")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def bare(browser: Browser) -> Iterator[Page]:
    """A page with nothing on it but the forward pass: `readPayload` and `Network`."""
    page = browser.new_page()
    scripts = [(SHARED / f"{part}.js").read_text() for part in ("payload", "network")]
    page.add_script_tag(content="\n".join(scripts))
    yield page
    page.close()


@pytest.fixture(scope="session")
def idle(browser: Browser) -> Iterator[dict[str, list[Page]]]:
    """Pages not in use, by their kind of screen: a warm one opens at half a new one's cost."""
    pages: dict[str, list[Page]] = defaultdict(list)
    yield pages
    for page in chain.from_iterable(pages.values()):
        page.context.close()


@pytest.fixture
def open_page(
    request: pytest.FixtureRequest, browser: Browser, server: Server, idle: dict[str, list[Page]]
) -> Iterator[Callable[..., Page]]:
    """Open a path in a window of its own (size, theme, motion).

    The window serves other tests too: whoever gives it a script or a route closes its context.
    """
    opened: list[tuple[str, Page]] = []
    failed = request.session.testsfailed

    def open_(
        path: str = "/", width: int = 1440, height: int = 1000,
        ready: str = '[data-testid="latent-map"]', color_scheme: str = "light",
        reduced_motion: str = "no-preference", **screen: object,
    ) -> Page:  # fmt: skip
        kind = repr(sorted(screen.items()))
        page = idle[kind].pop() if idle[kind] else new_page(browser, **screen)
        opened.append((kind, page))
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        page.goto(server.url + path)
        page.wait_for_function(_IS_READY, arg=ready, polling=50, timeout=40_000)
        return page

    yield open_
    for kind, page in opened:
        if page.is_closed():
            continue
        if request.session.testsfailed > failed:  # who knows what state it is in
            page.context.close()
            continue
        page.goto("about:blank")
        page.mouse.up()
        page.mouse.move(0, 0)
        idle[kind].append(page)
    _SENT.clear()


@pytest.fixture(scope="module")
def open_console(browser: Browser, server: Server) -> Iterator[Callable[[str, str], Page]]:
    """Open a path once for all tests of a file that only ask what a figure computes."""
    pages: list[Page] = []

    def open_(path: str, ready: str) -> Page:
        pages.append(new_page(browser))
        pages[-1].goto(server.url + path)
        pages[-1].wait_for_function(_IS_READY, arg=ready, polling=50, timeout=40_000)
        return pages[-1]

    yield open_
    for page in pages:
        page.context.close()


def new_page(browser: Browser, **screen: object) -> Page:
    """A page in a window of its own whose messages to the server are counted."""
    page = browser.new_context(**screen).new_page()
    page.on("websocket", lambda it: it.on("framesent", lambda _: _SENT.update([page])))
    return page


def maps(page: Page) -> Locator:
    """The latent maps of a page, in order."""
    return page.locator('[data-testid="latent-map"]')


def decoded(page: Page) -> Locator:
    """The decoded images, in the order of their maps."""
    return page.locator('[data-testid="decoded"]')


def pixels(canvas: Locator) -> str:
    """What a canvas shows, as a data URL."""
    return str(canvas.evaluate("canvas => canvas.toDataURL()"))


def z_of(canvas: Locator) -> list[float]:
    """Where a map's probe stands."""
    return [float(part) for part in (canvas.get_attribute("data-z") or "").split(",")]


def status(page: Page) -> Locator:
    """The panel's status line."""
    return page.locator(".st-key-run_status")


def press(page: Page, key: str) -> None:
    """Press one of the panel's buttons by its key."""
    page.locator(f".st-key-{key} button").click()


def full_speed(page: Page) -> None:
    """Ask for full speed and wait until the switch says so."""
    page.locator(".st-key-full_speed label").first.click()
    expect(page.locator(".st-key-full_speed input")).to_be_checked()


def drag(page: Page, canvas: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag across a canvas with the mouse; places as shares of its width and height."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=8)
    page.mouse.up()
    painted(page)


def finger(page: Page, canvas: Locator) -> Callable[..., None]:
    """Return a finger on a canvas: finger("touchStart", x, y), "touchMove", then "touchEnd".

    Places are shares of its width and height.
    """
    canvas.scroll_into_view_if_needed()
    box, session = canvas.bounding_box(), page.context.new_cdp_session(page)
    assert box is not None

    def touch(kind: str, *place: float) -> None:
        points = []
        if place:
            x, y = place
            points = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    return touch


def swipe(
    page: Page, canvas: Locator, start: tuple[float, float], end: tuple[float, float]
) -> None:
    """Drag across a canvas with a finger, as `drag` does with the mouse."""
    touch = finger(page, canvas)
    touch("touchStart", *start)
    for k in range(1, 9):
        touch("touchMove", *(a + k / 8 * (b - a) for a, b in zip(start, end, strict=True)))
    touch("touchEnd")
    painted(page)


def key(page: Page, name: str) -> None:
    """Press a key on whatever has the focus."""
    page.keyboard.press(name)
    painted(page)


def painted(page: Page) -> None:
    """Wait until the frame after a gesture has been painted."""
    page.evaluate("() => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)))")


def beyond(page: Page, width: int) -> float:
    """By how many pixels the page is wider than a window of this width."""
    page.set_viewport_size({"width": width, "height": 844})
    painted(page)
    return float(page.evaluate(
        "() => Math.max(...[...document.querySelectorAll('html, body, [data-testid=\"stMain\"]')]"
        ".map(e => e.scrollWidth - e.clientWidth))"
    ))  # fmt: skip


def at_rest(page: Page) -> None:
    """Wait until the server has run the page to its end, and the browser has painted it."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    painted(page)


def sent(page: Page) -> int:
    """How many messages the browser has sent to the server, counted with the page at rest."""
    at_rest(page)
    return _SENT[page]
