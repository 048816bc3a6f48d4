import type { Direction, MigrationScript } from '../store/migration.ts'
import { splitStatements } from '../files/split-statements.ts'
import { sqlTokens, type SqlDialect } from '../files/sql-tokens.ts'
import { MigrationError } from '../store/migration-error.ts'
import { readChanges } from './changes/read-changes.ts'
import type { LocatedChange, SchemaChange } from './changes/schema-change.ts'
import type { KnownSchema } from './known-schema.ts'
import { applyExceptions, type LocatedFound } from './excuse-findings.ts'
import { readExceptions } from './lint-exceptions.ts'
import type { LintFinding } from './lint-finding.ts'
import type { LintContext, UndoneMigration } from './lint-rule.ts'
import { rules } from './lint-rules.ts'
import { MadeByFile } from './made-by-file.ts'

export interface ScriptSurroundings {
  /** The migration's. */
  readonly name: string
  readonly dialect: SqlDialect
  readonly direction: Direction
  readonly contract: string | undefined
  /** Before the file; it is changed as the file changes it. */
  readonly schema: KnownSchema
  readonly undoes: UndoneMigration | undefined
}

export interface LintedScript {
  readonly findings: readonly LintFinding[]
  readonly changes: readonly SchemaChange[]
  readonly made: MadeByFile
  readonly schema: KnownSchema
}

export function lintScript(script: MigrationScript, surroundings: ScriptSurroundings): LintedScript {
  const { name, dialect, direction, schema, undoes, contract } = surroundings
  const file = `${name}/${direction}.sql`
  const read = readScript(script.text, dialect)
  if (typeof read === 'string') {
    const finding = { file, line: 1, rule: 'unreadable', message: read, advice: 'Correct the SQL.' }
    return { findings: [finding], changes: [], made: new MadeByFile(), schema }
  }
  const changes = read.map(({ change }) => change)
  const made = new MadeByFile(goneAnyway(changes, undoes))
  const found = read.flatMap(({ change, line, online }, index) => {
    const later = changes.slice(index + 1)
    const transaction = script.transaction && dialect !== 'mysql'
    const context = { dialect, direction, transaction, online: online === true, schema, made, file: changes, later, undoes }
    const results = judge(change, { context, line })
    made.apply(change, schema)
    schema.apply(change)
    return results
  })
  const exceptions = readExceptions(sqlTokens(script.text, dialect), new Set(rules.map((rule) => rule.name)))
  return { findings: applyExceptions(found, { file, dialect, direction, contract, exceptions, changes }), changes, made, schema }
}

/** Every change with its line in the file; words where the SQL cannot be read. */
function readScript(sql: string, dialect: SqlDialect): LocatedChange[] | string {
  try {
    return splitStatements(sql, dialect).flatMap(({ text, line }) =>
      readChanges(text, dialect).map((located) => ({ ...located, line: line + located.line - 1 })),
    )
  } catch (error) {
    if (error instanceof MigrationError) return error.message
    throw error
  }
}

function judge(change: SchemaChange, { context, line }: { context: LintContext; line: number }): LocatedFound[] {
  const applicable = rules.filter(({ dialects }) => dialects.includes(context.dialect))
  return applicable.flatMap((rule) => rule.find(change, context).map((found) => ({ rule, found, line })))
}

/** A table that up.sql made and down.sql drops may be locked on the way. */
function goneAnyway(changes: readonly SchemaChange[], undoes: UndoneMigration | undefined): string[] {
  return changes.flatMap((change) => (change.kind === 'drop-table' && undoes?.made.tables.has(change.name) === true ? [change.name] : []))
}
