"""What every test relies on."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers of earlier runs are kept apart from the user's."""
    monkeypatch.setenv("FAIRNOTICE_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
