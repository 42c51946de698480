"""The house rules that a program can check: which room imports which, what a server loads, sizes.

Read from the source by `ast`, and once by importing in a fresh process.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {"vae_core": 0, "engine": 1, "ui": 2, "pages": 3, "app": 3}  # imports run downwards only
OUTSIDE = ("scripts", "benchmarks", "tests")  # may import every room; no room imports them
HEAVY = {"torch", "sklearn", "scipy", "pandas"}
TORCH_FREE = (  # of vae_core
    "config", "data", "idx", "checkpoints", "cost", "export", "spectrum", "__init__",
)  # fmt: skip
CLOCKS = {"sleep", "_".join(("wait", "for", "timeout"))}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "base", "misc"}


def sources(*rooms: str) -> list[Path]:
    """The Python files of rooms (all of the project's if none is named) that exist so far."""
    found: list[Path] = []
    for room in rooms or (*ROOMS, *OUTSIDE):
        found += (ROOT / room).rglob("*.py")
        found += [path for path in [ROOT / f"{room}.py"] if path.exists()]
    if not rooms:
        found += [path for path in ROOT.glob("*.py") if path not in found]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


each_server_file = pytest.mark.parametrize(
    "path", sources("engine", "ui", "pages", "app"), ids=named
)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path, functions: bool = True) -> Iterator[str]:
    """Dotted names that a file imports; without those inside functions if not `functions`.

    What only a type checker sees (`if TYPE_CHECKING:`) is left out where functions are.
    """

    def walk(node: ast.AST) -> Iterator[ast.AST]:
        for child in ast.iter_child_nodes(node):
            if not functions:
                if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                    continue
                if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                    continue
            yield child
            yield from walk(child)

    package = list(path.relative_to(ROOT).parent.parts)
    for node in walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def module_file(name: str) -> Path | None:
    """The project's file of a dotted name, if it is one."""
    path = ROOT.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if name and candidate.exists():
            return candidate
    return None


def loaded_with(path: Path) -> set[str]:
    """Top-level packages that importing a file brings in, through the project's own modules."""
    seen, found, waiting = {path}, set(), [path]
    while waiting:
        for name in imports(waiting.pop(), functions=False):
            found.add(name.split(".")[0])
            parts = name.split(".")
            for i in range(1, len(parts) + 1):  # importing a.b.c runs a and a.b too
                file = module_file(".".join(parts[:i]))
                if file is not None and file not in seen:
                    seen.add(file)
                    waiting.append(file)
    return found


# --- rooms


@pytest.mark.parametrize("path", sources(*ROOMS), ids=named)
def test_imports_run_one_way(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0].removesuffix(".py")
    for name in imports(path):
        other = name.split(".")[0]
        assert other not in OUTSIDE, f"{named(path)} imports {name}"
        assert ROOMS.get(other, -1) <= ROOMS[room], f"{named(path)} imports {name}, a room above"
        assert other not in ("pages", "app") or other == room, f"{named(path)} imports {name}"


@pytest.mark.parametrize("path", sources("vae_core"), ids=named)
def test_the_core_knows_no_page_and_no_job(path: Path) -> None:
    tops = {name.split(".")[0] for name in imports(path)}
    assert not tops & {"streamlit", "engine", "ui", "pages", "app", "plotly", "loky"}


@pytest.mark.parametrize("path", sources("engine"), ids=named)
def test_the_engine_knows_no_streamlit(path: Path) -> None:
    assert "streamlit" not in {name.split(".")[0] for name in imports(path)}


# --- what the server loads


@each_server_file
def test_importing_any_of_the_servers_files_loads_no_torch_and_no_scikit_learn(path: Path) -> None:
    assert not loaded_with(path) & (HEAVY - {"pandas"})


@each_server_file
def test_only_the_workers_tasks_load_torch_when_called(path: Path) -> None:
    if named(path) == "engine/tasks.py":
        return
    for name in set(imports(path)) - set(imports(path, functions=False)):
        file = module_file(name)
        heavy = {name.split(".")[0]} | (loaded_with(file) if file else set())
        type_only = name in set(type_checking_imports(path))
        assert type_only or not heavy & {"torch", "sklearn", "scipy"}, f"{named(path)}: {name}"


def type_checking_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for inner in ast.walk(node):
                if isinstance(inner, ast.ImportFrom):
                    yield inner.module or ""
                    yield from (f"{inner.module}.{alias.name}" for alias in inner.names)
                elif isinstance(inner, ast.Import):
                    yield from (alias.name for alias in inner.names)


@pytest.mark.parametrize("name", TORCH_FREE)
def test_the_torch_free_modules_of_the_core_name_nothing_heavy(name: str) -> None:
    assert not loaded_with(ROOT / "vae_core" / f"{name}.py") & HEAVY


def test_the_server_can_read_data_and_checkpoints_without_anything_heavy() -> None:
    code = (
        "import sys, json, pathlib\n"
        "import vae_core.config, vae_core.data, vae_core.idx\n"
        "from vae_core import RunConfig, load_dataset\n"
        "from vae_core.checkpoints import load_checkpoint\n"
        "from vae_core.data import fingerprint\n"
        "assert len(load_dataset('digits').x_train) == 1500\n"
        "assert len(load_dataset('shapes').x_train) == 2000\n"
        "assert load_dataset('digits').entropy_floor > 13\n"
        "fingerprint('digits'), fingerprint('shapes')\n"
        "for path in pathlib.Path('models').glob('digits-???.safetensors'): load_checkpoint(path)\n"
        f"print(sorted(set({sorted(HEAVY | {'streamlit'})!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_this_test_would_notice_torch_in_the_server() -> None:
    assert "torch" in loaded_with(ROOT / "vae_core" / "training.py")
    assert "torch" in loaded_with(ROOT / "vae_core" / "regularity.py")
    assert "vae_core.config" in set(imports(ROOT / "vae_core" / "training.py"))


# --- names and sizes


def visible(folder: Path) -> Iterator[Path]:
    """Every file and folder below, without hidden ones and caches."""
    for path in folder.iterdir():
        if not path.name.startswith(".") and path.name != "__pycache__":
            yield path
            if path.is_dir():
                yield from visible(path)


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    assert not [named(path) for path in visible(ROOT) if path.stem.lower() in FORBIDDEN_NAMES]


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("path", [p for p in sources() if "tests" not in p.parts], ids=named)
def test_a_python_file_stays_within_its_budget(path: Path) -> None:
    page = path.parent == ROOT / "pages" or path == ROOT / "app.py"
    assert lines(path) <= (150 if page else 300)
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            length = node.end_lineno - node.lineno + 1
            assert length <= 40, f"{named(path)}: {node.name} has {length} lines"


@pytest.mark.parametrize("path", sorted((ROOT / "ui").rglob("*.js")), ids=named)
def test_a_javascript_file_stays_within_its_budget(path: Path) -> None:
    assert lines(path) <= 350


@pytest.mark.parametrize("path", sources("tests"), ids=named)
def test_tests_do_not_wait_by_the_clock(path: Path) -> None:
    calls = {ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)}
    assert not {call.split(".")[-1] for call in calls} & CLOCKS
