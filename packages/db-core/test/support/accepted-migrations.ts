import type { LintCases } from './refused-migrations.ts'

const off = '-- transaction: off\n'

/** Each is accepted; it stands where it is nearest to being refused. */
export const accepted: LintCases = {
  'drop-table': {
    postgres: [
      "INSERT INTO notes VALUES (1, 'x; DROP TABLE users;')",
      'SELECT $x$ DROP TABLE users; $x$ -- DROP TABLE users\n/* DROP TABLE /* users */ users */',
      'CREATE TABLE users_copy (id int); DROP TABLE users_copy',
    ],
    mysql: ["INSERT INTO notes VALUES (1, 'it\\'s; DROP TABLE users;') # DROP TABLE users\n", 'DROP TEMPORARY TABLE users'],
    sqlite: [
      'CREATE TABLE __new_users (id text PRIMARY KEY, email text NOT NULL, phone text, age int); INSERT INTO __new_users SELECT *, 1 FROM users; DROP TABLE users; ALTER TABLE __new_users RENAME TO users',
    ],
  },
  'drop-column': {
    postgres: ['ALTER TABLE users DROP CONSTRAINT phone_known', 'ALTER TABLE users ADD COLUMN a int; ALTER TABLE users DROP COLUMN a'],
    mysql: ['ALTER TABLE users DROP INDEX users_phone', 'ALTER TABLE users DROP FOREIGN KEY f, DROP CHECK c'],
    sqlite: ['ALTER TABLE users ADD COLUMN "drop column" text'],
  },
  'rename-table': {
    postgres: ['ALTER TABLE users RENAME CONSTRAINT phone_known TO known', 'ALTER INDEX users_pkey RENAME TO pk'],
    mysql: ['ALTER TABLE users RENAME INDEX users_phone TO by_phone', 'CREATE TABLE a (id int); RENAME TABLE a TO b'],
    sqlite: ['CREATE TABLE a (id int); ALTER TABLE a RENAME TO b'],
  },
  'rename-column': {
    postgres: ['ALTER TABLE users ADD a int; ALTER TABLE users RENAME a TO b'],
    mysql: ['ALTER TABLE users CHANGE phone phone text'],
    sqlite: ['CREATE TABLE a (id int); ALTER TABLE a RENAME COLUMN id TO number'],
  },
  'rename-enum-value': { postgres: ["ALTER TYPE mood ADD VALUE 'blue'"] },
  'drop-view': {
    postgres: ['DROP VIEW people; CREATE VIEW people AS SELECT id, email FROM users'],
    mysql: ['DROP VIEW people; CREATE DEFINER = app SQL SECURITY INVOKER VIEW people AS SELECT id FROM users'],
    sqlite: ['DROP VIEW people; CREATE VIEW people AS SELECT id, email FROM users'],
  },
  'drop-schema': { postgres: ['CREATE SCHEMA a; DROP SCHEMA a'], mysql: ['CREATE SCHEMA a; DROP SCHEMA a'] },
  cascade: { postgres: ['CREATE TABLE a (id int); DROP TABLE a CASCADE', 'CREATE TABLE a (u uuid REFERENCES users ON DELETE CASCADE)'] },
  'change-column-type': {
    postgres: [
      'ALTER TABLE users ALTER COLUMN email TYPE varchar(300)',
      'ALTER TABLE users ALTER COLUMN email SET DATA TYPE text',
      'ALTER TABLE users ALTER COLUMN score TYPE numeric(12, 2)',
      'ALTER TABLE users ALTER COLUMN phone SET DEFAULT 1',
    ],
    mysql: ['ALTER TABLE users MODIFY email varchar(60) NOT NULL', "ALTER TABLE users MODIFY mood enum('sad', 'glad', 'blue')"],
  },
  'add-required-column': {
    postgres: [
      "ALTER TABLE users ADD age int NOT NULL DEFAULT 0, ADD COLUMN IF NOT EXISTS n varchar(9) DEFAULT 'not null'::varchar(9) NOT NULL",
    ],
    mysql: ['ALTER TABLE users ADD age int NOT NULL DEFAULT 0', 'ALTER TABLE users ADD age int'],
    sqlite: ['ALTER TABLE users ADD age int NOT NULL DEFAULT 0'],
  },
  'set-not-null': {
    postgres: [
      `${off}ALTER TABLE users VALIDATE CONSTRAINT phone_known; ALTER TABLE users ALTER phone SET NOT NULL; ALTER TABLE users DROP CONSTRAINT phone_known`,
      'ALTER TABLE users VALIDATE CONSTRAINT phone_known; ALTER TABLE users ALTER phone SET NOT NULL',
      'ALTER TABLE users ALTER COLUMN email SET NOT NULL',
      'ALTER TABLE users ADD CONSTRAINT given NOT NULL phone NOT VALID',
    ],
    mysql: [
      'ALTER TABLE users MODIFY phone text NOT NULL, ALGORITHM=INPLACE, LOCK=NONE',
      'ALTER TABLE users MODIFY email varchar(50) NOT NULL',
    ],
  },
  'drop-not-null': { postgres: ['ALTER TABLE users ALTER phone DROP DEFAULT'], mysql: ['ALTER TABLE users MODIFY phone text NULL'] },
  'index-not-concurrent': {
    postgres: [
      `${off}CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS users_phone ON users (phone) WHERE phone <> 'DROP INDEX'`,
      `${off}DROP INDEX CONCURRENTLY users_phone`,
      'CREATE TABLE a (id int); CREATE INDEX a_id ON a (id); DROP INDEX a_id',
      'CREATE MATERIALIZED VIEW a AS SELECT id FROM users; CREATE UNIQUE INDEX a_id ON a (id)',
    ],
  },
  'foreign-key-not-valid': {
    postgres: [
      'ALTER TABLE notes ADD CONSTRAINT n FOREIGN KEY (user_id) REFERENCES users NOT VALID',
      `${off}ALTER TABLE notes ADD CONSTRAINT n FOREIGN KEY (user_id) REFERENCES users NOT VALID; ALTER TABLE notes VALIDATE CONSTRAINT n`,
      'ALTER TABLE notes ADD COLUMN owner uuid REFERENCES users (id) ON DELETE SET NULL ON UPDATE SET DEFAULT',
      'CREATE TABLE a (u uuid, FOREIGN KEY (u) REFERENCES users (id)); ALTER TABLE a ADD FOREIGN KEY (u) REFERENCES users',
    ],
    mysql: ['ALTER TABLE notes ADD CONSTRAINT n FOREIGN KEY (user_id) REFERENCES users (id), ALGORITHM=INPLACE, LOCK=NONE'],
  },
  'check-not-valid': {
    postgres: ['ALTER TABLE users ADD CHECK (score > 0) NOT VALID', 'ALTER TABLE users VALIDATE CONSTRAINT phone_known'],
    mysql: ['ALTER TABLE users ADD CONSTRAINT c CHECK (length(phone) > 2) NOT ENFORCED'],
  },
  'unique-constraint': {
    postgres: [
      'ALTER TABLE users ADD CONSTRAINT users_phone UNIQUE USING INDEX users_phone',
      'CREATE TABLE a (id int UNIQUE, b int, UNIQUE (b))',
    ],
  },
  'volatile-default': {
    postgres: [
      "ALTER TABLE users ADD made timestamptz NOT NULL DEFAULT now(), ADD b numeric(5, 1) DEFAULT '1'::numeric(5, 1), ADD c text DEFAULT 'random()'",
    ],
    mysql: ['ALTER TABLE users ADD made datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)'],
  },
  'rewriting-column': {
    postgres: [
      'ALTER TABLE users ADD COLUMN small text GENERATED ALWAYS AS (lower(email)) VIRTUAL',
      'CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY)',
    ],
    mysql: ['ALTER TABLE users ADD COLUMN small varchar(50) GENERATED ALWAYS AS (lower(email)) VIRTUAL'],
  },
  'rewrite-table': {
    postgres: ['ALTER TABLE users SET (fillfactor = 90)', `${off}VACUUM (ANALYZE) users`, 'REFRESH MATERIALIZED VIEW CONCURRENTLY totals'],
    mysql: ['ALTER TABLE users COMMENT = "engine", ALGORITHM=INSTANT', 'ALTER TABLE users FORCE, ALGORITHM=INPLACE, LOCK=NONE'],
  },
  truncate: { postgres: ['CREATE TABLE a (id int); TRUNCATE a'], mysql: ['SELECT truncate(1.5, 1)'] },
  'write-without-where': {
    postgres: [
      "UPDATE users SET phone = null WHERE phone = ''",
      'DELETE FROM notes USING users WHERE user_id = users.id AND phone IS NULL',
      "INSERT INTO notes (id, text) VALUES (1, 'a') ON CONFLICT (id) DO UPDATE SET text = excluded.text",
      'WITH some AS (SELECT id FROM users LIMIT 100 FOR UPDATE) UPDATE users SET phone = null FROM some WHERE some.id = users.id',
      'CREATE TABLE a (id int); DELETE FROM a',
      'SELECT id FROM users FOR UPDATE',
      'EXPLAIN DELETE FROM users',
      'CREATE TEMP TABLE a (id int); DELETE FROM a',
    ],
    mysql: ['DELETE FROM users LIMIT 1000', 'UPDATE users JOIN notes ON user_id = users.id SET phone = text WHERE phone IS NULL'],
    sqlite: [
      "UPDATE users SET phone = 'x' WHERE phone IS NULL",
      'CREATE TRIGGER t AFTER INSERT ON notes BEGIN DELETE FROM users; UPDATE users SET phone = 1; END',
    ],
  },
  'backfill-beside-structure': {
    postgres: [
      `${off}ALTER TABLE users ADD COLUMN nick text;\n-- repeat\nUPDATE users SET nick = '' WHERE id IN (SELECT id FROM users WHERE nick IS NULL LIMIT 1000)`,
      "UPDATE users SET phone = 'x' WHERE phone IS NULL; CREATE TABLE a (id int)",
      "ALTER TABLE users ADD COLUMN nick text; INSERT INTO notes (id, text) VALUES (1, 'select')",
      'ALTER TABLE users ADD COLUMN nick text; CREATE TABLE a (id uuid); INSERT INTO a SELECT id FROM users',
    ],
  },
  'not-in-transaction': { postgres: [`${off}REINDEX TABLE CONCURRENTLY users`, 'ANALYZE users'], sqlite: [`${off}VACUUM`] },
  'ends-transaction': {
    postgres: ['SAVEPOINT a; ROLLBACK TO a', 'CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END', "SELECT 'COMMIT;'"],
    mysql: ['CREATE TRIGGER t BEFORE INSERT ON notes FOR EACH ROW BEGIN SET @a = 1; SET @b = 2; END', 'SET foreign_key_checks = 0'],
    sqlite: ['CREATE TRIGGER t AFTER INSERT ON notes BEGIN SELECT 1; END', 'SELECT "COMMIT"'],
  },
  'opaque-statement': { postgres: ["COMMENT ON TABLE users IS 'DO $$'"], mysql: ["SELECT 'CALL tidy()'"] },
  'bad-exception': {
    postgres: [
      '-- allow index-not-concurrent users_phone: the table has ten rows\nCREATE INDEX users_phone ON users (phone)',
      '-- allow truncate: a cache, filled again by itself\nTRUNCATE users; TRUNCATE notes',
      '-- allow users to log in twice\nSELECT 1',
    ],
    mysql: ['/* allow write-without-where notes: there are ten of them */ DELETE FROM notes'],
    sqlite: ['-- allow write-without-where notes: there are ten of them\nDELETE FROM notes'],
  },
}
