"""What a migration allows, in comments beside its lines: `-- lockgate: allow RULE: reason`."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.linting.rules import RULES
from lockgate.linting.squawk_rules import HEARD
from lockgate.nouns.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.nouns.rehearsals import Rehearsed

_ALLOWS: Final = re.compile(r"(?:--|#)\s*(?i:lockgate:\s*allow)\s+([\w-]+(?:\s*,\s*[\w-]+)*)\s*(?::\s*(.*?))?\s*$")
_QUOTED: Final = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(\w*)\$.*?\$\1\$|/\*.*?\*/|--[^\n]*", re.DOTALL)
_DOWN: Final = re.compile(r"^[ \t]*--[ \t]*migrate:down\b", re.MULTILINE)
_UP: Final = re.compile(r"^[ \t]*--[ \t]*migrate:up\b", re.MULTILINE)


class Allow(NamedTuple):
    """One comment; `whole` where it is about all of the file, else it is about the lines from `first` to `last`."""

    rule: str
    reason: str
    line: int
    whole: bool
    last: int


def allows(migration: Rehearsed) -> tuple[Allow, ...]:
    """The comments of a migration's up, one for each rule that they name."""
    is_sql = migration.path.endswith(".sql")
    text = _up_of(migration.text) if is_sql else migration.text
    lines = (_comments_only(text) if is_sql else _without_texts(text)).split("\n")
    code = text.split("\n")
    head = _head(text, code, is_sql=is_sql)
    return tuple(_in(lines, code, head))


def _in(lines: Sequence[str], code: Sequence[str], head: int) -> Iterator[Allow]:
    for number, line in enumerate(lines, 1):
        found = _ALLOWS.search(line)
        if found:
            last = number
            while last <= len(code) and code[last - 1].strip().startswith(("--", "#")):
                last += 1
            for rule in re.split(r"\s*,\s*", found[1]):
                yield Allow(rule, found[2] or "", number, number <= head, last)


def _up_of(text: str) -> str:
    found = _DOWN.search(_comments_only(text))
    return text[: found.start()] if found else text


def _comments_only(text: str) -> str:
    """The text with blanks over all that is quoted, so that a comment within it is none."""

    def blank(found: re.Match[str]) -> str:
        return found[0] if found[0].startswith("--") else re.sub(r"[^\n]", " ", found[0])

    return _QUOTED.sub(blank, text)


def _without_texts(text: str) -> str:
    """Python without the # that are in its texts; SQL's comments there are comments."""
    lines = text.split("\n")
    with suppress(SyntaxError, tokenize.TokenError):
        own = {
            one.start for one in tokenize.generate_tokens(io.StringIO(text).readline) if one.type == tokenize.COMMENT
        }
        for number, line in enumerate(lines, 1):
            found = _ALLOWS.search(line)
            if found and found[0].startswith("#") and (number, found.start()) not in own:
                lines[number - 1] = ""
    return "\n".join(lines)


def _head(text: str, code: Sequence[str], *, is_sql: bool) -> int:
    """The last line of the comments at the top of the file, which speak of all of it."""
    marker = _UP.search(text) if is_sql else None
    if marker:
        return text.count("\n", 0, marker.start())
    first = next((number for number, line in enumerate(code) if not line.strip().startswith(("--", "#"))), len(code))
    is_apart = first < len(code) and (not is_sql or not code[first].strip())
    return first if is_apart else 0


def judged(migration: Rehearsed, findings: Sequence[Finding]) -> list[Finding]:
    """The findings of one migration, those that it allows with their reason, and what is wrong with its comments."""
    found, used, said = list[Finding](), set[Allow](), allows(migration)
    extents = _extents(migration)
    for finding in findings:
        allow = next((one for one in said if one.rule == finding.rule and _covers(one, finding, extents)), None)
        if allow:
            used.add(allow)
        found.append(finding._replace(allowed=allow.reason) if allow and allow.reason else finding)
    return [*found, *_faults(migration, said, used)]


def _faults(migration: Rehearsed, said: Sequence[Allow], used: set[Allow]) -> Iterator[Finding]:
    for one in said:
        if not one.reason:
            yield _fault("allow-without-reason", migration, one, f"{one.rule} is to be allowed without a reason.")
        elif one not in used:
            what = "Nothing of {} was found here." if one.rule in {*RULES, *HEARD} else "There is no rule {}."
            yield _fault("unused-allow", migration, one, what.format(one.rule))


def _fault(rule: str, migration: Rehearsed, allow: Allow, what: str) -> Finding:
    known = RULES[rule]
    return Finding(
        rule, known.severity, migration.name, migration.path, what, known.advice, known.link, line=allow.line
    )


def _covers(allow: Allow, finding: Finding, extents: dict[int, tuple[int, int]]) -> bool:
    if allow.whole or finding.line is None or finding.statement is None:
        return allow.whole or finding.line is None
    first, last = extents.get(finding.statement, (finding.line, finding.line))
    return first <= allow.line <= last or first <= allow.last <= last


def _extents(migration: Rehearsed) -> dict[int, tuple[int, int]]:
    """The lines of each statement; in Python those of the statement there that asks for it."""
    spans = _python_spans(migration.text) if migration.path.endswith(".py") else []
    extents: dict[int, tuple[int, int]] = {}
    for number, sent in enumerate(migration.sent):
        if sent.line is not None:
            own = sent.line, sent.line + (0 if spans else sent.text.count("\n"))
            around = [(first, last) for first, last in spans if first <= own[0] <= last]
            extents[number] = min(around, key=lambda span: span[1] - span[0]) if around else own
    return extents


def _python_spans(text: str) -> list[tuple[int, int]]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    plain = (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return, ast.AugAssign)
    return [(one.lineno, one.end_lineno or one.lineno) for one in ast.walk(tree) if isinstance(one, plain)]
