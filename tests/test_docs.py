"""The documents tell the truth: the map names every file, commands exist, links resolve."""

import re
from pathlib import Path

import pytest

from ui.prose import CONTENT

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
DOCUMENTS = [
    path for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")]
]  # fmt: skip


def the_map() -> str:
    return README.split("## The map")[1].split("```")[1]


@pytest.mark.parametrize("room", ["ui", "engine", "vae_core"])
def test_the_map_names_every_module_of_a_room(room):
    for path in (ROOT / room).glob("*.py"):
        if path.name != "__init__.py":
            assert path.name in the_map(), f"{room}/{path.name} is not on the map"


def test_the_map_names_every_top_level_folder_with_sources():
    folders = {path.parent for pattern in ("*/*.py", "*/*.md") for path in ROOT.glob(pattern)}
    for folder in folders:
        if not folder.name.startswith("."):
            assert f"{folder.name}/" in the_map(), f"{folder.name}/ is not on the map"


def test_every_file_on_the_map_exists():
    room = ""
    for line in the_map().splitlines():
        names, _, _ = line.partition("   ")
        if re.match(r"\w+/ ", line):
            room = line.split("/")[0]
        if line.startswith("  "):
            names = line.strip()
        for name in re.findall(r"\b\w+\.(?:py|css|json|md)\b", names):
            places = [ROOT / room / name, ROOT / name]
            assert any(place.exists() for place in places), f"{room}/{name} is on the map only"


def test_every_make_target_in_the_documents_exists():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.M))
    for path in DOCUMENTS:
        named = set(re.findall(r"(?:^|`)make (\w+)", path.read_text(), re.M))
        assert named <= targets, f"{path.name} names {named - targets}"


def test_every_environment_variable_of_the_readme_is_read_somewhere():
    sources = "\n".join(
        path.read_text() for room in ("engine", "vae_core") for path in (ROOT / room).glob("*.py")
    )
    named = set(re.findall(r"`(VAE_\w+)`", README))
    assert named
    assert all(f'"{name}"' in sources for name in named)
    assert set(re.findall(r'"(VAE_\w+)"', sources)) == named


def test_links_between_documents_resolve():
    for path in DOCUMENTS:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_versions_in_the_documents_are_the_pinned_ones():
    pinned = (ROOT / "requirements.txt").read_text()
    makefile = (ROOT / "Makefile").read_text()
    version = re.search(r"torch==(\S+)", pinned)[1]
    assert f"TORCH := {version}" in makefile
    assert f"torch=={version}" in README


def test_every_source_named_in_the_code_stands_in_the_references():
    references = (CONTENT / "references.md").read_text()
    for title in ("Auto-Encoding Variational Bayes", "Wasserstein Auto-Encoders"):
        assert title.lower() in references.lower()
    keys = re.findall(r"^- \*\*(\w+)\*\*", references, re.M)
    assert len(keys) == len(set(keys)) >= 8
