"""A rehearsal as a script that `psql`, `sqlite3` or `mariadb` runs to the same result, history rows included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lockgate.nouns.flavours import Flavour
from lockgate.sql import split
from lockgate.sql.lexer import Lexer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lockgate.nouns.rehearsals import Rehearsal, Rehearsed, Sent

# Stop at the first error: what comes after a migration that failed was not written for that.
_ENCODING: Final = "\\encoding UTF8"
_STOP: Final = {
    Flavour.POSTGRESQL: f"\\set ON_ERROR_STOP on\n{_ENCODING}",
    Flavour.SQLITE: ".bail on",
    Flavour.MYSQL: "SET NAMES utf8mb4;",
}
_CLIENT: Final = {Flavour.POSTGRESQL: "psql -X -f", Flavour.SQLITE: "sqlite3 FILE <", Flavour.MYSQL: "mariadb <"}
# https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-INTERPOLATION
_VARIABLE: Final = re.compile(r"(?<!:):(?=[^\W\d]|['\"{])")
_ROUTINE: Final = re.compile(r"\bBEGIN\b.*;.*\bEND\b", re.IGNORECASE | re.DOTALL)


def script(rehearsal: Rehearsal) -> str:
    """The text; empty where nothing is pending."""
    return "\n".join(_lines(rehearsal)) + "\n" if rehearsal.migrations else ""


def _lines(rehearsal: Rehearsal) -> Iterator[str]:
    flavour = rehearsal.flavour
    yield f"-- What `lockgate {rehearsal.direction.value}` would send. Run it with: {_CLIENT[flavour]} THIS"
    for sentence in rehearsal.unknown:
        yield from _comment(sentence)
    yield _STOP[flavour]
    yield ""
    yield from _statements(rehearsal.opening, flavour)
    for migration in rehearsal.migrations:
        yield ""
        yield from _migration(migration, flavour)
    yield from _statements(rehearsal.closing, flavour)


def _migration(migration: Rehearsed, flavour: Flavour) -> Iterator[str]:
    yield from _comment(f"{migration.name}, {migration.direction.value}")
    if migration.reads:
        yield from _comment(
            f"It reads {', '.join(migration.reads)} and decides by what it finds: with other rows than those that the"
            " applied files make, which are all that the scratch database had, it may send other statements."
        )
    if migration.unknown:
        yield from _comment(f"NOT IN THIS SCRIPT: what it sends is not known, because {migration.unknown}")
        yield _refusal(migration.name, flavour)
        return
    yield from _statements(migration.sent, flavour)


def _refusal(what: str, flavour: Flavour) -> str:
    """What stops the client here, so that nothing that comes after is run without it."""
    words = f"{what} is not in this script".replace("'", "''")
    if flavour is Flavour.POSTGRESQL:
        return f"DO $lockgate$ BEGIN RAISE EXCEPTION '{words.replace('%', '%%')}'; END $lockgate$;"
    return f"SELECT * FROM `{words.replace('`', '')}`;"


def _statements(sent: tuple[Sent, ...], flavour: Flavour) -> Iterator[str]:
    for one in sent:
        yield from _statement(one.text, flavour)
        if flavour is Flavour.POSTGRESQL and one.text == "RESET ALL":
            yield _ENCODING  # which is a setting as well


def _statement(text: str, flavour: Flavour) -> Iterator[str]:
    text = _without_variables(text) if flavour is Flavour.POSTGRESQL else text
    if text.startswith("-- "):
        yield from _comment(f"NOT IN THIS SCRIPT: {text.removeprefix('-- ')}")
        yield _refusal("what happens to those rows", flavour)
    elif flavour is Flavour.MYSQL and _ROUTINE.search(text):
        yield f"DELIMITER $$\n{text}\n$$\nDELIMITER ;"
    else:
        yield f"{text}\n;" if _ends_in_comment(text, flavour) else f"{text};"


def _without_variables(text: str) -> str:
    """The text, a blank behind each colon with which a variable of psql's would begin: in `a[low:USER]` none is meant."""
    if _VARIABLE.search(text):
        lexer = Lexer(text, Flavour.POSTGRESQL)
        blank, word, solid, other = lexer.rules.blank, lexer.rules.word, lexer.rules.solid, lexer.rules.other
        content = rf"(?:{blank}|(?P<solid>(?:{word}|{solid}|(?!:){other}|;)++))*+"
        scanner = re.compile(rf"(?s){content}(?:(?P<colon>:)|{lexer.rules.stops}|(?P<end>\Z))")
        for colon in reversed([stop.end for stop in lexer.stops(0, scanner) if stop.kind == "colon"]):
            if _VARIABLE.match(text, colon - 1):
                text = f"{text[:colon]} {text[colon:]}"
    return text


def _ends_in_comment(text: str, flavour: Flavour) -> bool:
    """Whether a semicolon behind it would be swallowed."""
    last = text.rpartition("\n")[2]
    return ("--" in last or "#" in last) and len(split(f"{text};\nSELECT 1;", flavour)) < 2


def _comment(words: str) -> Iterator[str]:
    yield from (f"-- {line}" for line in words.splitlines())
