"""What of a SQL source runs in one direction, by the rules of the tool that it was written for."""

from __future__ import annotations

import os
import re
import tomllib
from collections import ChainMap
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lockgate.errors import MigrationFileError
from lockgate.nouns.layouts import Layout
from lockgate.nouns.migrations import Direction
from lockgate.planning.names import normal_text
from lockgate.sources.directory import decode, read_bytes
from lockgate.sql import Section, sections
from lockgate.sql.goose import goose_section
from lockgate.sql.variables import Form, filled, filled_as_in_shell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from lockgate.nouns.flavours import Flavour
    from lockgate.nouns.migrations import Source

_WITHOUT: Final = re.compile(r"-- no-transaction|(?s:.*?)^-- \+refinery NO TRANSACTION\b", re.MULTILINE)
"""How sqlx's files begin, and what refinery's say, where they want no transaction."""


def section_of(
    source: Source, direction: Direction, flavour: Flavour, variables: Mapping[str, str]
) -> tuple[str, Section | None]:
    """The path and the text of one direction, its variables filled in; without a text, there is no such direction.

    Raises:
        MigrationFileError: a marker or a variable is wrong; the error has the line.
    """
    if source.repeatable and direction is Direction.DOWN:
        return source.origin, Section("", 1, None)  # it is forgotten, so that the next up runs it again
    if source.layout is Layout.GOOSE:
        return source.origin, _of_goose(source, direction, variables)
    path, section = _unfilled(source, direction, flavour)
    if section is None:
        return path, None
    required = _required(source, path)
    text = filled(section.text, variables, path=path, first_line=section.first_line, required=required)
    return path, section._replace(text=text)


def _of_goose(source: Source, direction: Direction, variables: Mapping[str, str]) -> Section | None:
    values = ChainMap(dict(variables), dict(os.environ))

    def fill(line: str, number: int) -> str:
        return filled_as_in_shell(line, values, path=source.origin, number=number)

    return goose_section(source.text, direction, fill, path=source.origin)


def _unfilled(source: Source, direction: Direction, flavour: Flavour) -> tuple[str, Section | None]:
    """A pair's files are a direction each; a single file has sections, or is all up where its tool knows none."""
    is_sectioned = source.layout in (Layout.LOCKGATE, Layout.DBMATE)
    if source.down_path is not None and direction is Direction.DOWN:
        text = decode(normal_text(_bytes(source, source.down_path)), source.down_path)
        if not is_sectioned:
            return source.down_path, _whole(source, source.down_path, text)
        found = sections(text, flavour, path=source.down_path, wanted=Direction.DOWN)
        return source.down_path, found.down or found.up
    if is_sectioned:
        found = sections(source.text, flavour, path=source.origin, wanted=direction)
        return source.origin, found.up if direction is Direction.UP else found.down
    return source.origin, None if direction is Direction.DOWN else _whole(source, source.origin, source.text)


def _whole(source: Source, path: str, text: str) -> Section:
    return Section(text, 1, None if _transactional(source, path, text) else False)


def _transactional(source: Source, path: str, text: str) -> bool:
    """What the tool's own way of saying it says, in the text or beside it."""
    match source.layout:
        case Layout.DIESEL:
            return _metadata(source, path) is not False
        case Layout.FLYWAY:
            return _setting(source, path, "executeInTransaction") != "false"
        case Layout.GOLANG_MIGRATE:
            return ".autocommit." not in os.path.basename(path).lower()  # noqa: PTH119 - a Path for each file is slow
    return _WITHOUT.match(text) is None


def _required(source: Source, path: str) -> Form | None:
    """The form that must have a value: Flyway refuses a placeholder without one, and an action of a template is no SQL."""
    if source.layout is Layout.FLYWAY:
        return Form.PLACEHOLDER if _setting(source, path, "placeholderReplacement") != "false" else None
    return Form.INDEX if source.layout is Layout.GOLANG_MIGRATE else None


def _metadata(source: Source, path: str) -> bool | None:
    file = _beside(source, path, "metadata.toml")
    if not file.is_file():
        return None
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8")).get("run_in_transaction")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MigrationFileError(f"{file} cannot be read: {error}", path=str(file)) from error
    if not isinstance(said, bool | None):
        raise MigrationFileError(f"{file}: run_in_transaction takes true or false", path=str(file))
    return said


def _setting(source: Source, path: str, name: str) -> str:
    """What the configuration of a Flyway script, beside it in `….sql.conf`, says of a setting; empty where it says nothing."""
    conf = _beside(source, path, f"{os.path.basename(path)}.conf")  # noqa: PTH119 - a Path for each file is slow
    if not conf.is_file():
        return ""
    text = conf.read_text(encoding="utf-8")
    found = re.search(rf"(?im)^\s*{name}\s*=\s*(\S+)", text)
    return found[1].lower() if found else ""


def _beside(source: Source, path: str, name: str) -> Path | Traversable:
    """A file in the folder of a source's files, which a package may have in a zip."""
    return Path(path).with_name(name) if source.beside is None else source.beside.joinpath(name)


def _bytes(source: Source, path: str) -> bytes:
    return read_bytes(path) if source.beside is None else source.beside.joinpath(path.rpartition("/")[2]).read_bytes()
