"""The database URL as a value: it is compared by all of its text and shown without its password."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, Literal, NoReturn, Self
from urllib.parse import quote

from lockgate.errors import SettingsError
from lockgate.urls.asyncpg_dsn import AsyncpgDsn, asyncpg_dsn
from lockgate.urls.parts import UrlParts, mask, take_apart

if TYPE_CHECKING:
    from lockgate.urls.mysql_arguments import MysqlArguments

__all__ = ["DatabaseUrl", "mask"]

# Up to the path, which names the database, and from the query on.
_PLACE: Final = re.compile(r"([^:]+://[^/?#]*)(?:/[^?#]*)?(\?[^#]*)?(?:#.*)?")
_TRUE: Final = frozenset({"true", "yes", "on", "y", "t", "1"})
# What SQLAlchemy hands to the driver and not to SQLite; Lockgate has its own mind about all but the timeout.
_OF_THE_DRIVER: Final = frozenset(
    {"uri", "timeout", "isolation_level", "detect_types", "check_same_thread", "cached_statements"}
)


class DatabaseUrl:
    """A database URL in any of the spellings that people have; `str` and `repr` never show its password.

    It is not a dataclass on purpose: what walks through fields (`asdict`, pydantic, a logger) finds none here.

    Raises:
        SettingsError: the text is not a URL that Lockgate can use; the message says what is, and does not repeat it.
    """

    __slots__ = ("_asyncpg", "_parts", "_text")

    _text: str
    _parts: UrlParts
    _asyncpg: AsyncpgDsn | None

    def __init__(self, text: str) -> None:
        parts = take_apart(text)
        object.__setattr__(self, "_text", text.strip())
        object.__setattr__(self, "_parts", parts)
        object.__setattr__(self, "_asyncpg", asyncpg_dsn(parts) if parts.engine == "postgresql" else None)
        if parts.engine == "sqlite":
            self.sqlite_options()
        if parts.engine == "mysql":
            self.mysql_arguments()

    @classmethod
    def of(cls, value: object) -> Self:
        """Take a URL as text, as another `DatabaseUrl`, as SQLAlchemy's URL or as pydantic's secret.

        Raises:
            SettingsError: it is none of them, or its text is not a URL that Lockgate can use.
        """
        if isinstance(value, DatabaseUrl):
            return cls(value._text)
        if hasattr(value, "render_as_string"):
            return cls(str(value.render_as_string(hide_password=False)))
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        if not isinstance(text, str):
            raise SettingsError("A database URL is text, such as postgresql://user:password@host:5432/name.")
        return cls(text)

    @property
    def engine(self) -> Literal["postgresql", "sqlite", "mysql"]:
        """The engine: `postgresql`, `sqlite`, or `mysql` (for MariaDB too)."""
        return self._parts.engine  # type: ignore[return-value]  # take_apart knows no other

    @property
    def scheme(self) -> str:
        """The scheme without its driver; like `engine`, but `mariadb` stays what it is."""
        return self._parts.base

    @property
    def driver(self) -> str:
        """SQLAlchemy's driver suffix, such as `asyncpg`; empty where none was written."""
        return self._parts.driver

    @property
    def database(self) -> str:
        """The database's name, or for SQLite the file's path; empty where none was written."""
        return self._parts.database

    @property
    def server(self) -> str:
        """Which server it leads to, in words that are equal where the server is; empty for SQLite, which has none."""
        if self.engine == "sqlite":
            return ""
        hosts = [f"{name}:{port or ''}" for name, port in self._parts.hosts]
        said = [f"{key}={value}" for key, value in self._parts.query if key in {"host", "hostaddr", "port", "service"}]
        return ",".join((self.engine, *hosts, *said))

    @property
    def masked(self) -> str:
        """The URL as it was written, with `***` for every password."""
        return self._parts.masked

    @property
    def connect_timeout(self) -> float | None:
        """The seconds that a PostgreSQL URL gives a connection to be made; None where it does not say."""
        return self._asyncpg.connect_timeout if self._asyncpg else None

    @property
    def statement_cache_size(self) -> int | None:
        """asyncpg's argument of that name where a PostgreSQL URL implies one: 0 behind a transaction pooler."""
        return self._asyncpg.statement_cache_size if self._asyncpg else None

    def secret(self) -> str:
        """The full text, password and all; for a driver, never for a person."""
        return self._text

    def with_database(self, name: str) -> DatabaseUrl:
        """The same server, user and parameters with another database; `name` is a plain word."""
        found = _PLACE.fullmatch(self._text)
        server, query = (found[1], found[2] or "") if found else (self._text, "")
        kept = [one for one in query[1:].split("&") if one and not one.startswith("dbname=")]
        return DatabaseUrl(f"{server}/{name}{'?' if kept else ''}{'&'.join(kept)}")

    def asyncpg_dsn(self) -> str:
        """The DSN that `asyncpg.connect` takes as it is, password and all.

        Raises:
            SettingsError: this is not a PostgreSQL URL.
        """
        if self._asyncpg is None:
            raise SettingsError(f"A PostgreSQL URL is needed here, and this is one of {self.scheme}.")
        return self._asyncpg.dsn

    def mysql_arguments(self) -> MysqlArguments:
        """What a connection to MySQL or MariaDB is made with, password and all.

        Raises:
            SettingsError: this is not a MySQL URL, or a parameter of it cannot be read.
        """
        if self.engine != "mysql":
            raise SettingsError(f"A MySQL URL is needed here, and this is one of {self.scheme}.")
        from lockgate.urls.mysql_arguments import mysql_arguments  # noqa: PLC0415 - the other engines need none of it

        return mysql_arguments(self._parts)

    def sqlite_path(self) -> str:
        """What `sqlite3.connect` takes first, by SQLAlchemy's rules: a path, `:memory:`, or a `file:` URI.

        A relative path is relative to the current directory. Give `sqlite_options` along.

        Raises:
            SettingsError: this is not a SQLite URL.
        """
        if self.engine != "sqlite":
            raise SettingsError(f"A SQLite URL is needed here, and this is one of {self.scheme}.")
        if "uri" not in self.sqlite_options():
            return self.database or ":memory:"
        parameters = sorted((key, value) for key, value in self._parts.query if key not in _OF_THE_DRIVER)
        query = "&".join(f"{quote(key)}={quote(value)}" for key, value in parameters)
        return f"{self.database}{'?' if query else ''}{query}"

    def sqlite_options(self) -> dict[str, bool | float]:
        """The keyword arguments of `sqlite3.connect` that a SQLite URL implies: `uri=True`, and `timeout` in seconds.

        Raises:
            SettingsError: the timeout is not a number, or `uri=true` stands beside a path that is no `file:` URI.
        """
        said = dict(self._parts.query)
        options: dict[str, bool | float] = {}
        if said.get("uri", "").lower() in _TRUE:
            if not self.database.startswith("file:"):
                raise SettingsError("uri=true in a SQLite URL needs sqlite:///file:path?mode=ro&uri=true.")
            options["uri"] = True
        if said.get("timeout"):
            options["timeout"] = _seconds(said["timeout"])
        return options

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"DatabaseUrl({self.masked!r})"

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, DatabaseUrl) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a DatabaseUrl does not change: {name} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a DatabaseUrl does not change: {name} cannot be deleted")

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        return type(self), (self._text,)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds) or seconds < 0:
        raise SettingsError("timeout in a SQLite URL takes a number of seconds.")
    return seconds
