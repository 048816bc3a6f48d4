import { describe, expect, test } from 'vitest'
import { findings } from './support/lint-findings.ts'

/** Each statement, and all that is said of it. */
type Cases = readonly (readonly [sql: string, ...found: string[]])[]

describe('on PostgreSQL the lint reads', () => {
  const cases: Cases = [
    [
      'ALTER TABLE IF EXISTS ONLY public.users * DROP COLUMN IF EXISTS phone CASCADE',
      'drop-column: DROP COLUMN users.phone',
      'cascade: CASCADE from users.phone',
    ],
    [
      'ALTER TABLE users ALTER phone SET NOT NULL, ALTER COLUMN email DROP NOT NULL, DROP score, RENAME TO people',
      'set-not-null: NOT NULL for users.phone',
      'drop-not-null: NULL allowed in users.email',
      'drop-column: DROP COLUMN users.score',
      'rename-table: RENAME TABLE users TO people',
    ],
    ['ALTER TABLE sales.orders DROP total', 'drop-column: DROP COLUMN sales.orders.total'],
    ['ALTER TABLE "Sales"."Orders" DROP "Total"', 'drop-column: DROP COLUMN Sales.Orders.Total'],
    // Names that the server does not keep for itself.
    ['ALTER TABLE users RENAME key TO name', 'rename-column: RENAME COLUMN users.key TO name'],
    ['ALTER TABLE users RENAME index TO position', 'rename-column: RENAME COLUMN users.index TO position'],
    ['ALTER TABLE users ALTER index SET NOT NULL', 'set-not-null: NOT NULL for users.index'],
    ['ALTER TABLE users ADD partition int NOT NULL', 'add-required-column: ADD COLUMN users.partition NOT NULL without DEFAULT'],
    ['ALTER TABLE users ADD exclude int NOT NULL', 'add-required-column: ADD COLUMN users.exclude NOT NULL without DEFAULT'],
    ['CREATE TABLE a (key text NOT NULL, index int); ALTER TABLE a ALTER key DROP NOT NULL'],
    // Names within a schema.
    ['CREATE TABLE sales.a (id int); ALTER TABLE sales.a RENAME TO b; DROP TABLE sales.b'],
    ['CREATE TABLE sales.a (id int); ALTER TABLE sales.a RENAME TO notes; DROP TABLE notes', 'drop-table: DROP TABLE notes'],
    ['CREATE TABLE a (id int); ALTER TABLE a SET SCHEMA sales; DROP TABLE sales.a'],
    ['CREATE TABLE sales.a (id int); ALTER TABLE sales.a SET SCHEMA public; DROP TABLE a'],
    ['ALTER TABLE users SET SCHEMA "Old"', 'rename-table: RENAME TABLE users TO Old.users'],
    // Constraints, with names and without.
    ['ALTER TABLE users ADD EXCLUDE (phone WITH =)', 'unique-constraint: ADD CONSTRAINT on users (exclusion)'],
    ['ALTER TABLE users ADD CONSTRAINT "check" CHECK (score > 0)', 'check-not-valid: ADD CONSTRAINT check without NOT VALID'],
    ['ALTER TABLE users ADD CHECK (score > 0)', 'check-not-valid: ADD CONSTRAINT on users without NOT VALID'],
    ['ALTER TABLE users ADD CONSTRAINT c CHECK (score > 0) NOT VALID, DROP CONSTRAINT IF EXISTS phone_known RESTRICT'],
    ['ALTER TABLE users DROP CONSTRAINT c CASCADE', 'cascade: CASCADE from c'],
    ['ALTER TABLE users ALTER CONSTRAINT c DEFERRABLE'],
    ['ALTER TABLE users ADD a int CONSTRAINT positive CHECK (a > 0)', 'check-not-valid: ADD COLUMN users.a with CHECK'],
    ['ALTER TABLE users ADD a int CONSTRAINT one UNIQUE', 'unique-constraint: ADD COLUMN users.a with UNIQUE or PRIMARY KEY'],
    [
      'ALTER TABLE notes ADD a uuid REFERENCES users (id) ON DELETE NO ACTION ON UPDATE CASCADE NOT NULL',
      'add-required-column: ADD COLUMN notes.a NOT NULL without DEFAULT',
    ],
    ['ALTER TABLE notes ADD a uuid REFERENCES users ON DELETE SET NULL'],
    // Types and defaults.
    ['ALTER TABLE users ALTER score TYPE numeric'],
    ['ALTER TABLE users ALTER score TYPE numeric(9, 2)'],
    ['ALTER TABLE users ALTER score TYPE numeric(9, 2) USING score * 2', 'change-column-type: users.score becomes numeric(9,2)'],
    ['ALTER TABLE users ALTER score TYPE numeric(7, 2)', 'change-column-type: users.score becomes numeric(7,2)'],
    ['ALTER TABLE users ALTER email TYPE varchar'],
    ['ALTER TABLE users ALTER email TYPE character varying(200)'],
    ['ALTER TABLE users ALTER phone TYPE varchar'],
    ['ALTER TABLE users ALTER phone TYPE varchar(9)', 'change-column-type: users.phone becomes varchar(9)'],
    ['ALTER TABLE users ALTER email TYPE text COLLATE "C"', 'change-column-type: users.email becomes text collate C'],
    ['ALTER TABLE users ADD a timestamp with time zone NOT NULL DEFAULT current_timestamp'],
    ['ALTER TABLE users ADD a uuid DEFAULT "own"()', 'volatile-default: ADD COLUMN users.a with a DEFAULT that may differ from row to row'],
    ['ALTER DOMAIN sales.amount DROP NOT NULL'],
    ['ALTER DOMAIN amount ADD CONSTRAINT c NOT NULL', 'set-not-null: NOT NULL for amount.'],
    ['ALTER DOMAIN amount ADD CHECK (value > 0) NOT VALID'],
    ["ALTER TYPE sales.mood RENAME VALUE 'sad' TO 'blue'", "rename-enum-value: ALTER TYPE sales.mood RENAME VALUE 'sad'"],
    ['ALTER TYPE mood OWNER TO somebody'],
    ['ALTER SEQUENCE s RESTART'],
    ['ALTER SYSTEM SET work_mem = 1', 'not-in-transaction: ALTER SYSTEM in a transaction'],
    // What goes, and what goes with it.
    [
      'DROP INDEX IF EXISTS sales.a, b CASCADE',
      'cascade: CASCADE from sales.a',
      'index-not-concurrent: DROP INDEX sales.a without CONCURRENTLY',
      'cascade: CASCADE from b',
      'index-not-concurrent: DROP INDEX b without CONCURRENTLY',
    ],
    ['DROP FOREIGN TABLE users', 'drop-table: DROP TABLE users'],
    ['DROP SCHEMA IF EXISTS sales CASCADE', 'drop-schema: DROP SCHEMA or DATABASE sales', 'cascade: CASCADE from sales'],
    ['DROP FUNCTION f(int) CASCADE', 'cascade: CASCADE from f'],
    [
      'TRUNCATE ONLY users, ONLY notes CASCADE',
      'cascade: CASCADE from users',
      'truncate: TRUNCATE users',
      'cascade: CASCADE from notes',
      'truncate: TRUNCATE notes',
    ],
    ['CREATE TABLE a (id int); ALTER TABLE a DROP id CASCADE'],
    ['CREATE UNLOGGED TABLE a (id int); CREATE UNIQUE INDEX ON a (id)'],
    ['CREATE GLOBAL TEMPORARY TABLE users (id int); DROP TABLE users', 'drop-table: DROP TABLE users'],
    ['CREATE TABLE a AS SELECT 1 AS id; DROP TABLE a'],
    ['CREATE TABLE IF NOT EXISTS users (id int); DROP TABLE users', 'drop-table: DROP TABLE users'],
    ['CREATE OR REPLACE RECURSIVE VIEW v (n) AS SELECT 1; DROP VIEW v'],
    ['CREATE TABLESPACE t LOCATION $$/t$$', 'not-in-transaction: CREATE DATABASE or TABLESPACE in a transaction'],
  ]
  test.each(cases)('%s', (sql, ...found) => {
    expect(findings('postgres', sql)).toEqual(found)
  })
})

describe('on MySQL and MariaDB the lint reads', () => {
  const cases: Cases = [
    ['ALTER ONLINE IGNORE TABLE users DROP COLUMN IF EXISTS phone', 'drop-column: DROP COLUMN users.phone'],
    ['ALTER TABLE users WAIT 5 DROP phone', 'drop-column: DROP COLUMN users.phone'],
    ['ALTER TABLE users NOWAIT DROP phone', 'drop-column: DROP COLUMN users.phone'],
    ['DROP TABLES IF EXISTS users, shop.orders', 'drop-table: DROP TABLE users', 'drop-table: DROP TABLE shop.orders'],
    ['CREATE OR REPLACE TABLE users (id int)', 'drop-table: DROP TABLE users'],
    ['CREATE OR REPLACE TEMPORARY TABLE users (id int)'],
    [
      'RENAME TABLES users TO people, notes TO remarks',
      'rename-table: RENAME TABLE users TO people',
      'rename-table: RENAME TABLE notes TO remarks',
    ],
    ['RENAME TABLE IF EXISTS users TO people', 'rename-table: RENAME TABLE users TO people'],
    ['RENAME TABLE shop.a TO b', 'rename-table: RENAME TABLE shop.a TO b'],
    ['ALTER TABLE shop.a RENAME TO b', 'rename-table: RENAME TABLE shop.a TO b'],
    ['RENAME USER somebody TO other'],
    ['ALTER TABLE users CHANGE COLUMN IF EXISTS `Email` mail varchar(50) NOT NULL', 'rename-column: RENAME COLUMN users.email TO mail'],
    ['ALTER TABLE users CHANGE `EMAIL` email varchar(50) NOT NULL'],
    ['ALTER TABLE users MODIFY email varchar(63) NOT NULL'],
    ['ALTER TABLE users MODIFY email varchar(64) NOT NULL', 'change-column-type: users.email becomes varchar(64)'],
    ['ALTER TABLE users MODIFY email varchar(49) NOT NULL', 'change-column-type: users.email becomes varchar(49)'],
    ["ALTER TABLE users MODIFY mood enum('sad', 'blue', 'glad')", "change-column-type: users.mood becomes enum('sad','blue','glad')"],
    ['ALTER TABLE users MODIFY phone mediumtext', 'change-column-type: users.phone becomes mediumtext'],
    ['ALTER TABLE unknown MODIFY a int', 'change-column-type: unknown.a becomes int'],
    ['ALTER TABLE users ADD KEY by_mood (mood), ADD FULLTEXT INDEX (phone), ADD PARTITION (PARTITION p VALUES LESS THAN (9))'],
    ['ALTER TABLE users ALTER INDEX users_phone INVISIBLE, ALTER CHECK c NOT ENFORCED'],
    ['ALTER TABLE users RENAME KEY users_phone TO by_phone'],
    ['ALTER TABLE users ADD CONSTRAINT IF NOT EXISTS c CHECK (length(phone) > 2)', 'check-not-valid: ADD CONSTRAINT c without NOT VALID'],
    [
      'ALTER TABLE notes ADD FOREIGN KEY IF NOT EXISTS by_user (user_id) REFERENCES users (id)',
      'foreign-key-not-valid: ADD CONSTRAINT on notes without NOT VALID',
    ],
    ['ALTER TABLE users ADD a int KEY', 'add-required-column: ADD COLUMN users.a NOT NULL without DEFAULT'],
    ['ALTER TABLE users ADD a int UNIQUE KEY'],
    ['ALTER TABLE users ADD (a int, b int NOT NULL)', 'add-required-column: ADD COLUMN users.b NOT NULL without DEFAULT'],
    ['ALTER TABLE users ADD a int AS (1) PERSISTENT', 'rewriting-column: ADD COLUMN users.a with a value for each row'],
    ['CREATE FULLTEXT INDEX i ON notes (text)'],
    ['CREATE TABLE a (b int, KEY (b), FULLTEXT KEY k (b), UNIQUE KEY u (b)); ALTER TABLE a DROP b'],
    ['DROP DATABASE IF EXISTS a', 'drop-schema: DROP SCHEMA or DATABASE a'],
    ['REPLACE LOW_PRIORITY INTO notes SELECT * FROM notes'],
    ['UPDATE LOW_PRIORITY IGNORE users SET phone = 1', 'write-without-where: UPDATE users without WHERE'],
    ['DELETE FROM users ORDER BY id LIMIT 5'],
    ["ALTER TABLE users COMMENT 'ENGINE'"],
    ['ALTER TABLE users ROW_FORMAT=COMPRESSED', 'rewrite-table: ROW_FORMAT users'],
    ['ALTER SYSTEM SET a = 1'],
  ]
  test.each(cases)('%s', (sql, ...found) => {
    expect(findings('mysql', sql)).toEqual(found)
  })
})

describe('on SQLite the lint reads', () => {
  const cases: Cases = [
    ['DROP TABLE users; ALTER TABLE notes RENAME TO users', 'drop-table: DROP TABLE users'],
    ["DROP TABLE 'users'", 'drop-table: DROP TABLE users'],
    ['ALTER TABLE main.users RENAME key TO name', 'rename-column: RENAME COLUMN users.key TO name'],
    ['INSERT OR REPLACE INTO notes SELECT * FROM notes'],
    ['UPDATE OR ROLLBACK users SET phone = 1', 'write-without-where: UPDATE users without WHERE'],
    ['ALTER TABLE users ADD a int AS (length(phone)) STORED'],
  ]
  test.each(cases)('%s', (sql, ...found) => {
    expect(findings('sqlite', sql)).toEqual(found)
  })

  test('a column called key as one that a rebuilt table may lose', () => {
    const rebuild = 'CREATE TABLE __new_a (id text); DROP TABLE a; ALTER TABLE __new_a RENAME TO a'
    expect(findings('sqlite', rebuild, 'CREATE TABLE a (id text, key text)')).toEqual(['drop-column: DROP COLUMN a.key'])
  })
})
