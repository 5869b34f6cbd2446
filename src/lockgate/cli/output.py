"""Writes on stdout and stderr: whoever reads may leave early, and may not know every character."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any, TextIO

import click


def say(text: str, *, err: bool = False) -> None:
    """Write a line for people; a reader that has gone (`| head`) misses it, and changes nothing else."""
    try:
        click.echo(text, err=err, color=False if os.environ.get("NO_COLOR") else None)
    except BrokenPipeError:
        abandon(sys.stderr if err else sys.stdout)


def say_json(document: dict[str, Any]) -> None:
    """Write the one JSON document; in ASCII, which is JSON whatever the terminal's encoding is."""
    say(json.dumps(document, indent=2))


def warn(text: str) -> None:
    """Write a warning on stderr."""
    say(click.style(f"Warning: {text}", fg="yellow"), err=True)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody sits there; a stream that was closed (`2>&-`) is None."""
    return stream is not None and stream.isatty()


def abandon(stream: Any) -> None:
    """Let what is left to be written go nowhere, so that the interpreter's last flush does not fail either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def accept_any_character() -> None:
    """Let what the terminal's encoding lacks be written as an escape; it would be an error otherwise."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
