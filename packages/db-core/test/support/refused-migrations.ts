import type { SqlDialect } from '../../src/migrations/files/sql-tokens.ts'

/** What exists before the file that is looked at. */
export const earlier: Readonly<Record<SqlDialect, string>> = {
  postgres: `CREATE TABLE users (id uuid PRIMARY KEY, email varchar(200) NOT NULL, phone text, score numeric(8, 2), "drop" text);
    CREATE TABLE notes (id bigint PRIMARY KEY, text text, user_id uuid);
    CREATE TYPE mood AS ENUM ('sad', 'glad');
    ALTER TABLE users ADD CONSTRAINT phone_known CHECK (phone IS NOT NULL) NOT VALID;
    CREATE VIEW people AS SELECT id FROM users;`,
  mysql: `CREATE TABLE users (id char(36) PRIMARY KEY, email varchar(50) NOT NULL, phone text, mood enum('sad', 'glad'), KEY users_phone (phone(20)));
    CREATE TABLE notes (id bigint PRIMARY KEY, text text, user_id char(36));
    CREATE VIEW people AS SELECT id FROM users;`,
  sqlite: `CREATE TABLE users (id text PRIMARY KEY, email text NOT NULL, phone text);
    CREATE TABLE notes (id integer PRIMARY KEY, text text, user_id text);
    CREATE VIEW people AS SELECT id FROM users;`,
}

/** By the name of the rule. */
export type LintCases = Readonly<Record<string, Partial<Record<SqlDialect, readonly string[]>>>>

const off = '-- transaction: off\n'

/** Each is refused for this rule, and for no other. */
export const refused: LintCases = {
  'drop-table': {
    postgres: [
      'DROP TABLE users',
      'drop table if exists public."users"',
      'DROP TABLE notes, users',
      'DROP TABLE users RESTRICT',
      'CREATE TEMP TABLE users (a int); DROP TABLE public.users',
    ],
    mysql: ['DROP TABLE `users`', '/*!50000 DROP TABLE users */', 'DROP TABLE IF EXISTS users'],
    sqlite: ['DROP TABLE "users"', 'DROP TABLE [users]', 'DROP TABLE main.users'],
  },
  'drop-column': {
    postgres: [
      'ALTER TABLE users DROP COLUMN phone',
      'ALTER TABLE ONLY users ADD COLUMN a int, DROP phone',
      'ALTER TABLE users DROP "drop"',
    ],
    mysql: ['ALTER TABLE users DROP COLUMN phone', 'ALTER TABLE users DROP phone, ALGORITHM=INPLACE, LOCK=NONE'],
    sqlite: [
      'ALTER TABLE users DROP COLUMN phone',
      'CREATE TABLE __new_users (id text PRIMARY KEY, email text NOT NULL); INSERT INTO __new_users SELECT id, email FROM users; DROP TABLE users; ALTER TABLE __new_users RENAME TO users',
    ],
  },
  'rename-table': {
    postgres: ['ALTER TABLE users RENAME TO accounts', 'ALTER TABLE users SET SCHEMA old', 'ALTER VIEW people RENAME TO persons'],
    mysql: ['RENAME TABLE users TO accounts', 'ALTER TABLE users RENAME accounts', 'ALTER TABLE users RENAME AS accounts'],
    sqlite: ['ALTER TABLE users RENAME TO accounts'],
  },
  'rename-column': {
    postgres: ['ALTER TABLE users RENAME COLUMN phone TO phone_number', 'ALTER TABLE users RENAME phone TO phone_number'],
    mysql: ['ALTER TABLE users RENAME COLUMN phone TO phone_number', 'ALTER TABLE users CHANGE phone phone_number text'],
    sqlite: ['ALTER TABLE users RENAME phone TO phone_number'],
  },
  'rename-enum-value': { postgres: ["ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'"] },
  'drop-view': {
    postgres: ['DROP VIEW people', 'DROP MATERIALIZED VIEW IF EXISTS totals'],
    mysql: ['DROP VIEW people'],
    sqlite: ['DROP VIEW IF EXISTS people'],
  },
  'drop-schema': { postgres: ['DROP SCHEMA sales', 'DROP OWNED BY sales'], mysql: ['DROP DATABASE sales', 'DROP SCHEMA IF EXISTS sales'] },
  cascade: {
    postgres: ['ALTER TABLE users DROP CONSTRAINT users_pkey CASCADE', 'DROP TYPE mood CASCADE', 'DROP EXTENSION IF EXISTS citext CASCADE'],
  },
  'change-column-type': {
    postgres: [
      'ALTER TABLE users ALTER COLUMN email TYPE varchar(100)',
      'ALTER TABLE users ALTER phone SET DATA TYPE integer USING phone::integer',
      'ALTER TABLE users ALTER COLUMN score TYPE numeric(8, 3)',
      'ALTER TABLE unknown ALTER COLUMN a TYPE text',
      'ALTER TABLE users ALTER phone TYPE text COLLATE "C"',
    ],
    mysql: [
      'ALTER TABLE users MODIFY COLUMN phone varchar(20)',
      'ALTER TABLE users MODIFY email varchar(100) NOT NULL',
      'ALTER TABLE users MODIFY phone text COLLATE utf8mb4_bin',
      "ALTER TABLE users MODIFY mood enum('glad', 'sad')",
    ],
  },
  'add-required-column': {
    postgres: ['ALTER TABLE users ADD COLUMN age int NOT NULL', 'ALTER TABLE users ADD age int DEFAULT NULL NOT NULL'],
    mysql: ['ALTER TABLE users ADD COLUMN (age int NOT NULL, size int)', 'ALTER TABLE users ADD age int NOT NULL AFTER email'],
    sqlite: [
      'ALTER TABLE users ADD age int NOT NULL',
      'CREATE TABLE __new_users (id text PRIMARY KEY, email text NOT NULL, phone text, age int NOT NULL); INSERT INTO __new_users SELECT id, email, phone, 1 FROM users; DROP TABLE users; ALTER TABLE __new_users RENAME TO users',
    ],
  },
  'set-not-null': {
    postgres: [
      'ALTER TABLE users ALTER COLUMN phone SET NOT NULL',
      `${off}ALTER TABLE users ADD CONSTRAINT c CHECK (phone IS NOT NULL) NOT VALID; ALTER TABLE users ALTER phone SET NOT NULL`,
      `${off}ALTER TABLE users VALIDATE CONSTRAINT phone_known; ALTER TABLE users DROP CONSTRAINT phone_known; ALTER TABLE users ALTER phone SET NOT NULL`,
      'ALTER TABLE users ADD CONSTRAINT phone_given NOT NULL phone',
      'ALTER DOMAIN amount SET NOT NULL',
    ],
    mysql: ['ALTER TABLE users MODIFY COLUMN phone text NOT NULL'],
  },
  'drop-not-null': {
    postgres: ['ALTER TABLE users ALTER COLUMN email DROP NOT NULL'],
    mysql: ['ALTER TABLE users MODIFY email varchar(50)', 'ALTER TABLE users CHANGE email email varchar(50) NULL'],
  },
  'index-not-concurrent': {
    postgres: [
      'CREATE INDEX users_phone ON users (phone)',
      'CREATE UNIQUE INDEX ON ONLY public.users USING btree (phone)',
      'DROP INDEX users_phone',
      'DROP INDEX IF EXISTS users_phone, notes_text',
      'REINDEX TABLE users',
    ],
  },
  'foreign-key-not-valid': {
    postgres: [
      'ALTER TABLE notes ADD CONSTRAINT notes_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE',
      'ALTER TABLE notes ADD FOREIGN KEY (user_id) REFERENCES users',
      "ALTER TABLE notes ADD COLUMN owner uuid DEFAULT '0198a000-0000-7000-8000-000000000000' REFERENCES users (id)",
      'ALTER TABLE notes ADD CONSTRAINT n FOREIGN KEY (user_id) REFERENCES users NOT VALID; ALTER TABLE notes VALIDATE CONSTRAINT n',
    ],
    mysql: ['ALTER TABLE notes ADD CONSTRAINT notes_user FOREIGN KEY (user_id) REFERENCES users (id)'],
  },
  'check-not-valid': {
    postgres: [
      'ALTER TABLE users ADD CONSTRAINT users_score CHECK (score > 0)',
      'ALTER TABLE users ADD COLUMN age int CHECK (age > 0)',
      'ALTER TABLE users VALIDATE CONSTRAINT phone_known; ALTER TABLE users ADD CHECK (score > 0)',
      'ALTER DOMAIN amount ADD CONSTRAINT positive CHECK (value > 0)',
      'ALTER TABLE users ADD CONSTRAINT c CHECK (score > 0) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c',
    ],
    mysql: ['ALTER TABLE users ADD CONSTRAINT users_phone CHECK (length(phone) > 2)'],
  },
  'unique-constraint': {
    postgres: [
      'ALTER TABLE users ADD CONSTRAINT users_phone UNIQUE (phone)',
      'ALTER TABLE users ADD UNIQUE NULLS NOT DISTINCT (phone)',
      'ALTER TABLE users ADD PRIMARY KEY (email)',
      'ALTER TABLE users ADD COLUMN nick text UNIQUE',
      'ALTER TABLE users ADD CONSTRAINT apart EXCLUDE USING gist (phone WITH =)',
    ],
  },
  'volatile-default': {
    postgres: [
      'ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid()',
      "ALTER TABLE users ADD token text NOT NULL DEFAULT ('a' || pg_catalog.random()::text)",
      'ALTER TABLE users ADD made timestamptz DEFAULT clock_timestamp()',
    ],
    mysql: ['ALTER TABLE users ADD COLUMN token char(36) DEFAULT (uuid())'],
  },
  'rewriting-column': {
    postgres: [
      'ALTER TABLE users ADD COLUMN number bigserial',
      'ALTER TABLE users ADD COLUMN number bigint GENERATED BY DEFAULT AS IDENTITY',
      'ALTER TABLE users ADD COLUMN small text GENERATED ALWAYS AS (lower(email)) STORED',
    ],
    mysql: [
      'ALTER TABLE users ADD COLUMN small varchar(50) AS (lower(email)) STORED',
      'ALTER TABLE users ADD COLUMN number bigint NOT NULL AUTO_INCREMENT UNIQUE',
    ],
  },
  'rewrite-table': {
    postgres: [
      'ALTER TABLE users SET UNLOGGED',
      'ALTER TABLE users SET TABLESPACE fast',
      'ALTER TABLE users ALTER COLUMN phone SET EXPRESSION AS (lower(email))',
      'CLUSTER users USING users_pkey',
      `${off}VACUUM (FULL) users`,
      'REFRESH MATERIALIZED VIEW totals',
    ],
    mysql: [
      'ALTER TABLE users ENGINE=InnoDB',
      'ALTER TABLE users CONVERT TO CHARACTER SET utf8mb4',
      'OPTIMIZE TABLE users',
      'ALTER TABLE users DROP PRIMARY KEY',
    ],
  },
  truncate: {
    postgres: ['TRUNCATE users', 'TRUNCATE TABLE ONLY users, notes RESTART IDENTITY'],
    mysql: ['TRUNCATE TABLE users', 'ALTER TABLE users DROP PARTITION p1', 'ALTER TABLE users TRUNCATE PARTITION p1'],
  },
  'write-without-where': {
    postgres: [
      "UPDATE users SET phone = ''",
      'DELETE FROM ONLY users',
      'UPDATE users SET phone = (SELECT text FROM notes WHERE notes.user_id = users.id)',
      'DELETE FROM users WHERE true',
      'EXPLAIN (ANALYZE, BUFFERS) DELETE FROM users',
      'WITH gone AS (DELETE FROM notes RETURNING id) SELECT count(*) FROM gone',
      'WITH one AS (SELECT 1) UPDATE users SET phone = null WHERE 1=1 RETURNING id',
    ],
    mysql: ['UPDATE users SET phone = 1', 'DELETE QUICK FROM users', 'UPDATE users JOIN notes ON user_id = users.id SET phone = text'],
    sqlite: ['UPDATE OR IGNORE users SET phone = 1', 'DELETE FROM users'],
  },
  'backfill-beside-structure': {
    postgres: [
      "ALTER TABLE users ADD COLUMN nick text; UPDATE users SET nick = '' WHERE nick IS NULL",
      'ALTER TABLE users ADD COLUMN nick text; INSERT INTO notes (id, text) SELECT 1, phone FROM users',
      'ALTER TABLE notes DROP CONSTRAINT n; MERGE INTO notes USING users ON user_id = users.id WHEN MATCHED THEN DELETE',
    ],
  },
  'not-in-transaction': {
    postgres: [
      'CREATE INDEX CONCURRENTLY users_phone ON users (phone)',
      'DROP INDEX CONCURRENTLY users_phone',
      'REINDEX (VERBOSE, CONCURRENTLY) INDEX users_phone',
      'VACUUM users',
      'ALTER TABLE users DETACH PARTITION old CONCURRENTLY',
      'CREATE DATABASE other',
    ],
    sqlite: ['VACUUM'],
  },
  'ends-transaction': {
    postgres: ['BEGIN; SELECT 1', 'COMMIT AND CHAIN', 'START TRANSACTION READ ONLY', 'rollback', `${off}END`],
    mysql: ['START TRANSACTION', 'BEGIN', 'COMMIT', 'LOCK TABLES users WRITE', 'SET autocommit = 0'],
    sqlite: ['BEGIN IMMEDIATE', 'END'],
  },
  'opaque-statement': {
    postgres: ['DO $$ BEGIN DROP TABLE users; END $$', 'PREPARE p AS DELETE FROM users', 'EXECUTE p', 'CALL tidy()'],
    mysql: ['CALL tidy()', "PREPARE p FROM 'DROP TABLE users'", 'EXECUTE p', 'BEGIN NOT ATOMIC DROP TABLE users; END'],
  },
  'bad-exception': {
    postgres: [
      '-- allow drop-table users: it is not dropped here\nSELECT 1',
      '-- allow dropping-tables: nobody uses them any more\nSELECT 1',
      '/* contract: 0001-earlier because nobody can say */ CREATE TABLE a (id int)',
      '-- allow ends-transaction: this one is harmless\nSELECT 1',
    ],
    mysql: ['# allow truncate users: it is not emptied here\nSELECT 1'],
    sqlite: ['-- allow cascade: there is none of it here\nSELECT 1'],
  },
}
