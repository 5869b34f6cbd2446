"""Who gets the page for people, by the Accept header."""

from __future__ import annotations

import pytest

from lockgate.asgi.status.accepting import prefers_html


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html, application/json", False),
        ("text/html;q=0.8, application/json;q=0.9", False),
        ("text/html;q=nonsense, application/json;q=0.9", True),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", True),
        ("TEXT/*, application/*;q=0.5", True),
        ("text/html;q=0, */*", False),
    ],
)
def test_who_gets_the_page(accept: str, html: bool) -> None:
    assert prefers_html(accept) is html
