"""What a MySQL or MariaDB URL says to its driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lockgate.errors import SettingsError

if TYPE_CHECKING:
    from lockgate.urls.parts import UrlParts

_TRUE: Final = frozenset({"true", "1", "yes", "on"})
_FALSE: Final = frozenset({"false", "0", "no", "off", ""})
_FILES: Final = frozenset({"ssl_ca", "ssl_cert", "ssl_key"})
_MODES: Final = {
    "disabled": "disabled",
    "preferred": None,
    "required": "required",
    "verify_ca": "verify_ca",
    "verify_identity": "verify_identity",
}


class MysqlTls(NamedTuple):
    """How the connection is encrypted; `verifies` is whether the server's certificate counts, `names` whether its name does."""

    ca: str | None
    cert: str | None
    key: str | None
    verifies: bool
    names: bool


class MysqlArguments(NamedTuple):
    """The arguments of a connection. `password` is bytes, because drivers take text to be Latin-1."""

    host: str
    port: int
    user: str | None
    password: bytes
    database: str | None
    charset: str
    unix_socket: str | None
    tls: MysqlTls | None
    connect_timeout: float | None


def mysql_arguments(parts: UrlParts) -> MysqlArguments:
    """Read them; what is the driver's own business (`pool_size` and the like) is left out.

    Raises:
        SettingsError: several hosts, or a parameter about encryption that is not known: to leave one out would be unsafe.
    """
    said = {key.lower().replace("-", "_"): value for key, value in parts.query}
    if len(parts.hosts) > 1:
        raise SettingsError("A MySQL URL takes one host.")
    host, port = parts.hosts[0] if parts.hosts else ("localhost", None)
    return MysqlArguments(
        host=host.strip("[]") or "localhost",
        port=port or 3306,
        user=parts.user or said.get("user"),
        password=(parts.password or said.get("password") or said.get("passwd") or "").encode(),
        database=parts.database or said.get("database") or said.get("db") or None,
        charset=said.get("charset") or "utf8mb4",
        unix_socket=said.get("unix_socket") or None,
        tls=_tls(said),
        connect_timeout=_seconds(said.get("connect_timeout")),
    )


def _tls(said: dict[str, str]) -> MysqlTls | None:
    about = {key: value for key, value in said.items() if value and ("ssl" in key or "tls" in key)}
    unknown = set(about) - _FILES - {"ssl", "ssl_mode", "sslmode", "ssl_check_hostname", "ssl_disabled"}
    if unknown:
        raise SettingsError(
            f"{min(unknown)} is not known here: a MySQL URL takes ssl_mode, ssl_ca, ssl_cert, ssl_key and ssl_check_hostname."
        )
    mode = _mode(about)
    if mode == "disabled" or (mode is None and not _FILES.intersection(about)):
        return None
    names = said.get("ssl_check_hostname", "true").lower() not in _FALSE
    verifies = mode in {"verify_ca", "verify_identity"} or (mode is None and "ssl_ca" in about)
    return MysqlTls(
        ca=about.get("ssl_ca"),
        cert=about.get("ssl_cert"),
        key=about.get("ssl_key"),
        verifies=verifies,
        names=verifies and names and mode != "verify_ca",
    )


def _mode(about: dict[str, str]) -> str | None:
    text = (about.get("ssl_mode") or about.get("sslmode") or "").lower().replace("-", "_")
    if text and text not in _MODES:
        raise SettingsError(f"ssl_mode in a MySQL URL takes {', '.join(one.upper() for one in _MODES)}.")
    plain = about.get("ssl", "").lower()
    if plain not in _TRUE | _FALSE:
        raise SettingsError("ssl in a MySQL URL takes true or false.")
    return _MODES[text] if text else ("required" if plain in _TRUE else None)


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise SettingsError("connect_timeout in a MySQL URL takes a number of seconds.")
    return seconds
