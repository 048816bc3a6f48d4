import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Direction, Migration } from '../src/migrations/store/migration.ts'
import { sqlTokens, type SqlDialect } from '../src/migrations/files/sql-tokens.ts'
import { lintMigrations } from '../src/migrations/lint/lint-migrations.ts'
import { lintRules } from '../src/migrations/lint/lint-rules.ts'
import { accepted } from './support/accepted-migrations.ts'
import { earlier, refused, type LintCases } from './support/refused-migrations.ts'

const dialects = ['postgres', 'mysql', 'sqlite'] as const
const directions = ['up', 'down'] as const

function script(text: string): { path: string; text: string; transaction: boolean } {
  return { path: 'up.sql', text, transaction: !text.startsWith('-- transaction: off') }
}

function migration(name: string, up: string, down?: string): Migration {
  const contract = /^-- contract: (\S+)/m.exec(up)?.[1]
  return {
    name,
    up: script(up),
    down: down === undefined ? undefined : script(down),
    checksum: '',
    ...(contract !== undefined && { contract }),
  }
}

/** The findings in a file that comes after the tables of `earlier`. */
function lint(dialect: SqlDialect, direction: Direction, sql: string): ReturnType<typeof lintMigrations> {
  const first = migration('0001-earlier', earlier[dialect])
  const second = direction === 'up' ? migration('0002-later', sql) : migration('0002-later', 'SELECT 1', sql)
  return lintMigrations([first, second], dialect)
}

function rulesOf(findings: ReturnType<typeof lintMigrations>): string[] {
  return [...new Set(findings.map(({ rule }) => rule))]
}

describe.each(dialects)('the lint on %s', (dialect) => {
  it.each(directions)('refuses in %s.sql each variant of each rule, and for that rule alone', (direction) => {
    for (const [rule, cases] of Object.entries(refused))
      for (const sql of cases[dialect] ?? []) {
        const findings = lint(dialect, direction, sql)
        expect(rulesOf(findings), sql).toEqual([rule])
        expect(findings[0]?.file).toBe(`0002-later/${direction}.sql`)
      }
  })

  it.each(directions)('accepts in %s.sql what is safe', (direction) => {
    for (const cases of Object.values(accepted))
      for (const sql of cases[dialect] ?? []) expect(lint(dialect, direction, sql), sql).toEqual([])
  })

  it('has a refused and an accepted example of each of its rules', () => {
    for (const { name, dialects: where } of lintRules) {
      const has = (cases: typeof refused): boolean => (cases[name]?.[dialect]?.length ?? 0) > 0
      expect([has(refused), has(accepted)], name).toEqual([where.includes(dialect), where.includes(dialect)])
    }
  })
})

/** Writes a comment or a line end in each gap, and words in other letter case; the first line may be a header. */
function disguised(sql: string, dialect: SqlDialect, seeds: readonly number[]): string {
  const header = /^-- transaction: off\n/.exec(sql)?.[0] ?? ''
  const gaps = [' ', '\n', '\t ', ' /* ; DROP TABLE users; */ ', " -- '; DROP TABLE notes\n", ' /* " */ ']
  let end = header.length
  let text = header
  for (const [index, token] of sqlTokens(sql, dialect).entries()) {
    if (token.kind === 'comment') continue
    const seed = seeds[index % seeds.length] ?? 0
    if (token.start > end) text += gaps[seed % gaps.length]
    text += token.kind === 'word' && seed % 2 === 0 ? token.text.toUpperCase() : token.text
    end = token.start + token.text.length
  }
  return text
}

/** Exceptions are comments themselves, and stay as they are. */
function judged(cases: LintCases, dialect: SqlDialect): { sql: string; rules: string[] }[] {
  return Object.entries(cases).flatMap(([rule, texts]) =>
    rule === 'bad-exception' ? [] : (texts[dialect] ?? []).map((sql) => ({ sql, rules: [rule] })),
  )
}

it.each(dialects)('comments, layout and letter case change no judgement on %s', (dialect) => {
  const cases = [...judged(refused, dialect), ...judged(accepted, dialect).map(({ sql }) => ({ sql, rules: [] }))]
  const seeds = fc.array(fc.nat(1000), { minLength: 3, maxLength: 9 })
  fc.assert(
    fc.property(fc.constantFrom(...cases), seeds, ({ rules, sql }, numbers) => {
      const text = disguised(sql, dialect, numbers)
      expect(rulesOf(lint(dialect, 'up', text)), text).toEqual(rules)
    }),
    { numRuns: 500 },
  )
})

const off = '-- transaction: off\n'

/** A migration and its way back, which takes away only what the way up has made. */
const waysBack: readonly (readonly [SqlDialect, up: string, down: string])[] = [
  ['postgres', 'CREATE TABLE a (id int); CREATE INDEX a_id ON a (id)', 'DROP INDEX a_id; DROP TABLE a CASCADE'],
  ['postgres', 'ALTER TABLE users ADD COLUMN a int, ADD b int', 'ALTER TABLE users DROP COLUMN b, DROP a CASCADE'],
  ['postgres', 'CREATE VIEW a AS SELECT 1', 'DROP VIEW a'],
  ['postgres', "CREATE TYPE a AS ENUM ('b')", 'DROP TYPE a CASCADE'],
  ['postgres', 'CREATE SCHEMA a; CREATE TABLE a.b (id int)', 'DROP TABLE a.b; DROP SCHEMA a CASCADE'],
  [
    'postgres',
    '-- contract: 0001-earlier because it says mail now\nALTER TABLE users RENAME email TO mail',
    'ALTER TABLE users RENAME mail TO email',
  ],
  [
    'postgres',
    '-- contract: 0001-earlier because they are people now\nALTER TABLE users RENAME TO persons',
    'ALTER TABLE persons RENAME TO users',
  ],
  [
    'postgres',
    "-- contract: 0001-earlier because it reads both words\nALTER TYPE mood RENAME VALUE 'sad' TO 'blue'",
    "ALTER TYPE mood RENAME VALUE 'blue' TO 'sad'",
  ],
  [
    'postgres',
    `${off}ALTER TABLE users VALIDATE CONSTRAINT phone_known; ALTER TABLE users ALTER phone SET NOT NULL`,
    'ALTER TABLE users ALTER phone DROP NOT NULL',
  ],
  ['postgres', `${off}CREATE INDEX CONCURRENTLY a ON users (phone)`, `${off}DROP INDEX CONCURRENTLY a`],
  ['mysql', 'ALTER TABLE users ADD a int, ADD INDEX (a)', 'ALTER TABLE users DROP a'],
  ['mysql', 'ALTER TABLE users MODIFY phone text NOT NULL, LOCK=NONE', 'ALTER TABLE users MODIFY phone text'],
  [
    'mysql',
    '-- contract: 0001-earlier because it says mail now\nALTER TABLE users CHANGE email mail varchar(50) NOT NULL',
    'ALTER TABLE users CHANGE mail email varchar(50) NOT NULL',
  ],
  [
    'sqlite',
    'CREATE TABLE __new_users (id text PRIMARY KEY, email text NOT NULL, phone text, age int); INSERT INTO __new_users SELECT *, 1 FROM users; DROP TABLE users; ALTER TABLE __new_users RENAME TO users',
    'CREATE TABLE __new_users (id text PRIMARY KEY, email text NOT NULL, phone text); INSERT INTO __new_users SELECT id, email, phone FROM users; DROP TABLE users; ALTER TABLE __new_users RENAME TO users',
  ],
]

it.each(waysBack)('on %s the way back of %s may be %s', (dialect, up, down) => {
  expect(lintMigrations([migration('0001-earlier', earlier[dialect]), migration('0002-later', up, down)], dialect)).toEqual([])
})

it.each([
  ['CREATE TABLE a (id int)', 'DROP TABLE a, users', ['drop-table']],
  ['ALTER TABLE users ADD a int', 'ALTER TABLE users DROP a, DROP phone', ['drop-column']],
  [`${off}CREATE INDEX CONCURRENTLY a ON users (phone)`, 'DROP INDEX a', ['index-not-concurrent']],
  ['ALTER TABLE users ALTER COLUMN email TYPE text', 'ALTER TABLE users ALTER COLUMN email TYPE varchar(200)', ['change-column-type']],
  [
    '-- contract: 0001-earlier because it is unused\nALTER TABLE users DROP email',
    'ALTER TABLE users ADD email text NOT NULL',
    ['add-required-column'],
  ],
  [
    '-- allow drop-not-null users.email: guests have none\nALTER TABLE users ALTER email DROP NOT NULL',
    'ALTER TABLE users ALTER email SET NOT NULL',
    ['set-not-null'],
  ],
] as const)('the way back of %s must not be %s', (up, down, rules) => {
  const findings = lintMigrations([migration('0001-earlier', earlier.postgres), migration('0002-later', up, down)], 'postgres')
  expect(findings.map(({ file, rule }) => [file, rule])).toEqual(rules.map((rule) => ['0002-later/down.sql', rule]))
})

describe('exceptions', () => {
  const drop = 'ALTER TABLE users DROP COLUMN phone'

  it.each([
    ['up', `-- contract: 0001-earlier because nobody reads it any more\n${drop}`],
    ['up', `-- contract: 0002-later because all is stopped meanwhile\n${drop}`],
    ['down', `-- allow drop-column users.phone: it was never filled\n${drop}`],
    ['down', `-- allow drop-column users: none of these was filled\n${drop}`],
    [
      'up',
      '-- contract: 0001-earlier because it cannot read nulls\n-- allow drop-not-null users.email: told by the contract\nALTER TABLE users ALTER email DROP NOT NULL',
    ],
  ] as const)('in %s.sql excuse with a reason: %s', (direction, sql) => {
    expect(lint('postgres', direction, sql)).toEqual([])
  })

  it.each([
    ['up', `-- allow drop-column users.phone: it was never filled\n${drop}`, ['bad-exception', 'drop-column']],
    ['up', `-- contract: 0001-earlier because no\n${drop}`, ['bad-exception', 'drop-column']],
    ['up', `-- contract: 0001-earlier\n${drop}`, ['bad-exception', 'drop-column']],
    ['up', `/* contract: 0001-earlier because nobody reads it any more */ ${drop}`, ['bad-exception', 'drop-column']],
    ['up', `-- contract: 0003-unknown because nobody reads it any more\n${drop}`, ['bad-exception']],
    ['down', `-- contract: 0001-earlier because nobody reads it any more\n${drop}`, ['bad-exception', 'drop-column']],
    ['down', `-- allow drop-column: too short\n${drop}`, ['bad-exception', 'drop-column']],
    ['down', `-- allow drop-column\n${drop}`, ['bad-exception', 'drop-column']],
    ['down', `-- allow drop-column users.email: it was never filled\n${drop}`, ['bad-exception', 'drop-column']],
    ['down', `-- allow drop-column use: it was never filled\n${drop}`, ['bad-exception', 'drop-column']],
    ['down', `SELECT '-- allow drop-column: it was never filled'; ${drop}`, ['drop-column']],
    ['up', `-- allow ends-transaction: it is begun again\nCOMMIT`, ['bad-exception', 'ends-transaction']],
  ] as const)('in %s.sql do not excuse: %s', (direction, sql, rules) => {
    expect(rulesOf(lint('postgres', direction, sql)).toSorted()).toEqual(rules)
  })
})

it('a finding says where, what happens to whom, what to do instead, and how to excuse it', () => {
  expect(lint('postgres', 'up', `SELECT 1;\n\nALTER TABLE users\n  ADD COLUMN age int,\n  ALTER COLUMN phone SET NOT NULL;`)).toEqual([
    {
      file: '0002-later/up.sql',
      line: 5,
      rule: 'set-not-null',
      message: 'NOT NULL for users.phone: the server reads the whole table to look for nulls, and nobody reads or writes it meanwhile.',
      advice:
        'In a file with `-- transaction: off`: `ALTER TABLE users ADD CONSTRAINT phone_not_null CHECK (phone IS NOT NULL) NOT VALID`, `VALIDATE CONSTRAINT phone_not_null`, `ALTER COLUMN phone SET NOT NULL`, `DROP CONSTRAINT phone_not_null`. Where it does no harm: `-- allow set-not-null users.phone: <reason>`.',
    },
  ])
})

it('a file whose quotes have no end is a finding', () => {
  expect(rulesOf(lint('mysql', 'down', "SELECT 1;\nSELECT 'a"))).toEqual(['unreadable'])
})

it('each rule is one line of Markdown, and its name is unique', () => {
  expect(new Set(lintRules.map(({ name }) => name)).size).toBe(lintRules.length)
  for (const { name, danger, instead, dialects: where } of lintRules) {
    expect(name).toMatch(/^[a-z-]+$/)
    expect(where.length).toBeGreaterThan(0)
    for (const text of [danger, instead]) expect(text, name).toMatch(/^[^\n|{}]+\.$/)
  }
})
