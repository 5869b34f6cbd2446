"""The text for Mermaid: marks and ends of relations, and names that its grammar has no room for."""

from __future__ import annotations

import re

from drawing.shop import AFTER, BEFORE, large, schema, table
from lockgate.diffing.differ import diff
from lockgate.drawing.mermaid import mermaid
from lockgate.nouns.schema import Column, Schema

# As the lexer of Mermaid 10 and later has them: packages/mermaid/src/diagrams/er/parser/erDiagram.jison of mermaid-js/mermaid.
_NAME = r'(?:[A-Za-z_]\w*|"[^"%\\]+")'
_WORD = r"(?!(?i:pk|fk|uk)\b)[A-Za-z_\u00C0-\uFFFF][\w\[\]()\u00C0-\uFFFF-]*"
_ODD = (
    "end",
    "PK",
    "1",
    "a-b",
    "a.b",
    "}",
    "[a]",
    "%%{",
    "<b>",
    "__proto__",
    ";",
    "\u202ea",
    "\x01",
    "a\nb",
    "  ",
    "é",
)
_LINES = re.compile(
    rf'erDiagram|    %% .*|    {_NAME}(?:\["[^"]*"\])?(?: \{{)?|    \}}'
    rf'|        {_WORD} {_WORD}(?: (?:PK|FK|UK)(?:, (?:PK|FK|UK))*)?(?: "[^"]*")?'
    rf'|    {_NAME} (?:\|\||\|o)--(?:o\{{|o\|) {_NAME} : "[^"]*"'
)


def test_every_line_is_of_its_grammar() -> None:
    odd = schema(*(table(name, Column(name, name)) for name in _ODD))
    for text in (mermaid(AFTER, diff(BEFORE, AFTER)), mermaid(schema(*large(60))), mermaid(Schema()), mermaid(odd)):
        for line in text.splitlines():
            assert _LINES.fullmatch(line), line
            assert line.count("~") < 2, f"two tildes are a generic type: {line}"


def test_tables_columns_and_relations() -> None:
    text = mermaid(BEFORE)
    assert "    profiles {\n        bigint id PK\n        bigint user_id FK, UK\n    }\n" in text
    assert (
        '    "odd _- \'name" {\n        bigint id PK\n        numeric(8_2) _pk "null"\n        mood a_b_c "null"\n'
        in text
    )
    assert [line.strip() for line in text.splitlines() if "--" in line] == [
        'users ||--o| profiles : "user_id"',
        '"one" |o--o{ "one" : "parent_id"',
        'users ||--o{ videos : "user_id"',
        'videos |o--o{ likes : "video_id"',
        'users ||--o{ likes : "user_id"',
        'videos |o--o{ old : "video_id"',
    ]


def test_changes_are_marked() -> None:
    text = mermaid(AFTER, diff(BEFORE, AFTER))
    for said in (
        '    uploads["+ uploads"] {\n        bigint id PK "+ added"\n',
        '    old["− old"] {\n',
        '        text title "~ was varchar(80), was not null, null"\n',
        '        integer size "− dropped, null"\n',
        '    users ||--o{ likes : "− user_id"\n',
        "    %% + index ix_videos USING btree (title), of videos\n",
    ):
        assert said in text


def test_tables_whose_names_it_cannot_tell_apart_stay_apart() -> None:
    text = mermaid(schema(table("a%"), table("a_"), table('a"', Column("b", "bigint"), keys={"b": "a_"}), table("a'")))
    boxes = [line.strip(" {") for line in text.splitlines() if line.endswith(" {")]
    assert boxes == ["\"a''\"", '"a_\'"', '"a\'"', "a_"], "in the order of a quote, a percent sign, an apostrophe, a_"
    assert text.splitlines()[-1].strip() == 'a_ |o--o{ "a\'\'" : "b"'
