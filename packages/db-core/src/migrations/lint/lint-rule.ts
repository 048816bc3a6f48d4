import type { Direction } from '../store/migration.ts'
import type { SqlDialect } from '../files/sql-tokens.ts'
import type { SchemaChange } from './changes/schema-change.ts'
import type { KnownSchema } from './known-schema.ts'
import type { MadeByFile } from './made-by-file.ts'

export interface LintContext {
  readonly dialect: SqlDialect
  readonly direction: Direction
  /** Whether the file runs in one transaction. */
  readonly transaction: boolean
  /** By LOCK=NONE of MySQL. */
  readonly online: boolean
  /** As it is before the change. */
  readonly schema: KnownSchema
  readonly made: MadeByFile
  /** Every change of the file, and those after this one. */
  readonly file: readonly SchemaChange[]
  readonly later: readonly SchemaChange[]
  /** For down.sql, what up.sql of the same migration does. */
  readonly undoes: UndoneMigration | undefined
}

export interface UndoneMigration {
  readonly before: KnownSchema
  readonly made: MadeByFile
  readonly changes: readonly SchemaChange[]
}

export interface Found {
  /** The dangerous SQL in a few words: `DROP COLUMN users.phone`. */
  readonly subject: string
  /** What an exception can name: `users.phone`. */
  readonly object: string
  readonly table?: string
  readonly column?: string
}

/** The same for all dialects, or a text of its own for each. */
export type RuleText = string | Partial<Record<SqlDialect, string>>

export interface Rule {
  readonly name: string
  readonly dialects: readonly SqlDialect[]
  /** What excuses it in up.sql; in down.sql `allow` excuses what `contract` does. Nothing excuses what cannot work. */
  readonly excuse: 'contract' | 'allow' | 'nothing'
  /** What happens to whom, in one line of Markdown. */
  readonly danger: RuleText
  /** What to do instead; {table}, {column} and {object} become names. */
  readonly instead: RuleText
  find(change: SchemaChange, context: LintContext): readonly Found[]
}

export const everyDialect: readonly SqlDialect[] = ['postgres', 'mysql', 'sqlite']

export function textFor(text: RuleText, dialect: SqlDialect): string {
  return typeof text === 'string' ? text : (text[dialect] ?? '')
}
