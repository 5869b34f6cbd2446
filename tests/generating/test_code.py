"""How an expression is broken over lines."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generating.reading import WIDTH
from lockgate.generating.code import Block, Call, Pairs, Several, Text, call, lines, texts


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (call("f"), ["f()"]),
        (call("f", Text("a"), x="1", y=None), ['f("a", x=1)']),
        (call("f", texts(["a", "b"]), Pairs((("k", "1"),))), ['f(["a", "b"], {"k": 1})']),
        (call("f", Text("a"))._replace(spread=True), ["f(", '    "a",', ")"]),
        (call("f", Text('say "x"'), Text("it's")), ["""f('say "x"', "it's")"""]),
        (call("f", Text("""'a' "b" \\'""")), [r"""f("'a' \"b\" \\'")"""]),
        (call("f", Text("""'a "b" """)), [r"""f('\'a "b" ')"""]),
        (call("f", Block("A\nB", True)), ["f(", '    """', "    A", "    B", '    """', ")"]),
        (call("f", Block("A\nB", False)), ["f(", '    """', "A", "B", '"""', ")"]),
    ],
)
def test_what_is_said(code: Call, said: list[str]) -> None:
    assert lines(code, 0) == said


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=200), min_size=1, max_size=4))
def test_whatever_is_broken_is_the_same_expression_and_no_wider_than_it_has_to_be(words: list[str]) -> None:
    said = lines(call("f", *map(Text, words), key=Several(tuple(map(Text, words)))), 8)
    parsed = ast.parse("\n".join(said).strip(), mode="eval").body
    assert isinstance(parsed, ast.Call)
    assert [ast.literal_eval(one) for one in parsed.args] == words
    assert ast.literal_eval(parsed.keywords[0].value) == words
    assert all(len(line) <= WIDTH or " " not in line.strip()[1:-3].rstrip() for line in said)
