"""Where the mysql client starts and ends a statement."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.sql.clients import refuse_command

if TYPE_CHECKING:
    from lockgate.sql.lexer import Lexer


class Mysql:
    """MySQL's mysql, which ends a statement at whatever the last DELIMITER command named."""

    __slots__ = ("_lexer", "_scanner", "_terminator")

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer
        self._terminator = ";"
        self._scanner = lexer.rules.scanner()

    def skip(self, pos: int) -> int:
        """See `Client`; where no statement has begun, the client takes `--` for a comment without a blank, too."""
        text = self._lexer.text
        while (pos := self._lexer.blank(pos)) < len(text):
            if text.startswith(self._terminator, pos):
                pos += len(self._terminator)
            elif text[pos] in "dD-/" and (line := re.compile(_LINE).match(text, pos)):
                self._obey(pos, line["argument"])
                pos = line.end()
            else:
                break
        return pos

    def extent(self, start: int) -> tuple[int, int]:
        """See `Client`."""
        kind, found, after, solid = self._lexer.stop(start, self._scanner)
        if kind == "back":
            refuse_command(self._lexer, found, "mysql")
        return max(solid, start), after

    def _obey(self, pos: int, argument: str | None) -> None:
        if argument is None:
            return
        words = argument.split(maxsplit=1)
        self._terminator = words[0].strip("'\"`") if words else ""
        if not self._terminator or "\\" in self._terminator:
            self._lexer.fail(pos, "DELIMITER names no delimiter", hint="Write one behind it, without a backslash.")
        self._scanner = self._lexer.rules.scanner(terminator=self._terminator)


_LINE: Final = r"(?i:DELIMITER)(?!\S)(?P<argument>[^\n]*+)|--[^\n]*+|/\*M!999999\\-.*?\*/"
"""The last is what MariaDB's dumps begin with, which tells its client to obey no more of its own commands."""
