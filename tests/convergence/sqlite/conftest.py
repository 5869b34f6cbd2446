from __future__ import annotations

import pytest


@pytest.fixture
def place() -> None:
    """A file of its own."""
