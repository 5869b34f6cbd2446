"""What is shown of another session's query: nothing that somebody has written into it."""

from __future__ import annotations

import pytest

from lockgate.dialects.mysql_watch import masked


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("UPDATE t\n  SET a = 'secret', b = 1", "UPDATE t SET a = '…', b = 1"),
        (r"""SELECT 'it\'s secret', 'C:\\', "say \"secret\"" """, "SELECT '…', '…', '…'"),
        ("""SELECT 'it''s secret', "so ""secret"" it is", _utf8mb4'secret'""", "SELECT '…', '…', _utf8mb4'…'"),
        ("SELECT 1 -- don't\n, 'secret'", "SELECT 1 , '…'"),
        ("SELECT 1 # don't\n, 'secret'", "SELECT 1 , '…'"),
        ("SELECT 5--'secret'", "SELECT 5--'…'"),
        ("/* don't tell: secret */ SELECT 'secret'", "SELECT '…'"),
        ("SELECT `it's`, `a``'b` FROM t WHERE a = 'secret'", "SELECT `it's`, `a``'b` FROM t WHERE a = '…'"),
        ("SELECT 'secret that the server has cut o", "SELECT '…'"),
        ("SELECT 'secret, cut after a \\", "SELECT '…'"),
        ("SELECT 1 /* secret, cut o", "SELECT 1"),
        (f"SELECT '{'secret' * 100}'", "SELECT '…'"),
        (f"SELECT {'1, ' * 100}", f"SELECT {'1, ' * 100}"[:200]),
    ],
)
def test_what_is_quoted_is_not_shown(query: str, shown: str) -> None:
    assert masked(query) == shown
