"""What git says of a folder."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, Final

from lockgate.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

_ITS_OWN: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX")
"""What git sets for a hook, relative to a folder that is not this one."""


def ask_git(folder: Path, *arguments: str, seconds: float, given: str = "") -> bytes | None:
    """What git prints, run in the folder; None where it refuses. Blocks.

    Args:
        seconds: how long is waited for it.
        given: its input.

    Raises:
        SettingsError: there is no git, or no such folder, or it has no answer in time.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _ITS_OWN}
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=environment,
            input=given.encode(),
            capture_output=True,
            check=False,
            timeout=seconds,
        )
    except OSError as error:
        raise SettingsError(f"git could not be asked about {folder}: {error.strerror or error}.") from error
    except subprocess.TimeoutExpired:
        raise SettingsError(f"git {arguments[0]} took longer than {seconds:g} s.") from None
    return done.stdout if done.returncode == 0 else None
