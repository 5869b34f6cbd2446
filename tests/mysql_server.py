"""A real MySQL for the tests, where the machine has one: started when first needed, gone at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Final

from mariadb_server import MariadbServer
from servers import NoServer

PROGRAM_VARIABLE: Final = "LOCKGATE_TEST_MYSQLD"
# As MariaDB's: fast, and unsafe.
_SETTINGS: Final = (
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--innodb-flush-method=nosync",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=64M",
    "--innodb-redo-log-capacity=32M",
    "--skip-mysqlx",
    "--log-bin-trust-function-creators=ON",
    "--secure-file-priv=NULL",  # the folder that it would have is a package's
    "--max-connections=200",
)


def mysql_program(given: str | None) -> str | None:
    """The path of a MySQL server: `given`, else the mysqld on the path, which may be MariaDB's and is none then."""
    program = given or shutil.which("mysqld", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    if program is None:
        return None
    said = subprocess.run([program, "--version"], check=False, capture_output=True, text=True).stdout
    return program if said and "MariaDB" not in said else None


class MysqlServer(MariadbServer):
    """One server by itself, with a certificate; `path` is its program, and `settings` are more of them."""

    scheme = "mysql"
    quick = _SETTINGS

    def __init__(self, path: str | None, *settings: str) -> None:
        self._path = path
        super().__init__("--log-bin", *settings)  # as it is without being told

    def program(self) -> str:
        """The server's path.

        Raises:
            NoServer: it is not installed.
        """
        if self._path is None:
            raise NoServer(f"no MySQL: {PROGRAM_VARIABLE} says where its program mysqld is")
        return self._path

    def maker(self) -> list[str]:
        """The command that makes its data folder."""
        return [self.program(), *self.own, "--initialize-insecure"]
