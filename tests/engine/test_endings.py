"""The server's end, however it comes, is the end of its workers."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

import engine
from tests.engine.watching import until

Server = subprocess.Popen[str]
ENDINGS = ["killed", "interrupted", "finished"]

# Finds the project as Streamlit does: through sys.path, from any current directory.
SERVER = """
import sys, threading
sys.path.insert(0, sys.argv[1])
import psutil
from pathlib import Path
from engine import Job
from engine.local import LocalEngine
from engine.settings import Settings
from vae_core.config import RunConfig

assert "torch" not in sys.modules
engine = LocalEngine(Settings(cache=Path(sys.argv[2]), workers=1))
job = Job(config=RunConfig(dataset="shapes", epochs=2000))
engine.submit(job, "ann")
while not engine.poll(job.id, "ann").keyframes:
    threading.Event().wait(0.05)
print(*[child.pid for child in psutil.Process().children(recursive=True)], flush=True)
sys.stdin.readline()
"""


def gone(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """One server for each way to end, started at the same time."""
    root = Path(engine.__path__[0]).parent
    started = {}
    for ending in ENDINGS:
        folder = tmp_path_factory.mktemp(ending)
        started[ending] = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(root), str(folder / "cache")],
            cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, start_new_session=True,
        )  # fmt: skip
    yield started
    for server in started.values():
        with server:  # closes its pipes
            server.kill()


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_worker_outlives_its_server(servers: dict[str, Server], ending: str) -> None:
    server = servers[ending]
    assert server.stdout is not None
    children = [psutil.Process(int(pid)) for pid in server.stdout.readline().split()]
    try:
        assert children, server.stderr and server.stderr.read()
        if ending == "killed":
            server.send_signal(signal.SIGKILL)
        elif ending == "interrupted":
            server.send_signal(signal.SIGINT)
        begin = time.monotonic()
        errors = server.communicate("\n" if ending == "finished" else None, timeout=10)[1]
        until(lambda: all(map(gone, children)), 5)
        assert time.monotonic() - begin < 5  # a job of minutes does not hold the server up
    finally:
        for process in [server, *children]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
    if ending == "finished":
        assert (server.returncode, errors) == (0, "")
        assert list(Path(str(server.args[-1])).iterdir()) == []  # type: ignore[index]
