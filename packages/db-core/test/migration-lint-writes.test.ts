import { describe, expect, test } from 'vitest'
import { lintMigrations } from '../src/migrations/lint/lint-migrations.ts'
import { findings, migration } from './support/lint-findings.ts'
import { earlier } from './support/refused-migrations.ts'

describe('on PostgreSQL a NOT NULL rests on', () => {
  const off = '-- transaction: off\n'
  const set = 'ALTER TABLE users ALTER phone SET NOT NULL'
  test.each([
    ['a check with brackets around brackets', 'ALTER TABLE users ADD CONSTRAINT c CHECK (((phone IS NOT NULL))) NOT VALID', 'c'],
    [
      'a check without a name, by the name that the server gives',
      'ALTER TABLE users ADD CHECK (phone IS NOT NULL) NOT VALID',
      'users_phone_check',
    ],
    ['a NOT NULL without a name', 'ALTER TABLE users ADD NOT NULL phone NOT VALID', 'users_phone_not_null'],
  ])('%s', (_, add, name) => {
    expect(findings('postgres', `${off}${add}; ALTER TABLE users VALIDATE CONSTRAINT ${name}; ${set}`)).toEqual([])
    expect(findings('postgres', `${off}${add}; ${set}`)).toEqual(['set-not-null: NOT NULL for users.phone'])
    expect(findings('postgres', `${off}${add}; ALTER TABLE users VALIDATE CONSTRAINT other; ${set}`)).toHaveLength(1)
  })

  test('the check of a table in a schema, by the name that the server gives', () => {
    const before = 'CREATE TABLE sales.orders (id int, total int)'
    const add = `${off}ALTER TABLE sales.orders ADD CHECK (total IS NOT NULL) NOT VALID; ALTER TABLE sales.orders VALIDATE CONSTRAINT orders_total_check`
    expect(findings('postgres', `${add}; ALTER TABLE sales.orders ALTER total SET NOT NULL`, before)).toEqual([])
  })

  test.each([
    ['more than the null', '((phone IS NOT NULL) OR (score > 0))'],
    ['another column', '(email IS NOT NULL)'],
    ['an expression', '(lower(phone) IS NOT NULL)'],
  ])('no check of %s', (_, check) => {
    const validated = `${off}ALTER TABLE users ADD CONSTRAINT c CHECK ${check} NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c`
    expect(findings('postgres', `${validated}; ${set}`)).toEqual(['set-not-null: NOT NULL for users.phone'])
  })

  test('what an earlier migration says of the column, under its new name, and no longer where it was dropped', () => {
    const before = 'CREATE TABLE a (b int, c int, CONSTRAINT b_known CHECK (b IS NOT NULL), PRIMARY KEY (c))'
    expect(findings('postgres', 'ALTER TABLE a ALTER b SET NOT NULL, ALTER c SET NOT NULL', before)).toEqual([])
    expect(findings('postgres', 'ALTER TABLE a ALTER d SET NOT NULL', `${before}; ALTER TABLE a RENAME b TO d`)).toEqual([])
    const anew = `${before}; ALTER TABLE a DROP b; ALTER TABLE a ADD b int`
    expect(findings('postgres', 'ALTER TABLE a ALTER b SET NOT NULL', anew)).toEqual(['set-not-null: NOT NULL for a.b'])
    expect(findings('postgres', 'ALTER TABLE e ALTER b SET NOT NULL', `${before}; ALTER TABLE a RENAME TO e`)).toEqual([])
  })

  test('nothing where no migration has made the table', () => {
    const before = 'ALTER TABLE unknown DROP a; ALTER TABLE unknown RENAME b TO c; ALTER TABLE unknown RENAME TO other'
    expect(findings('postgres', 'ALTER TABLE other ALTER c SET NOT NULL', before)).toEqual(['set-not-null: NOT NULL for other.c'])
  })
})

describe('on PostgreSQL a write', () => {
  const besides = (write: string): string[] => findings('postgres', `ALTER TABLE users ADD a int; ${write}`)
  const beside = (what: string): string => `backfill-beside-structure: ${what} in the transaction of a change of structure`

  const cases: readonly (readonly [sql: string, ...found: string[]])[] = [
    ['COPY notes (id, text) FROM stdin', beside('INSERT notes')],
    ['COPY notes TO stdout'],
    ['COPY (SELECT id FROM notes) TO stdout'],
    ['INSERT INTO notes (SELECT 1)', beside('INSERT notes')],
    ['INSERT INTO notes TABLE notes', beside('INSERT notes')],
    ['INSERT INTO notes WITH a AS (SELECT 1) SELECT * FROM a', beside('INSERT notes')],
    ["INSERT INTO notes VALUES (1, 'a') ON CONFLICT DO NOTHING"],
    ['DELETE FROM notes WHERE id = 1', beside('DELETE notes')],
    ['MERGE INTO ONLY notes USING users ON true WHEN MATCHED THEN UPDATE SET text = 1', beside('MERGE notes')],
    ['WITH a AS (SELECT 1) SELECT * FROM notes FOR UPDATE'],
    ['WITH a AS (SELECT 1) INSERT INTO notes (id) SELECT 1 ON CONFLICT (id) DO UPDATE SET text = 1', beside('INSERT notes')],
    ['WITH a AS (SELECT 1) MERGE INTO notes USING a ON true WHEN MATCHED THEN DELETE', beside('MERGE notes')],
    ['WITH RECURSIVE a (n) AS MATERIALIZED (SELECT 1), b AS (INSERT INTO notes SELECT n FROM a) SELECT 1', beside('INSERT notes')],
    ['WITH a AS (WITH b AS (DELETE FROM notes WHERE id = 1 RETURNING id) SELECT * FROM b) SELECT 1', beside('DELETE notes')],
    ['WITH a AS (SELECT 1) VALUES (1)'],
  ]
  test.each(cases)('beside a change of structure: %s', (sql, ...found) => {
    expect(besides(sql)).toEqual(found)
  })

  test.each([
    ['nothing but a view', 'CREATE VIEW v AS SELECT 1', []],
    ['a table of its own', 'CREATE TABLE a (id int); ALTER TABLE a ADD b int', []],
    ['a table that is dropped', 'DROP TABLE users', ['drop-table: DROP TABLE users', beside('UPDATE notes')]],
  ])('beside %s', (_, structure, found) => {
    expect(findings('postgres', `${structure}; UPDATE notes SET text = 1 WHERE id = 1`)).toEqual(found)
  })

  test.each([
    ['DELETE FROM users WHERE NOT false', true],
    ['DELETE FROM users WHERE 1', true],
    ['UPDATE users SET phone = (1) WHERE TRUE RETURNING id', true],
    ['UPDATE users SET phone = f(1) WHERE true AND id IS NULL', false],
    ['WITH a AS (SELECT 1) DELETE FROM users', true],
    ['EXPLAIN ANALYZE VERBOSE UPDATE users SET phone = 1', true],
    ['EXPLAIN (COSTS) UPDATE users SET phone = 1', false],
  ])('touches every row: %s is %s', (sql, every) => {
    expect(findings('postgres', sql).map((found) => found.split(':')[0])).toEqual(every ? ['write-without-where'] : [])
  })
})

describe('a way back', () => {
  const rules = (up: string, down: string): string[] => {
    const all = lintMigrations([migration('0001-earlier', earlier.postgres), migration('0002-later', up, down)], 'postgres')
    return all.flatMap(({ file, rule }) => (file === '0002-later/down.sql' ? [rule] : []))
  }

  test('may put a table back into the schema that it came from, and no other', () => {
    const up = 'ALTER TABLE users SET SCHEMA old'
    expect(rules(up, 'ALTER TABLE old.users SET SCHEMA public')).toEqual([])
    expect(rules(up, 'ALTER TABLE old.users SET SCHEMA other')).toEqual(['rename-table'])
  })

  test('may give a table in a schema its name back, and no other', () => {
    const up = 'ALTER TABLE sales.orders RENAME TO bills'
    expect(rules(up, 'ALTER TABLE sales.bills RENAME TO orders')).toEqual([])
    expect(rules(up, 'ALTER TABLE sales.bills RENAME TO others')).toEqual(['rename-table'])
  })
})

describe('SQL that no server takes is read without an end or an error', () => {
  test.each([
    'ALTER',
    'ALTER TABLE',
    'ALTER TABLE users',
    'ALTER TABLE users ADD',
    'ALTER TABLE users ADD ()',
    'ALTER TABLE users ADD a',
    'ALTER TABLE users ADD a int DEFAULT',
    'ALTER TABLE users ADD a int AS',
    'ALTER TABLE users ADD CONSTRAINT c',
    'ALTER TABLE users ADD FOREIGN KEY (a)',
    'ALTER TABLE users MODIFY',
    'ALTER DOMAIN a ADD',
    'CREATE',
    'CREATE UNIQUE',
    'CREATE TABLE',
    'CREATE TABLE a (,)',
    'CREATE INDEX',
    'CREATE DEFINER = a',
    'EXPLAIN',
    'RENAME TABLE a',
    'WITH',
  ])('%s', (sql) => {
    for (const dialect of ['postgres', 'mysql', 'sqlite'] as const)
      expect(findings(dialect, `${sql}; DROP TABLE notes`)).toContain('drop-table: DROP TABLE notes')
  })

  test('brackets that nothing closes', () => {
    expect(findings('postgres', 'CREATE TABLE a (b int')).toEqual([])
    expect(findings('postgres', 'WITH a AS (DELETE FROM users')).toEqual(['write-without-where: DELETE users without WHERE'])
  })

  test('brackets that close before they open', () => {
    expect(findings('postgres', 'UPDATE users SET phone = 1 ) ( WHERE id = 1')).toEqual([])
  })
})
