from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.local import LocalEngine
from engine.settings import Settings
from tests.engine import scripted


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def engine(cache_folder: Path) -> Iterator[LocalEngine]:
    """Two workers for all tests: warming one up costs seconds."""
    engine = LocalEngine(Settings(cache=cache_folder, grace=1.0, workers=2), scripted.perform)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def strict_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("strict")


@pytest.fixture(scope="session")
def strict_engine(strict_cache: Path) -> Iterator[LocalEngine]:
    """One worker, little time for a run and no room to keep one."""
    settings = Settings(cache=strict_cache, cache_bytes=1, job_seconds=1.5, grace=1.0, workers=1)
    engine = LocalEngine(settings, scripted.perform)
    yield engine
    engine.close()
