"""What the clients of all databases have in common."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn, Protocol

if TYPE_CHECKING:
    from lockgate.sql.lexer import Lexer


class Client(Protocol):
    """How a database's own client goes through a text."""

    def skip(self, pos: int) -> int:
        """The offset of the next statement's first token: after blanks, comments, terminators, and client lines."""

    def extent(self, start: int) -> tuple[int, int]:
        """The offset after the last token of the statement at `start`, and the one to go on from."""


def refuse_command(lexer: Lexer, pos: int, name: str) -> NoReturn:
    """Refuse the command at `pos`, which the client called `name` would obey itself."""
    found = re.compile(r"\S+").match(lexer.text, pos)
    command = found[0] if found else ""
    hint = "The server cannot run it: take it out, or write the SQL that it would have run."
    lexer.fail(pos, f"{command} is a command of {name} itself", hint=hint)
