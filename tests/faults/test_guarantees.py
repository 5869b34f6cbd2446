"""The page of guarantees names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[2]


def test_each_promise_has_its_test() -> None:
    page = (_ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
    promises, _, _ = page.partition("## What is not guaranteed")
    for promise in promises.split("\n- ")[1:]:
        found = re.search(r"`(tests/[\w/]+\.py)::(test_\w+)`", promise)
        assert found, promise
        assert re.search(rf"def {found[2]}\(", (_ROOT / found[1]).read_text(encoding="utf-8")), promise
