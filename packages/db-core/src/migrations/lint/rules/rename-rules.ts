import type { SchemaChange } from '../changes/schema-change.ts'
import { everyDialect, type LintContext, type Rule } from '../lint-rule.ts'

export const renameTable: Rule = {
  name: 'rename-table',
  dialects: everyDialect,
  excuse: 'contract',
  danger: 'code that still runs knows the old name only, and every statement with it fails.',
  instead:
    'Keep the name in the database and change it in the code; or create the new table, write both, copy in batches, and drop the old one later.',
  find(change, { made, file, undoes }) {
    if (change.kind !== 'rename-table' || made.tables.has(change.table)) return []
    if (undoes?.changes.some((done) => done.kind === change.kind && done.table === change.to && done.to === change.table) === true)
      return []
    // The other half of a rebuilt table is judged where the old one is dropped.
    if (file.some((other) => other.kind === 'drop-table' && other.name === change.to)) return []
    return [{ subject: `RENAME TABLE ${change.table} TO ${change.to}`, object: change.table, table: change.table }]
  },
}

export const renameColumn: Rule = {
  name: 'rename-column',
  dialects: everyDialect,
  excuse: 'contract',
  danger: 'code that still runs knows the old name only, and its reads and writes fail.',
  instead:
    'Keep the name in the database and change it in the code; or add a column, write both, fill it in batches, and drop `{column}` later.',
  find(change, context) {
    const rename = renameOf(change)
    if (rename === undefined || context.made.hasColumn(rename.table, rename.column) || undoesRename(rename, context)) return []
    const { table, column, to } = rename
    return [{ subject: `RENAME COLUMN ${table}.${column} TO ${to}`, object: `${table}.${column}`, table, column }]
  },
}

interface ColumnRename {
  readonly table: string
  readonly column: string
  readonly to: string
}

/** Also CHANGE of MySQL, where it gives another name. */
function renameOf(change: SchemaChange): ColumnRename | undefined {
  if (change.kind === 'rename-column') return change
  if (change.kind !== 'redefine-column' || change.column === change.definition.name) return undefined
  return { table: change.table, column: change.column, to: change.definition.name }
}

function undoesRename(rename: ColumnRename, { undoes }: LintContext): boolean {
  const renames = undoes?.changes.flatMap((change) => renameOf(change) ?? []) ?? []
  return (
    undoes?.made.hasColumn(rename.table, rename.column) === true ||
    renames.some((done) => done.table === rename.table && done.to === rename.column && done.column === rename.to)
  )
}

export const renameEnumValue: Rule = {
  name: 'rename-enum-value',
  dialects: ['postgres'],
  excuse: 'contract',
  danger: 'code that still runs writes the old value and fails, and reads a new one that it does not know.',
  instead: 'Add the new value, release code that reads both, change the rows in batches, and leave the old value unused.',
  find(change, { made, undoes }) {
    if (change.kind !== 'rename-enum-value' || made.others.has(change.type)) return []
    if (undoes?.changes.some((done) => done.kind === change.kind && done.from === change.to && done.to === change.from) === true) return []
    return [{ subject: `ALTER TYPE ${change.type} RENAME VALUE ${change.from}`, object: change.type }]
  },
}
