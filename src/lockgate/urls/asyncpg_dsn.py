"""A PostgreSQL URL as asyncpg takes it.

asyncpg sends every parameter that it does not know to the server as a setting, and the server refuses what is not
one. So what belongs to libpq, to an ORM or to a pooler is taken out here, and the rest is said in asyncpg's words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from lockgate.errors import SettingsError
from lockgate.urls.parts import UrlParts, parse_hosts

_SSL_MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SSL_WORDS: Final = {
    **dict.fromkeys(("true", "1", "on", "yes", "no-verify"), "require"),
    **dict.fromkeys(("false", "0", "off", "no"), "disable"),
}
_TRUE: Final = frozenset({"true", "1", "on", "yes"})
_OF_LIBPQ: Final = frozenset(
    {
        *("authtype", "channel_binding", "client_encoding", "fallback_application_name", "gssdelegation", "gssencmode"),
        *("keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "load_balance_hosts"),
        *("max_protocol_version", "min_protocol_version", "oauth_client_id", "oauth_client_secret", "oauth_issuer"),
        *("oauth_scope", "replication", "require_auth", "requirepeer", "requiressl", "scram_client_key"),
        *("scram_server_key", "servicefile", "sslcertmode", "sslcompression", "sslcrldir", "sslkeylogfile", "sslsni"),
        *("tcp_user_timeout", "tty"),
    }
)
_OF_OTHERS: Final = frozenset(
    {
        *("async_creator", "async_creator_fn", "async_fallback", "binary_parameters", "command_timeout"),
        *("connection_limit", "default_query_exec_mode", "description_cache_capacity", "direct_tls"),
        *("max_cacheable_statement_size", "max_cached_statement_lifetime", "max_overflow", "pool_max_conns"),
        *("pool_min_conns", "pool_recycle", "pool_size", "pool_timeout", "prepare_threshold"),
        *("prepared_statement_name_func", "prepared_statements", "preparethreshold", "socket_timeout", "sslaccept"),
        *("sslidentity", "statement_cache_capacity", "uselibpqcompat"),
    }
)


@dataclass(frozen=True, repr=False, slots=True)
class AsyncpgDsn:
    """A DSN for `asyncpg.connect`, and what the URL said that a DSN cannot say.

    There is no repr, for it would show the password.

    `connect_timeout` is in seconds, None where the URL does not bound it. `statement_cache_size` is 0 where the URL
    speaks of a pooler that cannot keep prepared statements, None where it says nothing.
    """

    dsn: str
    connect_timeout: float | None
    statement_cache_size: int | None


def asyncpg_dsn(parts: UrlParts) -> AsyncpgDsn:
    """Say a PostgreSQL URL in asyncpg's words; as with libpq, a parameter wins over the part of the URL it repeats.

    Raises:
        SettingsError: a parameter does not parse, or asks for what asyncpg cannot do; no value is repeated.
    """
    query = _last_of_each(parts.query)
    connect_timeout = _connect_timeout(query)
    statement_cache_size = _statement_cache_size(query)
    login = _login(query.pop("user", parts.user), query.pop("password", parts.password))
    path = _first(query, "dbname", "database") or parts.database
    address, located = _address(parts, query)
    settings = {key: value for key, value in {**located, **_ssl(query), **query}.items() if not _is_foreign(key)}
    _name_search_path(settings)
    dsn = f"postgresql://{login}{address}{'/' + quote(path, safe='') if path else ''}{_rendered(settings)}"
    return AsyncpgDsn(dsn, connect_timeout, statement_cache_size)


def _last_of_each(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    query: dict[str, str] = {}
    for key, value in pairs:
        several = key in {"host", "port"} and key in query
        if value:
            query[key] = f"{query[key]},{value}" if several else value
    return query


def _first(query: dict[str, str], *names: str) -> str | None:
    found = [query.pop(name) for name in names if name in query]
    return found[0] if found else None


def _login(user: str | None, password: str | None) -> str:
    if password:
        return f"{quote(user or '', safe='')}:{quote(password, safe='')}@"
    return f"{quote(user, safe='')}@" if user else ""


def _address(parts: UrlParts, query: dict[str, str]) -> tuple[str, dict[str, str]]:
    """The address as one host in the authority, or as parameters: asyncpg reads sockets and lists best from there."""
    named = _first(query, "host", "hostaddr")
    hosts = parse_hosts(_bracketed(named)) if named else parts.hosts
    ports = _ports(query.pop("port", None), hosts)
    names = [name for name, _ in hosts]
    if names == [""] or not names:
        return "", {"port": str(ports[0])} if ports and ports[0] else {}
    if "" in names:
        raise SettingsError("This database URL lists several hosts, and one of them is empty.")
    if len(names) == 1 and not names[0].startswith("/"):
        return quote(names[0], safe="[]:") + (f":{ports[0]}" if ports[0] else ""), {}
    located = {"host": ",".join(names)}
    if any(ports):
        located["port"] = ",".join(str(port or 5432) for port in ports)
    return "", located


def _bracketed(hosts: str) -> str:
    """The list with brackets around each bare IPv6 address, which as a parameter needs none."""
    pieces = hosts.split(",")
    return ",".join(f"[{piece}]" if piece.count(":") > 1 and piece[0] not in "[/" else piece for piece in pieces)


def _ports(text: str | None, hosts: tuple[tuple[str, int | None], ...]) -> list[int | None]:
    if text is None:
        return [port for _, port in hosts]
    pieces = text.split(",")
    if len(pieces) not in {1, len(hosts)} or not all(_is_port(piece) for piece in pieces):
        raise SettingsError("port in the database URL takes a number from 1 to 65535, or one for each host.")
    ports: list[int | None] = [int(piece) for piece in pieces]
    return ports * max(len(hosts), 1) if len(ports) == 1 else ports


def _is_port(text: str) -> bool:
    return len(text) <= 5 and text.isdecimal() and 0 < int(text) < 65536


def _ssl(query: dict[str, str]) -> dict[str, str]:
    said = _first(query, "sslmode", "ssl")
    if query.get("sslrootcert") == "system":
        raise SettingsError(
            "sslrootcert=system in the database URL is not supported: asyncpg reads the certificates from a file.",
            hint="Name the file, as in sslrootcert=/etc/ssl/certs/ca-certificates.crt.",
        )
    if said is None:
        return {}
    word = said.lower().replace("_", "-")
    mode = _SSL_WORDS.get(word, word)
    if mode not in _SSL_MODES:
        raise SettingsError(f"sslmode in the database URL takes one of {', '.join(_SSL_MODES)}.")
    return {"sslmode": mode}


def _connect_timeout(query: dict[str, str]) -> float | None:
    said = _first(query, "connect_timeout", "timeout")
    if said is None:
        return None
    try:
        seconds = float(said)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise SettingsError("connect_timeout in the database URL takes a number of seconds.")
    return seconds if seconds > 0 else None


def _statement_cache_size(query: dict[str, str]) -> int | None:
    pooled = query.pop("pgbouncer", "").lower() in _TRUE
    said = [query.pop(name, "") for name in ("statement_cache_size", "prepared_statement_cache_size")]
    if any(size and not (size.isdecimal() and len(size) < 10) for size in said):
        raise SettingsError("statement_cache_size in the database URL takes a whole number.")
    if pooled or any(size and int(size) == 0 for size in said):
        return 0
    return int(said[0]) if said[0] else None


def _is_foreign(key: str) -> bool:
    return key.lower() in _OF_LIBPQ | _OF_OTHERS or key.startswith("x-")


def _name_search_path(settings: dict[str, str]) -> None:
    # Prisma's and JDBC's names for the schema that unqualified tables are in.
    schema = _first(settings, "schema", "currentSchema")
    if schema is not None:
        settings.setdefault("search_path", schema)


def _rendered(settings: dict[str, str]) -> str:
    pairs = [f"{quote(key, safe='')}={quote(value, safe='/:,')}" for key, value in settings.items()]
    return f"?{'&'.join(pairs)}" if pairs else ""
