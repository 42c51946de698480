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
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.browser.find_browser import FLAGS, find

ROOT = Path(__file__).parents[2]
CHAPTER = "/variational_autoencoders"
expect.set_options(timeout=40_000)  # a machine may be busy; nothing waits that long otherwise
_SENT: Counter[Page] = Counter()  # messages to the server


@dataclasses.dataclass
class Server:
    """A running app."""

    url: str
    process: subprocess.Popen[bytes]
    cache: Path


def start_server(cache: Path, **environment: str) -> Server:
    """Start the app on a free port and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
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


@pytest.fixture(scope="session")
def free(browser: Browser) -> Iterator[dict[str, list[BrowserContext]]]:
    """Browser windows not in use, by their options: a warm one opens a page in .7 of the time."""
    contexts: dict[str, list[BrowserContext]] = defaultdict(list)
    yield contexts
    for context in chain.from_iterable(contexts.values()):
        context.close()


@pytest.fixture
def open_page(
    browser: Browser, server: Server, free: dict[str, list[BrowserContext]]
) -> Iterator[Callable[..., Page]]:
    """Open a path in a window of its own (size, theme); close every page afterwards."""
    opened: list[tuple[str, Page]] = []

    def open_(
        path: str = "/", width: int = 1440, height: int = 1000,
        ready: str = '[data-testid="latent-map"]', **options: object,
    ) -> Page:  # fmt: skip
        options["viewport"] = {"width": width, "height": height}
        kind = repr(sorted(options.items()))
        context = free[kind].pop() if free[kind] else browser.new_context(**options)
        page = context.new_page()
        opened.append((kind, page))
        page.on("websocket", lambda it: it.on("framesent", lambda _: _SENT.update([page])))
        page.goto(server.url + path)
        expect(page.locator(ready).first).to_have_attribute("data-ready", "true")
        return page

    yield open_
    for kind, page in opened:
        free[kind].append(page.context)
        page.close()
    _SENT.clear()


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


def at_rest(page: Page) -> None:
    """Wait until the server has run the page to its end, and the browser has painted it."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-script-state", "notRunning")
    painted(page)


def sent(page: Page) -> int:
    """How many messages the browser has sent to the server, counted with the page at rest."""
    at_rest(page)
    return _SENT[page]
