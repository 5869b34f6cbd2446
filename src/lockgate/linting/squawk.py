"""Asks squawk, where it is installed, about the statements that a run would send."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import anyio
import anyio.to_thread

from lockgate.errors import SettingsError
from lockgate.linting.of_migrations import contracts
from lockgate.linting.squawk_rules import HEARD, UNHEARD, UNKNOWN, Weighed
from lockgate.nouns.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lockgate.linting.scene import Scene, Seen
    from lockgate.nouns.rehearsals import Rehearsed

MISSING: Final = "squawk is not installed, so its rules were not looked at: pip install 'lockgate[lint]'."
_SECONDS: Final = 60
_OF_RELATIONS: Final = {"require-concurrent-index-deletion", "ban-drop-view", "ban-drop-sequence"}
_IGNORE: Final = re.compile(r"(?:--|#)\s*(squawk-ignore(?:-file)?\b.*)$")


class Said(NamedTuple):
    """One finding of squawk's about a statement, and the line within it, from 0."""

    seen: Seen
    line: int
    rule: str
    message: str
    help: str


def program() -> str | None:
    """Where squawk is: beside the interpreter, or on PATH."""
    beside = Path(sys.executable).parent
    return shutil.which("squawk", path=str(beside)) or shutil.which("squawk")


async def ask(scene: Scene, statements: Sequence[Seen]) -> list[Said]:
    """What squawk says of each statement.

    Its own comments (`squawk-ignore`) are heeded; a configuration of the user's is not.

    Raises:
        SettingsError: it does not answer within a minute, or not as it should.
    """
    binary = program()
    if binary is None or not statements:
        return []
    with TemporaryDirectory(prefix="lockgate-squawk-") as folder:
        texts = [_Text(one, statements) for one in scene.rehearsal.migrations]
        names = await anyio.to_thread.run_sync(_write, Path(folder), texts)
        by_file = dict(zip(names, texts, strict=True))
        answer = list[dict[str, Any]]()
        for option, transactional in (("--assume-in-transaction", True), ("--no-assume-in-transaction", False)):
            own = [name for name, text in by_file.items() if text.transactional is transactional]
            if own:
                answer += await _run([binary, *_options(scene), option, *own], folder)
    try:
        heard = [one for one in answer if one["rule_name"] not in UNHEARD]
        return [said for one in heard if (said := by_file[one["file"]].said(one)) is not None]
    except (KeyError, TypeError) as error:
        raise SettingsError(f"squawk answers otherwise than it is known to: {error!r}.") from error


class _Text:
    """What is sent of one migration as a text, and which line of it is whose."""

    def __init__(self, migration: Rehearsed, statements: Sequence[Seen]) -> None:
        self.transactional = migration.transactional
        self.lines = list[str]()
        self.owners: dict[int, tuple[Seen, int]] = {}
        source = migration.text.split("\n")
        self.lines += [f"-- {found[1]}" for line in source if (found := _IGNORE.search(line)) and "-file" in found[1]]
        for seen in (one for one in statements if one.migration is migration):
            self.lines += _ignores(source, seen)
            for number, line in enumerate(f"{seen.sent.text};".split("\n")):
                self.owners[len(self.lines)] = seen, number
                self.lines.append(line)
        self.lines.append("SELECT 1;")  # it takes a text of one statement for one that needs no transaction

    def said(self, answer: dict[str, Any]) -> Said | None:
        owner = self.owners.get(answer["line"])
        rule, message, advice = answer["rule_name"], answer["message"] or "", answer.get("help") or ""
        return Said(*owner, rule, message, advice) if owner else None


def _ignores(source: Sequence[str], seen: Seen) -> Iterator[str]:
    place = (seen.sent.line or 1) - 2
    while 0 <= place < len(source) and source[place].strip().startswith(("--", "#")):
        found = _IGNORE.search(source[place])
        if found and "-file" not in found[1]:
            yield f"-- {found[1]}"
        place -= 1


def _write(folder: Path, texts: Sequence[_Text]) -> list[str]:
    (folder / "none.toml").write_text("", encoding="utf-8")
    names = [f"{number:06}.sql" for number in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        (folder / name).write_text("\n".join(text.lines) + "\n", encoding="utf-8")
    return names


def _options(scene: Scene) -> list[str]:
    options = ["--reporter", "json", "--config", "none.toml"]
    live = scene.rehearsal.live
    version = re.match(r"\d+(?:\.\d+)?", (live.version if live else "") or scene.rehearsal.version)
    return [*options, "--pg-version", version[0]] if version else options


async def _run(command: Sequence[str], folder: str) -> list[dict[str, Any]]:
    done = None
    try:
        with anyio.move_on_after(_SECONDS):
            done = await anyio.run_process(list(command), cwd=folder, check=False)
    except OSError as error:
        raise SettingsError(f"squawk cannot be run: {error}.") from error
    if done is None:
        raise SettingsError(f"squawk did not answer within {_SECONDS} seconds.")
    try:
        answer: list[dict[str, Any]] = json.loads(done.stdout)
    except ValueError:
        told = done.stderr.decode(errors="replace").strip()[:500]
        raise SettingsError(f"squawk ended with {done.returncode} and no answer: {told}") from None
    return answer


def weighed(scene: Scene, said: Sequence[Said], own: Sequence[Finding]) -> Iterator[Finding]:
    """Squawk's findings as Lockgate's, without those that Lockgate knows better, one for each rule and statement."""
    told = {(one.migration, one.statement, one.rule) for one in own}
    heard = set[tuple[str, int, str]]()
    for one in said:
        known, key = HEARD.get(one.rule, UNKNOWN), (one.seen.migration.name, one.seen.number, one.rule)
        is_told = any((*key[:2], rule) in told for rule in known.covered)
        if key in heard or is_told or _is_refuted(scene, one, known):
            continue
        others = [HEARD[rule] for _, number, rule in heard if number == key[1] and _ == key[0] and rule in HEARD]
        if known.covered and any(other.covered == known.covered for other in others):
            continue  # two of squawk's rules for one fault
        heard.add(key)
        yield _finding(scene, one, known)


def _is_refuted(scene: Scene, said: Said, known: Weighed) -> bool:
    """Whether the scratch, the phase or the schema says that there is nothing to it."""
    if known.contracts and contracts(said.seen.migration):
        return True
    if said.rule == "syntax-error":
        return said.seen.traced  # the server has understood it
    if said.rule in _OF_RELATIONS and said.seen.traced:
        return not said.seen.touches  # it is not there, or the run has made it
    tables = [act.table for act in said.seen.acts if act.table]
    is_new = bool(tables) and all(scene.find(one) is None for one in tables)
    if known.contracts or known.locks or said.rule == "adding-required-field":
        return is_new or (known.locks and said.seen.traced and bool(known.covered))
    return False


def _finding(scene: Scene, said: Said, known: Weighed) -> Finding:
    seen = said.seen
    table = next((name for act in seen.acts if (name := scene.find(act.table))), None)
    severity = Severity.INFO if known.locks and table is not None and scene.is_small(table) else known.severity
    line = seen.line_of()
    is_sql = line is not None and seen.migration.path.endswith(".sql")
    return Finding(
        said.rule,
        severity,
        seen.migration.name,
        seen.migration.path,
        said.message,
        said.help or "See what squawk says of it.",
        f"https://squawkhq.com/docs/{said.rule}",
        line=line + said.line if is_sql and line is not None else line,
        statement=seen.number,
        source="squawk",
        table=table,
    )
