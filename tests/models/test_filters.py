"""Which names a comparison looks at."""

from __future__ import annotations

from typing import Any

import pytest

from lockgate.models.filters import wanted
from lockgate.nouns.schema import Name


@pytest.mark.parametrize(
    ("options", "is_wanted"),
    [
        ({}, True),
        ({"include": ["users"]}, True),
        ({"include": ["user*"]}, True),
        ({"include": ["app.users"]}, True),
        ({"include": ["app.*"]}, True),
        ({"include": ["?sers"]}, True),
        ({"include": ["other", "users"]}, True),
        ({"include": ["other.*"]}, False),
        ({"include": ["Users"]}, False),
        ({"include": ["user"]}, False),
        ({"exclude": ["users"]}, False),
        ({"exclude": ["app.u*"]}, False),
        ({"exclude": ["other.users", "user"]}, True),
        ({"include": ["users"], "exclude": ["app.*"]}, False),
        ({"schemas": ["app"]}, True),
        ({"schemas": ["public", "app"], "include": ["users"]}, True),
        ({"schemas": ["public"]}, False),
        ({"schemas": ["public"], "include": ["app.users"]}, False),
        ({"schemas": ["app"], "exclude": ["users"]}, False),
        ({"schemas": ["a*"]}, False),
    ],
)
def test_a_name_is_wanted(options: dict[str, Any], is_wanted: bool) -> None:
    assert wanted(Name("app", "users"), **options) is is_wanted
