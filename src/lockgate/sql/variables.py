"""Puts values for the variables of a SQL text."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NoReturn

from lockgate.errors import MigrationFileError

if TYPE_CHECKING:
    from collections.abc import Mapping


class VariableUnset(MigrationFileError):
    """A variable that must have a value has none; `name` is the variable's."""

    def __init__(self, message: str, *, name: str, path: str, line: int, hint: str) -> None:
        super().__init__(message, path=path, line=line, hint=hint)
        self.name = name


class Form(StrEnum):
    """How a text names a variable: Flyway's `${NAME}`, two of the actions of Go's text/template, river's comments."""

    PLACEHOLDER = "placeholder"
    FIELD = "field"
    INDEX = "index"
    COMMENT = "comment"


_FORMS: Final = re.compile(
    r"\$\{(?P<placeholder>[^{}\s]+)\}"
    r"|\{\{-?\s*(?:index\s+\.\w+\s+\"(?P<index>[^\"]+)\"|\.(?:\w+\.)*(?P<field>\w+))\s*-?\}\}"
    r"|/\* TEMPLATE: (?P<comment>\w+) \*/"
)
_MAY_HOLD: Final = re.compile(r"\$\{|\{\{|/\* TEMPLATE:")
# Shell's forms, as goose understands them; $tag$ is a dollar quote.
_SHELL: Final = re.compile(
    r"\$(?:\{(?P<braced>[A-Za-z_]\w*)(?:(?P<form>:?[-?])(?P<word>[^}]*))?\}|(?P<bare>[A-Za-z_]\w*)(?![\w$]))"
)


def filled(
    text: str, values: Mapping[str, str], *, path: str, first_line: int = 1, required: Form | None = None
) -> str:
    """The text with values for `${NAME}`, `{{ .NAME }}`, `{{ index .Options "NAME" }}` and `/* TEMPLATE: NAME */`.

    What has no value is left as it stands, unless it has the form in which a value is `required`.

    Raises:
        MigrationFileError: there is none; the error has the line.
    """

    def value_of(match: re.Match[str]) -> str:
        form = Form(match.lastgroup or "")
        name = match[form]
        if name not in values and form is Form.COMMENT:
            return ""  # as in river, where there is no schema: within a string it would be no comment
        if name not in values and form is required:
            _unset(name, path, first_line + text.count("\n", 0, match.start()))
        return values.get(name, match[0])

    return _FORMS.sub(value_of, text) if (values or required) and _MAY_HOLD.search(text) else text


def filled_as_in_shell(line: str, values: Mapping[str, str], *, path: str, number: int) -> str:
    """A line with values for `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME?words}`, as goose's ENVSUB has them.

    Raises:
        MigrationFileError: a variable has neither value nor default. (goose takes an empty text; `${NAME:-}` says that.)
    """

    def value_of(match: re.Match[str]) -> str:
        name, form, word = match["braced"] or match["bare"], match["form"] or "", match["word"] or ""
        value = values.get(name)
        if value or (value is not None and not form.startswith(":")):
            return value
        if form.endswith("-"):
            return word
        _unset(name, path, number, word)

    return _SHELL.sub(value_of, line)


def _unset(name: str, path: str, line: int, words: str = "") -> NoReturn:
    raise VariableUnset(
        f"{path}, line {line}: the variable {name} has no value{f': {words}' if words else ''}",
        name=name,
        path=path,
        line=line,
        hint=f"Give it one with --var {name}=VALUE or LOCKGATE_VARIABLES.",
    )
