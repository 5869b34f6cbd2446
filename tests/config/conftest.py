from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty project: no variable of Lockgate's is set, and the current directory holds nothing."""
    for name in list(os.environ):
        if name in {"ENV", "AUTO_MIGRATE", "FORCE_MIGRATION", "DATABASE_URL"} or name.startswith(("LOCKGATE_", "PG")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
