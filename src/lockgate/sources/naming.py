"""What a new migration is called: its number, its file, its class."""

from __future__ import annotations

import keyword
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lockgate.errors import SettingsError
from lockgate.planning.versions import leading_digits

if TYPE_CHECKING:
    from pathlib import Path

_TIMESTAMP_DIGITS = 14


def slug_of(description: str) -> str:
    """The description as a part of a file's name.

    Raises:
        SettingsError: it has no letter or digit.
    """
    slug = re.sub(r"[\W_]+", "_", description.lower()).strip("_")
    if not slug:
        raise SettingsError("A description needs a letter or a digit: it becomes the file's name.")
    return slug


def sentence_of(description: str, *, sql: bool) -> str:
    """The description on one line, as a comment of SQL or a docstring can hold it."""
    words = " ".join(description.split()).rstrip(".")
    words = words[:1].upper() + words[1:]
    return words if sql else words.replace("\\", "\\\\").replace('"""', "'''")


def next_number(directory: Path) -> str:
    """One more than the highest, as wide as it; a folder of timestamps gets another timestamp."""
    names = [entry.name for entry in directory.iterdir()] if directory.is_dir() else []
    used = [digits for name in names if (digits := leading_digits(name))]
    if not used:
        return "001"
    last = max(used, key=int)
    if len(last) == _TIMESTAMP_DIGITS:
        return max(f"{datetime.now(UTC):%Y%m%d%H%M%S}", str(int(last) + 1))
    return str(int(last) + 1).zfill(len(last))


def class_of(slug: str) -> str:
    """A name for the class: what of the slug may stand in an identifier, and neither a keyword nor the base's name."""
    words = "".join(word[:1].upper() + word[1:] for word in slug.split("_"))
    name = "".join(character for character in words if f"a{character}".isidentifier())
    taken = keyword.iskeyword(name) or name == "Migration"
    return name if name.isidentifier() and not taken else f"Migration{name}"
