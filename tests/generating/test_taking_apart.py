"""Definitions of indexes and defaults, taken apart."""

from __future__ import annotations

import pytest

from lockgate.generating.index_text import parse_index, split_list, without_parentheses
from lockgate.generating.plain_sql import identity_options, is_indentable, string_of, unqualified, without_noise
from lockgate.nouns.schema import Column


@pytest.mark.parametrize(
    ("definition", "keys", "where"),
    [
        ("USING btree (a)", (("a", ""),), ""),
        ('USING gin (a gin_trgm_ops, "B")', (("a", "gin_trgm_ops"), ("B", "")), ""),
        ("USING btree (lower(a), b DESC NULLS LAST)", (("lower(a)", None), ("b DESC NULLS LAST", None)), ""),
        ("USING btree (((a -> 'x,('::text))) WHERE (b > 0)", (("((a -> 'x,('::text))", None),), "b > 0"),
        ("(a, b DESC) WHERE a > 1", (("a", ""), ("b DESC", None)), "a > 1"),
    ],
)
def test_an_index(definition: str, keys: tuple[object, ...], where: str) -> None:
    found = parse_index(definition)
    assert found is not None
    assert (found.keys, found.where) == (keys, where)


def test_all_that_an_index_may_have() -> None:
    text = "USING btree (a) INCLUDE (b, \"C\") NULLS NOT DISTINCT WITH (fillfactor='70', deduplicate_items='off') WHERE (a > 0)"
    found = parse_index(text)
    assert found is not None
    assert found.include == ("b", "C")
    assert not found.nulls_distinct
    assert found.options == (("fillfactor", "70"), ("deduplicate_items", "off"))
    assert parse_index("USING btree (a) TABLESPACE fast") is None


def test_lists_and_parentheses() -> None:
    assert list(split_list("a, f(b, c), 'd, e', \"f,\"")) == ["a", "f(b, c)", "'d, e'", '"f,"']
    assert [without_parentheses(one) for one in ("(a)", "(a) AND (b)", "('(')", "a")] == [
        "a",
        "(a) AND (b)",
        "'('",
        "a",
    ]


@pytest.mark.parametrize(
    ("default", "type_", "text"),
    [
        ("'x'::character varying", "character varying(9)", "x"),
        ("'it''s'::text", "text", "it's"),
        ("'x'", "TEXT", "x"),
        ("'x'::text", "character varying", None),
        ("'a'::text || 'b'::text", "text", None),
        ("now()", "date", None),
    ],
)
def test_a_default_that_is_a_string(default: str, type_: str, text: str | None) -> None:
    assert string_of(default, type_) == text


ALL = "ALWAYS AS IDENTITY (START WITH {} INCREMENT BY {} MINVALUE {} MAXVALUE {} CACHE 1 {})"


@pytest.mark.parametrize(
    ("values", "type_", "said"),
    [
        ((1, 1, 1, 2**31 - 1, "NO CYCLE"), "integer", {}),
        ((5, 2, 5, 2**63 - 1, "CYCLE"), "bigint", {"INCREMENT BY": "2", "MINVALUE": "5", "CYCLE": ""}),
        ((-1, -1, -(2**15), -1, "NO CYCLE"), "smallint", {"INCREMENT BY": "-1"}),
    ],
)
def test_the_options_of_an_identity(values: tuple[object, ...], type_: str, said: dict[str, str]) -> None:
    assert identity_options(Column("id", type_, identity=ALL.format(*values))) == (True, said)


def test_sql_as_a_person_writes_it() -> None:
    assert unqualified("public.f(app.g, 'public.x', nextval('public.s'::regclass))", "public") == (
        "f(app.g, 'public.x', nextval('s'::regclass))"
    )
    assert without_noise("CREATE INDEX i ON t USING btree (a)") == "CREATE INDEX i ON t (a)"
    assert (
        without_noise("ALTER TABLE t ADD CONSTRAINT c CHECK ((a > 0))")
        == "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)"
    )
    assert is_indentable("SELECT 1,\n 'a'")
    assert not is_indentable("SELECT 1, 'a\n'")
