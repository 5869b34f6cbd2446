"""Database URLs taken apart, and the masking of passwords in any text; no error here repeats what it was given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, unquote_plus

from lockgate.errors import SettingsError

MASK: Final = "***"
ACCEPTED: Final = (
    "postgresql://user:password@host:5432/name, sqlite:///file.db, mysql://user:password@host:3306/name "
    "or mariadb://…, each also with a driver's suffix such as postgresql+asyncpg://"
)
_ESCAPES: Final = (
    "Inside a user name or a password write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23 and % as %25."
)
_ENGINES: Final = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "sqlite": "sqlite",
    "mysql": "mysql",
    "mariadb": "mysql",
}
_SCHEME: Final = re.compile(r"(?P<base>[a-z][a-z0-9.-]*)(?:\+(?P<driver>[a-z0-9_.-]+))?", re.IGNORECASE)
_HOST: Final = re.compile(r"(?P<name>\[[0-9A-Za-z:.%]+\]|[^\s:@/?#\[\]]*)(?::(?P<port>\d{0,5}))?")
_SECRET: Final = re.compile(r"pass|pwd|secret|token|key(?!alive)", re.IGNORECASE)
_MAY_HOLD_AT: Final = frozenset({"user", "dbname", "application_name", "options"})

# Greedy on purpose: a password that was not escaped may itself hold "@", and hiding too much is the safe mistake.
_IN_URL: Final = re.compile(r"(://[^\s:/@?#]*:)\S*@")
_IN_ASSIGNMENT: Final = re.compile(
    r"""((?:pass(?:word|wd|phrase)?|pwd)["']?\s*[=:]\s*)(?:'(?:\\.|''|[^'\\])*'|"(?:\\.|[^"\\])*"|[^\s&"]+)""",
    re.IGNORECASE,
)
_IN_STATEMENT: Final = re.compile(r"\b((?:password|identified\s+by)\s+)'(?:''|[^'])*'", re.IGNORECASE)


@dataclass(frozen=True, repr=False, slots=True)
class UrlParts:
    """What a database URL says; user, password and database are decoded, the query's pairs too.

    `masked` is the URL as it was written with every password hidden. `hosts` are (name, port) pairs, the name
    as it is addressed: a path for a socket, brackets kept around IPv6.
    There is no repr, for it would show the password.
    """

    engine: str
    base: str
    driver: str
    user: str | None
    password: str | None
    hosts: tuple[tuple[str, int | None], ...]
    database: str
    query: tuple[tuple[str, str], ...]
    masked: str


def mask(text: str) -> str:
    """Hide the passwords in free text: in URLs, `password=…`, `PASSWORD '…'`; rather too much than too little."""
    hidden = _IN_URL.sub(rf"\1{MASK}@", text)
    return _IN_STATEMENT.sub(rf"\1'{MASK}'", _IN_ASSIGNMENT.sub(rf"\1{MASK}", hidden))


def take_apart(text: str) -> UrlParts:
    """Read a database URL.

    Raises:
        SettingsError: it is not a URL that Lockgate can use; the message does not repeat it.
    """
    text = text.strip()
    if not all(character.isprintable() for character in text):
        raise _fault("it holds a character that is not text, such as a line break")
    scheme, found, rest = text.partition("://")
    base, driver = _scheme(scheme if found else None)
    engine = _ENGINES[base]
    before_query, asked, query = rest.partition("?")
    pairs, masked_query = _query(query)
    tail = f"?{masked_query}" if asked else ""
    if engine == "sqlite":
        masked = f"{scheme}://{before_query}{tail}"
        return UrlParts(engine, base, driver, None, None, (), _sqlite_path(before_query), pairs, masked)
    authority, slash, path = before_query.partition("/")
    _refuse_stray_at(authority, path, pairs)
    userinfo, at, hosts = authority.rpartition("@")
    user, colon, password = userinfo.partition(":")
    hidden = f"{user}{colon}{MASK if password else ''}{at}"
    return UrlParts(
        engine=engine,
        base=base,
        driver=driver,
        user=unquote(user) or None,
        password=unquote(password) or None,
        hosts=parse_hosts(hosts),
        database=unquote(path),
        query=pairs,
        masked=f"{scheme}://{hidden}{hosts}{slash}{path}{tail}",
    )


def parse_hosts(text: str) -> tuple[tuple[str, int | None], ...]:
    """Read `host`, `host:port`, or several of them with commas between; an empty text is no host.

    Raises:
        SettingsError: a host or a port cannot be read.
    """
    return tuple(_host(piece) for piece in text.split(",")) if text else ()


def _host(piece: str) -> tuple[str, int | None]:
    if piece.startswith("/"):
        return piece, None
    match = _HOST.fullmatch(piece)
    port = int(match["port"]) if match and match["port"] else None
    if match is None or port == 0 or (port or 0) > 65535:
        raise _fault("its host and port cannot be read", _ESCAPES)
    return unquote(match["name"]), port


def _scheme(scheme: str | None) -> tuple[str, str]:
    if scheme is None:
        raise _fault("it has no scheme")
    match = _SCHEME.fullmatch(scheme)
    base = match["base"].lower() if match else ""
    if match is None or base not in _ENGINES:
        import difflib  # noqa: PLC0415 - few URLs are wrong

        near = difflib.get_close_matches(base, _ENGINES, n=1)
        raise _fault("its scheme is not known", f"Did you mean {near[0]}://?" if near else "")
    return ("postgresql" if base == "postgres" else base), (match["driver"] or "").lower()


def _query(query: str) -> tuple[tuple[tuple[str, str], ...], str]:
    pieces = [piece for piece in query.split("&") if piece]
    if any("=" not in piece for piece in pieces):
        raise _fault("its parameters after ? are not of the form name=value", _ESCAPES)
    pairs = tuple(parse_qsl("&".join(pieces), keep_blank_values=True))
    return pairs, "&".join(_masked_pair(piece) for piece in pieces)


def _masked_pair(piece: str) -> str:
    key, _, value = piece.partition("=")
    secret = _SECRET.search(unquote_plus(key)) or _SECRET.search(unquote_plus(value))
    return f"{key}={MASK}" if secret and value else piece


def _refuse_stray_at(authority: str, path: str, pairs: tuple[tuple[str, str], ...]) -> None:
    """An @ behind the host is most often an unescaped password cut in two; guessing wrong would show its half."""
    stray = "@" in path or any("@" in key or ("@" in value and not _may_hold_at(key)) for key, value in pairs)
    if stray and ":" in authority:
        raise _fault("it has an @ where none is expected", _ESCAPES)


def _may_hold_at(key: str) -> bool:
    return key in _MAY_HOLD_AT or _SECRET.search(key) is not None


def _sqlite_path(location: str) -> str:
    if location and not location.startswith("/"):
        raise _fault(
            "a SQLite URL has no host",
            "Write sqlite:///file.db for a relative path, sqlite:////file.db for an absolute, sqlite:// for memory.",
        )
    return unquote(location[1:])


def _fault(why: str, advice: str = "") -> SettingsError:
    return SettingsError(f"This database URL cannot be used: {why}. It takes {ACCEPTED}.", hint=advice)
