"""The text for Mermaid: marks and ends of relations, and names that its grammar has no room for."""

from __future__ import annotations

import re

from drawing.shop import AFTER, BEFORE, large, schema
from lockgate.diffing.differ import diff
from lockgate.drawing.mermaid import mermaid
from lockgate.nouns.schema import Schema

# As the lexer of Mermaid 10 and later has them: packages/mermaid/src/diagrams/er/parser/erDiagram.jison of mermaid-js/mermaid.
_NAME = r'(?:[A-Za-z_]\w*|"[^"%\\]+")'
_WORD = r"(?!(?i:pk|fk|uk)\b)[A-Za-z_][\w\[\]()-]*"
_LINES = re.compile(
    rf'erDiagram|    %% .*|    {_NAME}(?:\["[^"]*"\])?(?: \{{)?|    \}}'
    rf'|        {_WORD} {_WORD}(?: (?:PK|FK|UK)(?:, (?:PK|FK|UK))*)?(?: "[^"]*")?'
    rf'|    {_NAME} (?:\|\||\|o)--(?:o\{{|o\|) {_NAME} : "[^"]*"'
)


def test_every_line_is_of_its_grammar() -> None:
    for text in (mermaid(AFTER, diff(BEFORE, AFTER)), mermaid(schema(*large(60))), mermaid(Schema())):
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
