"""A Streamlit server of our own: a free port, an empty cache, always stopped."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
APP = "app.py"
EMPTY_PAGE = "benchmarks/compared/empty_page.py"
SLIDER_PAGE = "benchmarks/compared/slider_page.py"
PATIENCE = 60.0  # seconds to start, or to answer


class Server:
    """A running server, with the project's own settings whatever script it serves."""

    def __init__(self, script: str, folder: Path) -> None:
        """Start it and wait until it answers; `started` is how many seconds that took."""
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        begun = time.perf_counter()
        self._log = (folder / "log").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "streamlit", "run", script, "--server.headless=true",
                "--server.address=127.0.0.1", f"--server.port={self.port}",
            ],
            cwd=ROOT, stdout=self._log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={**os.environ, "VAE_CACHE": str(folder / "runs"), "VAE_DATA": str(folder / "data")},
        )  # fmt: skip
        self._watched = psutil.Process(self._process.pid)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        self.started = time.perf_counter() - begun

    def memory(self) -> float:
        """Return the resident memory of the server process alone, in MB (10⁶ bytes)."""
        return self._watched.memory_info().rss / 1e6

    def cpu(self) -> float:
        """Return the CPU time of the server process alone so far, in ms (it ticks in tens)."""
        times = self._watched.cpu_times()
        return 1000 * (times.user + times.system)

    def stop(self) -> None:
        """End the process; its training workers follow it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=PATIENCE):
                    return
            except OSError:
                time.sleep(0.01)
        self._log.seek(0)
        raise RuntimeError(f"The server did not start:\n{self._log.read()[-2000:]}")


@contextmanager
def serving(script: str = APP) -> Iterator[Server]:
    """Serve `script` (a path from the root) while the block runs."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = Server(script, Path(folder))
        try:
            yield server
        finally:
            server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
