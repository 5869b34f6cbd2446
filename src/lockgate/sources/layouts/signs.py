"""What tells the layouts apart, and what is said where it does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockgate.nouns.layouts import Layout
    from lockgate.sources.layouts.reader import Disk

_OWN: Final = r"(?m)^[ \t]*--[ \t]*migrate:(?:up|down)\b"


def has_own_marker(text: str) -> bool:
    """Whether a text has the markers that Lockgate shares with dbmate."""
    return "migrate:" in text and re.search(_OWN, text) is not None


def ambiguous(disk: Disk, signs: Mapping[Layout, str]) -> SettingsError:
    """The error for a folder that has the signs of several layouts, each with a name that is one."""
    shown = ", ".join(f"{name} ({layout})" for layout, name in signs.items())
    return SettingsError(
        f"Whose way the folder {disk.path('')} is written in cannot be told: {shown}.",
        hint=f"Name it with --layout or LOCKGATE_LAYOUT: {' or '.join(signs)}; or keep the histories in folders of their own.",
    )
