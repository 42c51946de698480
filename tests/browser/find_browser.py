"""Which browser the tests drive: an installed Chromium or Chrome, else Playwright's own.

Run as a script it exits 0 if there is one, 1 if not (the Makefile then installs one).
"""

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str | None:
    """Return the path of a browser (`CHROMIUM` names one first), or None."""
    named = os.environ.get("CHROMIUM")
    for candidate in [named, *map(shutil.which, NAMES)]:
        if candidate and Path(candidate).exists():
            return candidate
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


if __name__ == "__main__":
    sys.exit(0 if find() else 1)
