"""Pages run in this process through AppTest, on an engine of their own with its own cache."""

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

import engine
from engine.local import LocalEngine
from engine.settings import Settings
from ui.page import ROOT

CHAPTER = "pages/5_variational_autoencoders.py"


@pytest.fixture(scope="session")
def warm_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEngine]:
    """The engine all page tests share, so that its worker is warmed up once."""
    made = LocalEngine(Settings(cache=tmp_path_factory.mktemp("cache"), workers=1))
    yield made
    made.close()


@pytest.fixture
def open_page(warm_engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open a page in a new session, as a link with these query parameters does."""
    monkeypatch.setattr(engine, "_engine", warm_engine)
    monkeypatch.chdir(ROOT)

    def opened(page: str = CHAPTER, **query: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
        for key, value in query.items():
            at.query_params[key] = value
        if page != "app.py":
            at.switch_page(page)
        return at.run()

    return opened
