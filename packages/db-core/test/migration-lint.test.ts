import { describe, expect, it } from 'vitest'
import type { Direction, Migration } from '../src/migrations/files/migration.ts'
import type { SqlDialect } from '../src/migrations/files/sql-tokens.ts'
import { lintMigrations } from '../src/migrations/lint/lint-migrations.ts'
import { lintRules } from '../src/migrations/lint/lint-rules.ts'
import { accepted } from './support/accepted-migrations.ts'
import { earlier, refused } from './support/refused-migrations.ts'

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
