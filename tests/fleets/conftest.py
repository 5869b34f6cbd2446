"""A fleet of schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fleets.tenants import Tenants

if TYPE_CHECKING:
    from conformance.bench import Files, PostgresDatabase


@pytest.fixture
def tenants(database: PostgresDatabase, files: Files) -> Tenants:
    return Tenants(database, files)
