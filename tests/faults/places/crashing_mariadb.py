"""A MariaDB server that can be made to crash, and that finds its disk full."""

from __future__ import annotations

import subprocess
from typing import Final

from mariadb_server import MariadbServer

_FULL: Final = 17 << 20  # more than all of its files, less than the ballast


class CrashingMariadb(MariadbServer):
    """A server that can be made to crash, and keeps what it has committed."""

    def __init__(self) -> None:
        super().__init__("--innodb-flush-log-at-trx-commit=2", "--innodb-log-file-size=8M")

    def crash(self) -> None:
        """End it where it stands, and start it again, on the same port."""
        self.kill()
        self.again()

    def fill_disk(self) -> None:
        """Let it write no file over a size, which it takes for a full disk."""
        self._limit(str(_FULL))

    def free_disk(self) -> None:
        """Let it write again."""
        self._limit("unlimited")

    def _limit(self, size: str) -> None:
        """As its own user, who may say so."""
        command = "/usr/bin/prlimit", f"--pid={self.pid}", f"--fsize={size}:unlimited"
        subprocess.run(command, check=True, user=self.user)
