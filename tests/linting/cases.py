"""For each rule of squawk's, eugene's and Lockgate's about statements: a migration that breaks it, and one that does not.

TT and UU are two tables of the case's own, which are there before the run; so is the view VV.
"""

from __future__ import annotations

from typing import NamedTuple

BASE = """
CREATE TABLE TT (id bigint PRIMARY KEY, a bigint, b varchar(10), n bigint NOT NULL, at timestamptz, uu_id bigint);
CREATE TABLE UU (id bigint PRIMARY KEY, k bigint, label text);
CREATE INDEX UU_k ON UU (k);
CREATE INDEX TT_uu ON TT (uu_id);
CREATE MATERIALIZED VIEW VV AS SELECT id FROM UU;
CREATE UNIQUE INDEX VV_id ON VV (id);
"""


class Case(NamedTuple):
    """What breaks a rule, and what does the same without.

    `other` is what the published rule is called, `alone` says of either whether it runs without a transaction.
    """

    rule: str
    bad: str
    good: str
    other: str = ""
    alone: tuple[bool, bool] = (False, False)


_ADD_FK = "ALTER TABLE TT ADD CONSTRAINT TT_fk FOREIGN KEY (uu_id) REFERENCES UU (id)"
CASES = (
    Case(
        "index-not-concurrent",
        "CREATE INDEX TT_a ON TT (a)",
        "CREATE INDEX CONCURRENTLY TT_a ON TT (a)",
        "E6",
        (False, True),
    ),
    Case(
        "index-not-concurrent",
        "REINDEX TABLE TT",
        "REINDEX TABLE CONCURRENTLY TT",
        "require-concurrent-reindex",
        (False, True),
    ),
    Case(
        "index-not-concurrent",
        "CREATE INDEX TT_n ON TT (n)",
        "CREATE TABLE NN (n bigint); CREATE INDEX NN_n ON NN (n)",
        "new table",
    ),
    Case(
        "constraint-validated-at-once",
        "ALTER TABLE TT ADD CONSTRAINT TT_c CHECK (a > 0)",
        "ALTER TABLE TT ADD CONSTRAINT TT_c CHECK (a > 0) NOT VALID",
        "E1 constraint-missing-not-valid",
    ),
    Case("constraint-validated-at-once", _ADD_FK, f"{_ADD_FK} NOT VALID", "adding-foreign-key-constraint"),
    Case(
        "work-under-lock",
        "ALTER TABLE TT ADD CONSTRAINT TT_c CHECK (a > 0) NOT VALID; ALTER TABLE TT VALIDATE CONSTRAINT TT_c",
        "ALTER TABLE TT ADD CONSTRAINT TT_c CHECK (a > 0) NOT VALID; ALTER TABLE TT VALIDATE CONSTRAINT TT_c",
        "E4",
        (False, True),
    ),
    Case(
        "not-null-scans",
        "ALTER TABLE TT ALTER COLUMN a SET NOT NULL",
        "ALTER TABLE TT ADD CONSTRAINT TT_s CHECK (a IS NOT NULL) NOT VALID; ALTER TABLE TT VALIDATE CONSTRAINT TT_s;"
        " ALTER TABLE TT ALTER COLUMN a SET NOT NULL",
        "E2 adding-not-nullable-field",
        (False, True),
    ),
    Case("not-null-scans", "ALTER TABLE TT ALTER b SET NOT NULL", "ALTER TABLE TT ALTER n SET NOT NULL", "already so"),
    Case(
        "unique-builds-index",
        "ALTER TABLE TT ADD CONSTRAINT TT_u UNIQUE (a)",
        "CREATE UNIQUE INDEX CONCURRENTLY TT_u ON TT (a); ALTER TABLE TT ADD CONSTRAINT TT_u UNIQUE USING INDEX TT_u",
        "E7 disallowed-unique-constraint",
        (False, True),
    ),
    Case(
        "unique-builds-index",
        "ALTER TABLE TT DROP CONSTRAINT TT_pkey; ALTER TABLE TT ADD COLUMN i bigserial PRIMARY KEY",
        "CREATE TABLE NN (id bigint PRIMARY KEY)",
        "adding-serial-primary-key-field",
    ),
    Case(
        "exclusion-builds-index",
        "ALTER TABLE TT ADD CONSTRAINT TT_x EXCLUDE USING btree (a WITH =)",
        "CREATE TABLE NN (a bigint, EXCLUDE USING btree (a WITH =))",
        "E8",
    ),
    Case(
        "rewrites-table",
        "ALTER TABLE TT ALTER a TYPE integer",
        "ALTER TABLE TT ALTER b TYPE varchar(20)",
        "E5 E10 changing-column-type",
    ),
    Case("rewrites-table", "ALTER TABLE TT ADD COLUMN s bigserial", "ALTER TABLE TT ADD COLUMN s bigint", "E11"),
    Case(
        "rewrites-table",
        "ALTER TABLE TT ADD COLUMN g bigint GENERATED ALWAYS AS (a + 1) STORED",
        "ALTER TABLE TT ADD COLUMN g bigint DEFAULT 1",
        "E11 adding-field-with-default",
    ),
    Case(
        "rewrites-table",
        "ALTER TABLE TT ADD COLUMN r uuid DEFAULT gen_random_uuid()",
        "ALTER TABLE TT ADD COLUMN r uuid; ALTER TABLE TT ALTER r SET DEFAULT gen_random_uuid()",
        "adding-field-with-default",
    ),
    Case("rewrites-table", "VACUUM FULL TT", "VACUUM TT", "prefer-repack", (True, True)),
    Case("rewrites-table", "CLUSTER TT USING TT_pkey", "ANALYZE TT", "prefer-repack", (True, True)),
    Case("rewrites-table", "REFRESH MATERIALIZED VIEW VV", "REFRESH MATERIALIZED VIEW CONCURRENTLY VV", ""),
    Case(
        "several-exclusive-locks",
        "ALTER TABLE TT ADD COLUMN x bigint; ALTER TABLE UU ADD COLUMN x bigint",
        "ALTER TABLE TT ADD COLUMN x bigint, ADD COLUMN y bigint",
    ),
    Case(
        "work-under-lock",
        "ALTER TABLE TT ADD COLUMN x bigint; CREATE INDEX UU_l ON UU (label)",
        "ALTER TABLE TT ADD COLUMN x bigint; CREATE TABLE NN (id bigint)",
        "E10",
    ),
    Case(
        "statement-under-exclusive-lock",
        "ALTER TABLE TT ADD COLUMN x bigint; CREATE TABLE NN (id bigint)",
        "CREATE TABLE NN (id bigint); ALTER TABLE TT ADD COLUMN x bigint",
        "E4",
    ),
    Case(
        "alter-table-again",
        "ALTER TABLE TT ADD COLUMN x bigint; ALTER TABLE TT ADD COLUMN y bigint",
        "ALTER TABLE TT ADD COLUMN x bigint, ADD COLUMN y bigint",
        "W12",
    ),
    Case(
        "backfill-with-ddl",
        "ALTER TABLE TT ADD COLUMN x bigint; UPDATE TT SET x = a WHERE x IS NULL",
        "ALTER TABLE TT ADD COLUMN x bigint; UPDATE TT SET x = a WHERE id = 5",
    ),
    Case("backfill-with-ddl", "CREATE TABLE NN (id bigint); DELETE FROM TT", "DELETE FROM TT"),
    Case(
        "no-lock-timeout",
        "SET lock_timeout = 0; ALTER TABLE TT ADD COLUMN x bigint",
        "SET lock_timeout = '2s'; ALTER TABLE TT ADD COLUMN x bigint",
        "E9 require-timeout-settings",
    ),
    Case(
        "foreign-key-without-index",
        "CREATE TABLE NN (id bigint PRIMARY KEY, uu_id bigint REFERENCES UU (id))",
        "CREATE TABLE NN (id bigint PRIMARY KEY, uu_id bigint REFERENCES UU (id)); CREATE INDEX NN_uu ON NN (uu_id, id)",
        "E15",
    ),
    Case("json-column", "ALTER TABLE TT ADD COLUMN j json", "ALTER TABLE TT ADD COLUMN j jsonb", "E3"),
    Case("json-column", "CREATE TABLE NN (j json)", "CREATE TABLE NN (json_text text)", "E3"),
    Case("creates-enum", "CREATE TYPE TT_mood AS ENUM ('a')", "CREATE DOMAIN TT_mood AS text", "W13"),
    Case(
        "primary-key-of-nullable",
        "CREATE UNIQUE INDEX TT_p ON UU (k); ALTER TABLE UU DROP CONSTRAINT UU_pkey CASCADE;"
        " ALTER TABLE UU ADD PRIMARY KEY USING INDEX TT_p",
        "CREATE UNIQUE INDEX TT_p ON TT (n); ALTER TABLE TT DROP CONSTRAINT TT_pkey;"
        " ALTER TABLE TT ADD PRIMARY KEY USING INDEX TT_p",
        "W14",
    ),
    Case(
        "index-not-concurrent",
        "DO $$BEGIN EXECUTE 'CREATE INDEX TT_a ON TT (a)';END$$",
        "DO $$BEGIN IF false THEN CREATE INDEX TT_a ON TT (a);END IF;END$$",
        "E6 in a block",
    ),
    Case(
        "backfill-with-ddl",
        "ALTER TABLE TT ADD COLUMN x bigint; DO $$BEGIN UPDATE TT SET x = 1;END$$",
        "ALTER TABLE TT ADD COLUMN x bigint; DO $$BEGIN UPDATE TT SET x = 1 WHERE id = 5;END$$",
    ),
    Case(
        "backfill-with-ddl",
        "ALTER TABLE TT ADD COLUMN x bigint; UPDATE TT SET x = a WHERE id > 0",
        "ALTER TABLE TT ADD COLUMN x bigint; UPDATE TT SET x = a WHERE id >= 0 AND id < 50",
    ),
    Case(
        "creates-enum",
        "DO $$BEGIN CREATE TYPE TT_m AS ENUM ('a');EXCEPTION WHEN duplicate_object THEN NULL;END$$",
        "CREATE TYPE TT_m AS (a text)",
        "W13 in a block",
    ),
    Case("json-column", 'ALTER TABLE TT ADD COLUMN j pg_catalog."json"', "CREATE TABLE NN (json text)", "E3"),
    Case(
        "no-lock-timeout",
        "SELECT set_config('lock_timeout', '0', true); ALTER TABLE TT ADD COLUMN x bigint",
        "SELECT set_config('lock_timeout', '2s', true); ALTER TABLE TT ADD COLUMN x bigint",
        "E9",
    ),
    Case(
        "work-under-lock",
        "ALTER TABLE TT RENAME TO ZZ; CREATE INDEX ZZ_a ON ZZ (a)",
        "ALTER TABLE TT RENAME TO ZZ",
        "E4 under another name",
    ),
    Case(
        "require-concurrent-index-deletion",
        "DROP INDEX IF EXISTS TT_uu",
        "CREATE TABLE NN (id bigint); CREATE INDEX NN_i ON NN (id); DROP INDEX NN_i; DROP INDEX IF EXISTS TT_none",
    ),
    Case("ban-char-field", "ALTER TABLE TT ADD COLUMN c char(3)", "ALTER TABLE TT ADD COLUMN c text"),
    Case(
        "ban-create-domain-with-constraint",
        "CREATE DOMAIN TT_d AS text CHECK (VALUE <> '')",
        "CREATE DOMAIN TT_d AS text",
    ),
    Case(
        "ban-alter-domain-with-add-constraint",
        "CREATE DOMAIN TT_d AS text; ALTER DOMAIN TT_d ADD CONSTRAINT TT_e CHECK (VALUE <> '')",
        "CREATE DOMAIN TT_d AS text; ALTER DOMAIN TT_d SET DEFAULT ''",
    ),
    Case("ban-drop-column", "ALTER TABLE TT DROP COLUMN a", "ALTER TABLE TT ALTER a SET STATISTICS 5"),
    Case("ban-drop-not-null", "ALTER TABLE TT ALTER n DROP NOT NULL", "ALTER TABLE TT ALTER n SET DEFAULT 1"),
    Case("ban-drop-table", "DROP TABLE TT", "CREATE TABLE NN (id bigint); DROP TABLE NN"),
    Case("ban-truncate-cascade", "TRUNCATE TT CASCADE", "TRUNCATE TT"),
    Case("prefer-bigint-over-int", "ALTER TABLE TT ADD COLUMN c integer", "ALTER TABLE TT ADD COLUMN c bigint"),
    Case("prefer-bigint-over-smallint", "ALTER TABLE TT ADD COLUMN c smallint", "ALTER TABLE TT ADD COLUMN c bigint"),
    Case(
        "prefer-identity", "CREATE TABLE NN (id bigserial)", "CREATE TABLE NN (id bigint GENERATED ALWAYS AS IDENTITY)"
    ),
    Case("prefer-text-field", "ALTER TABLE TT ADD COLUMN c varchar(9)", "ALTER TABLE TT ADD COLUMN c text"),
    Case("prefer-timestamp-tz", "ALTER TABLE TT ADD COLUMN c timestamp", "ALTER TABLE TT ADD COLUMN c timestamptz"),
    Case("renaming-column", "ALTER TABLE TT RENAME COLUMN a TO z", "ALTER TABLE TT ADD COLUMN z bigint"),
    Case("renaming-table", "ALTER TABLE TT RENAME TO ZZ", "CREATE TABLE NN (id bigint); ALTER TABLE NN RENAME TO OO"),
    Case(
        "require-concurrent-index-deletion",
        "DROP INDEX TT_uu",
        "DROP INDEX CONCURRENTLY TT_uu",
        alone=(False, True),
    ),
    Case(
        "require-enum-value-ordering",
        "CREATE TYPE TT_m AS ENUM ('a'); ALTER TYPE TT_m ADD VALUE 'b'",
        "CREATE TYPE TT_m AS ENUM ('a'); ALTER TYPE TT_m ADD VALUE 'b' AFTER 'a'",
        alone=(True, True),
    ),
    Case(
        "identifier-too-long",
        f"ALTER TABLE TT ADD COLUMN {'x' * 64} bigint",
        f"ALTER TABLE TT ADD COLUMN {'x' * 63} bigint",
    ),
    Case("ban-drop-constraint", "ALTER TABLE TT DROP CONSTRAINT TT_pkey", "ALTER TABLE TT ALTER a SET STATISTICS 5"),
    Case("ban-drop-default", "ALTER TABLE TT ALTER a DROP DEFAULT", "ALTER TABLE TT ALTER a SET DEFAULT 1"),
    Case("ban-drop-view", "DROP MATERIALIZED VIEW VV", "CREATE VIEW NN AS SELECT 1 AS a; DROP VIEW NN"),
    Case("ban-set-schema", "CREATE SCHEMA NN; ALTER TABLE TT SET SCHEMA NN", "CREATE SCHEMA NN"),
)
