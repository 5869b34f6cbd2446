"""The lexical rules of each database, as the client that comes with it reads a file.

The expressions are linear: every repetition is possessive, so nothing is tried twice. They are compiled when a text is
first read, not at import; `re` itself keeps what it has compiled.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lockgate.nouns.flavours import Flavour


@dataclass(frozen=True, slots=True)
class Rules:
    """What one database takes for blank, for content, and for a place where a reader has to decide.

    Attributes:
        blank: white space, and those comments that one expression can match whole.
        word: a bare word, which is a keyword or an unquoted name.
        inner: the class of the characters within a word.
        solid: content that decides nothing: complete quoted text, operators that are no comment.
        other: the class of the single characters that decide nothing either.
        stops: the named alternatives at which reading pauses; with the others they cover every text.
    """

    blank: str
    word: str
    inner: str
    solid: str
    other: str
    stops: str

    def spacer(self) -> re.Pattern[str]:
        """The expression for a stretch without any content."""
        return re.compile(f"(?s)(?:{self.blank})*+")

    def opening(self) -> re.Pattern[str]:
        """The expression for up to eight bare words in a row; numbers are none, nor are the prefixes of quotes."""
        return re.compile(rf"(?:(?![0-9$]){self.word}(?!&?['\"])[ \t\r\n\f]*+){{1,8}}+")

    def scanner(self, *, words: bool = False, marks: bool = False, terminator: str = ";") -> re.Pattern[str]:
        """The expression for everything up to and including the next stop.

        `words` makes each bare word a stop; `terminator` is the text that ends a statement (only MySQL's client lets a file
        change it).
        """
        end = re.escape(terminator)
        blank, solid = self.blank, f"{self.solid}|{self.other}++"
        if terminator != ";":  # another one can begin anywhere, even within a word
            blank, solid = f"(?!{end})(?:{blank})", f"(?!{end})(?:{self.solid}|{self.other}|{self.inner}|;)"
        elif not words:
            solid = f"{self.word}|{solid}"
        stops = rf"(?P<semi>{end})|(?P<word>{self.word})|{self.stops}|(?P<end>\Z)"
        return re.compile(rf"(?s)(?:{blank}|(?P<solid>(?:{solid})++))*+(?:{stops})")

    def marker(self) -> re.Pattern[str]:
        """The expression for everything up to the next comment that may be a section's marker, or to what hides one."""
        content = rf"{self.word}|{self.solid}|{self.other}++|[;()\\]"
        blank, solid = f"(?!{_MARK})(?:{self.blank})", f"(?!{_MARK})(?:{content})"
        return re.compile(rf"(?s)(?:{blank}|(?P<solid>(?:{solid})++))*+(?:(?P<mark>{_MARK})|{self.stops}|(?P<end>\Z))")


def rules(flavour: Flavour) -> Rules:
    """The rules of `flavour`."""
    match flavour:
        case Flavour.POSTGRESQL:
            return _POSTGRESQL
        case Flavour.SQLITE:
            return _SQLITE
        case Flavour.MYSQL:
            return _MYSQL


_MARK: Final = r"--[ \t]*migrate:\w[^\r\n]*+"
# The classes of letters say which ASCII characters are not in them: every other character is a letter to all three
# databases, and a class of that size would take `re` milliseconds to build.
_FIRST: Final = r"[^\x00-@\[-^`{-\x7f]"
_TAG: Final = r"[^\x00-/:-@\[-^`{-\x7f]"
_INNER: Final = r"[^\x00-#%-/:-@\[-^`{-\x7f]"
_CONTROL: Final = r"\x00-\x08\x0e-\x1f\x7f"
_BLOCK: Final = r"/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/"

# PostgreSQL 18 manual, 4.1 "Lexical Structure", and psql's own scanner. Two adjacent quotes need no rule of their own:
# 'a''b' reads as two strings side by side. Only after E'…' must the whole literal be seen, a continuation on a further
# line included, as its backslashes escape. A dollar sign inside a word belongs to the word, and letters right behind a
# number belong to the number, so that no E'…' begins there.
_PG_TAG: Final = rf"\$(?:{_FIRST}{_TAG}*+)?\$"
_PG_CONTINUED: Final = r"'(?:[ \t\f\v]++|--[^\r\n]*+)*+[\r\n](?:[ \t\r\n\f\v]++|--[^\r\n]*+[\r\n])*+'"
_POSTGRESQL: Final = Rules(
    blank=r"[ \t\r\n\f\v]++|--[^\r\n]*+",
    word=rf"(?![eE]'){_FIRST}{_INNER}*+",
    inner=_INNER,
    solid="|".join(
        (
            r"'[^']*+'",
            r'"[^"]*+"',
            rf"[eE]'(?:[^'\\]++|\\.|''|{_PG_CONTINUED})*+'",
            r"-(?!-)",
            r"/(?!\*)",
            rf"[0-9]++(?:{_FIRST}{_INNER}*+)?",
            rf"\$(?!{_PG_TAG[2:]})",
        )
    ),
    other=rf"[{_CONTROL}!#%&*+,.:<=>?@\[\]^`{{|}}~]",
    stops=rf"(?P<open>\()|(?P<close>\))|(?P<dollar>{_PG_TAG})|(?P<comment>/\*)|(?P<back>\\)|(?P<quote>[eE]?'|\")",
)

# "SQL As Understood By SQLite", its page on comments, and sqlite3_complete(): a line comment ends at a line feed only.
_SQLITE: Final = Rules(
    blank=rf"[ \t\r\n\f]++|--[^\n]*+|{_BLOCK}",
    word=rf"{_INNER}++",
    inner=_INNER,
    solid=r"""'[^']*+'|"[^"]*+"|`[^`]*+`|\[[^\]]*+\]|-(?!-)|/(?!\*)""",
    other=rf"[{_CONTROL}\v!#%&()*+,.:<=>?@\\\]^{{|}}~]",
    stops=r"(?P<comment>/\*)|(?P<quote>['\"`\[])",
)

# MySQL 8.4 manual, 11.1 "Literal Values" and 11.7 "Comments": `--` needs a blank or control character behind it, and
# /*! … */ (MariaDB: /*M! … */) is SQL, so that its brackets are no more than operators here.
_MYSQL: Final = Rules(
    blank=rf"[ \t\r\n\f\v]++|--(?=[\x00-\x20\x7f]|\Z)[^\n]*+|\#[^\n]*+|(?!/\*M?!){_BLOCK}",
    word=rf"{_INNER}++",
    inner=_INNER,
    solid="|".join(
        (
            r"'(?:[^'\\]++|\\.)*+'",
            r'"(?:[^"\\]++|\\.)*+"',
            r"`[^`]*+`",
            r"-(?!-(?:[\x00-\x20\x7f]|\Z))",
            r"/(?!\*)|/\*(?=M?!)",
            r"\\N",
        )
    ),
    other=rf"[{_CONTROL}!%&()*+,.:<=>?@\[\]^{{|}}~]",
    stops=r"(?P<comment>/\*)|(?P<back>\\)|(?P<quote>['\"`])",
)
