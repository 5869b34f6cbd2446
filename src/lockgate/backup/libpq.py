"""A PostgreSQL URL as the environment of libpq's programs, so that nothing of it stands on a command line.

https://www.postgresql.org/docs/current/libpq-envars.html
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lockgate.urls.parts import take_apart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lockgate.urls.database_url import DatabaseUrl
    from lockgate.urls.parts import UrlParts

_VARIABLES: Final = MappingProxyType(
    {
        "host": "PGHOST",
        "port": "PGPORT",
        "user": "PGUSER",
        "dbname": "PGDATABASE",
        "passfile": "PGPASSFILE",
        "service": "PGSERVICE",
        "servicefile": "PGSERVICEFILE",
        "application_name": "PGAPPNAME",
        "options": "PGOPTIONS",
        "sslmode": "PGSSLMODE",
        "sslnegotiation": "PGSSLNEGOTIATION",
        "sslcert": "PGSSLCERT",
        "sslkey": "PGSSLKEY",
        "sslrootcert": "PGSSLROOTCERT",
        "sslcrl": "PGSSLCRL",
        "sslcrldir": "PGSSLCRLDIR",
        "sslsni": "PGSSLSNI",
        "sslcertmode": "PGSSLCERTMODE",
        "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
        "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
        "channel_binding": "PGCHANNELBINDING",
        "require_auth": "PGREQUIREAUTH",
        "requirepeer": "PGREQUIREPEER",
        "gssencmode": "PGGSSENCMODE",
        "krbsrvname": "PGKRBSRVNAME",
        "gsslib": "PGGSSLIB",
        "target_session_attrs": "PGTARGETSESSIONATTRS",
        "load_balance_hosts": "PGLOADBALANCEHOSTS",
    }
)


def environment_of(url: DatabaseUrl, inherited: Mapping[str, str], seconds: float) -> dict[str, str]:
    """The inherited variables, and over them what the URL says, without its password; `seconds` bounds the connecting."""
    # As asyncpg is told it, for the URL has many spellings; and from the URL itself what libpq alone knows.
    dsn, written = take_apart(url.asyncpg_dsn()), take_apart(url.secret())
    said = {**_known(written.query), **_address(dsn), **dict(dsn.query)}
    said |= {"user": dsn.user or "", "dbname": dsn.database}
    ours = {_VARIABLES[key]: value for key, value in said.items() if key in _VARIABLES and value}
    settings = _options({key: value for key, value in dsn.query if key not in _VARIABLES})
    if settings:
        ours["PGOPTIONS"] = " ".join(filter(None, (ours.get("PGOPTIONS"), settings)))
    bound = max(2, round(min(seconds, url.connect_timeout or seconds)))
    return {**_beneath(inherited, ours, url), "PGCONNECT_TIMEOUT": str(bound), **ours}


def password_line(password: str) -> bytes:
    """The one line of a password file that gives the password, whatever is asked."""
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    return f"*:*:*:*:{escaped}\n".encode()


def password_of(url: DatabaseUrl) -> str | None:
    """The URL's password, wherever it stands in it."""
    return take_apart(url.asyncpg_dsn()).password


def _known(query: tuple[tuple[str, str], ...]) -> dict[str, str]:
    # What stands for the address was understood already, and a mode of TLS has several spellings.
    understood = {"host", "port", "user", "dbname", "sslmode", "options"}
    return {key: value for key, value in query if key in _VARIABLES and key not in understood}


def _address(dsn: UrlParts) -> dict[str, str]:
    """The host and port of the URL's own place; a list of them stands among its parameters already."""
    if not dsn.hosts or not dsn.hosts[0][0]:
        return {}
    host, port = dsn.hosts[0]
    return {"host": host.strip("[]"), "port": str(port or "")}


def _options(settings: Mapping[str, str]) -> str:
    """What is left is sent to the server as settings; a space in one is escaped."""
    escaped = {key: value.replace("\\", "\\\\").replace(" ", "\\ ") for key, value in settings.items()}
    return " ".join(f"-c {key}={value}" for key, value in escaped.items())


def _beneath(inherited: Mapping[str, str], ours: Mapping[str, str], url: DatabaseUrl) -> dict[str, str]:
    """The inherited variables without those that libpq would prefer to the URL's."""
    unwanted = {"PGHOSTADDR", "PGSERVICE"} if "PGHOST" in ours else set()
    if password_of(url):
        unwanted |= {"PGPASSWORD", "PGPASSFILE"}
    return {name: value for name, value in inherited.items() if name not in unwanted}
