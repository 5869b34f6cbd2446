"""Which of two kinds of answer a request prefers."""

from __future__ import annotations

import re
from typing import Final

_QUALITY: Final = re.compile(r"q=([01](?:\.\d{0,3})?)")


def prefers_html(accept: str) -> bool:
    """Whether a page is wanted rather than a JSON document; who takes both alike, as curl and probes do, gets the document."""
    return _quality(accept, "text/html") > _quality(accept, "application/json")


def _quality(accept: str, kind: str) -> float:
    """What the most specific range that fits says: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1."""
    said = dict(_range(part) for part in accept.lower().split(","))
    fitting = (kind, f"{kind.partition('/')[0]}/*", "*/*")
    return next((said[one] for one in fitting if one in said), 0.0)


def _range(part: str) -> tuple[str, float]:
    media, *parameters = (word.strip() for word in part.split(";"))
    found = next((found for one in parameters if (found := _QUALITY.fullmatch(one))), None)
    return media, float(found[1]) if found else 1.0
