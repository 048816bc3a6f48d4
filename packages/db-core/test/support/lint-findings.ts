import type { Migration } from '../../src/migrations/store/migration.ts'
import type { SqlDialect } from '../../src/migrations/files/sql-tokens.ts'
import { lintMigrations } from '../../src/migrations/lint/lint-migrations.ts'
import { earlier } from './refused-migrations.ts'

export function migration(name: string, up: string, down?: string): Migration {
  const script = (text: string) => ({ path: 'up.sql', text, transaction: !text.startsWith('-- transaction: off') })
  return { name, up: script(up), down: down === undefined ? undefined : script(down), checksum: '' }
}

/** `rule: what the statement does`, for each finding in a file that comes after these tables. */
export function findings(dialect: SqlDialect, sql: string, before = earlier[dialect]): string[] {
  const all = lintMigrations([migration('0001-earlier', before), migration('0002-later', sql)], dialect)
  return all.flatMap(({ file, rule, message }) => (file.startsWith('0002') ? [`${rule}: ${message.split(': ', 1)[0]}`] : []))
}
