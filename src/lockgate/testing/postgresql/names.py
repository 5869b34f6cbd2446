"""What the databases for tests are called: by their names, those that a killed session has left are known."""

from __future__ import annotations

import re
from typing import NamedTuple

PREFIX = "lockgate_test_"
_TEMPLATE = re.compile(rf"{PREFIX}template_([0-9a-f]{{16}})")
_COPY = re.compile(rf"{PREFIX}([0-9a-f]{{8}})_[0-9]+")


class Lock(NamedTuple):
    """An advisory lock of the maintenance database: who uses something holds it, shared or alone."""

    space: int
    number: int


def template_name(digest: str) -> str:
    """The template of that content; `digest` is 16 hexadecimal digits."""
    return f"{PREFIX}template_{digest}"


def copy_name(session: int, number: int) -> str:
    """A database of one session."""
    return f"{PREFIX}{session:08x}_{number}"


def session_lock(session: int) -> Lock:
    """Held as long as the session lives; `session` is of 31 bits."""
    return Lock(0x4C6F636B, session)


def use_lock(template: str) -> Lock:
    """Held, shared, by every session that copies the template."""
    return Lock(0x67617465, _number(template))


def making_lock(template: str) -> Lock:
    """Held by the session that makes the template."""
    return Lock(0x6D616B65, _number(template))


def _number(template: str) -> int:
    return int(template[-8:], 16) & 0x7FFFFFFF


def owners_lock(name: str) -> Lock | None:
    """The lock that somebody holds while the database is needed; None where it is not one of these databases."""
    if _TEMPLATE.fullmatch(name):
        return use_lock(name)
    found = _COPY.fullmatch(name)
    return session_lock(int(found[1], 16) & 0x7FFFFFFF) if found else None
