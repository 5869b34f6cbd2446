"""Applications over a test's database and folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from asgi.driver import bare
from lockgate import LockgateMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.bench import Bench

    Apps = Callable[..., LockgateMiddleware]


@pytest.fixture
def app(bench: Bench) -> Apps:
    """Makes the smallest application behind the gate, over the test's database."""

    def make(database: Any = None, **options: Any) -> LockgateMiddleware:
        if "config" not in options and "migrations" not in options:
            options.setdefault("directory", bench.files.folder)
        return LockgateMiddleware(bare, bench.database.url if database is None else database, **options)

    return make


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, str | None]], None]:
    """Sets variables of the process, and takes out those that are None."""

    def set_all(values: Mapping[str, str | None]) -> None:
        for name, value in values.items():
            monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)

    return set_all


@pytest.fixture
def metadata() -> sa.MetaData:
    """Models of two tables, of which migrations know nothing."""
    made = sa.MetaData()
    for name in ("authors", "books"):
        sa.Table(name, made, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))
    return made
