"""Goes through the tokens of a definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from lockgate.errors import SettingsError
from lockgate.sqlite_tables.tokens import Token, scan

if TYPE_CHECKING:
    from collections.abc import Sequence


class Cursor:
    """A place among the tokens of `text`; `what` names the text in messages."""

    __slots__ = ("comments", "pos", "text", "tokens", "what")

    def __init__(self, text: str, what: str) -> None:
        self.text = text
        self.what = what
        self.tokens, self.comments = scan(text)
        self.pos = 0

    @property
    def next(self) -> Token:
        """The token that comes next; at the end one of the kind "end"."""
        if self.pos < len(self.tokens):
            return self.tokens[self.pos]
        return Token("end", "", len(self.text), len(self.text))

    @property
    def last(self) -> Token:
        """The token that was taken last."""
        return self.tokens[self.pos - 1]

    def take(self) -> Token:
        """Take the next token."""
        token = self.next
        if token.kind == "end":
            self.fail()
        self.pos += 1
        return token

    def name(self) -> Token:
        """Take a name."""
        return self.take() if self.next.names else self.fail()

    def at(self, *words: str) -> bool:
        """Whether these bare words come next."""
        first = self.next.word == words[0]
        return first and tuple(token.word for token in self.tokens[self.pos : self.pos + len(words)]) == words

    def at_any(self, choices: Sequence[tuple[str, ...]]) -> bool:
        """Whether one of the choices comes next."""
        return any(self.at(*words) for words in choices)

    def accept(self, *words: str) -> bool:
        """Take these bare words if they come next."""
        found = self.at(*words)
        self.pos += len(words) if found else 0
        return found

    def accept_mark(self, mark: str) -> bool:
        """Take this mark if it comes next."""
        found = self.next.kind == "mark" and self.next.text == mark
        self.pos += found
        return found

    def group(self) -> None:
        """Take parentheses with all they hold."""
        if not self.accept_mark("("):
            self.fail()
        depth = 1
        while depth:
            mark = self.take().text
            depth += (mark == "(") - (mark == ")")

    def end(self) -> None:
        """Make sure that nothing follows."""
        if self.next.kind != "end":
            self.fail()

    def fail(self) -> NoReturn:
        """Refuse the text because of the token that comes next."""
        found = f"at {self.next.text}" if self.next.text else "as it ends too early"
        raise SettingsError(f"{self.what} cannot be read {found}: {self.text}")
