import type { SchemaChange } from '../changes/schema-change.ts'
import { everyDialect, type Rule } from '../lint-rule.ts'

const truncate: Rule = {
  name: 'truncate',
  dialects: ['postgres', 'mysql'],
  excuse: 'allow',
  danger: 'all rows are gone, and no down brings them back.',
  instead: 'Delete in batches (`-- repeat`) what is known to be unneeded.',
  find(change, { made }) {
    if (change.kind !== 'truncate' || made.tables.has(change.table)) return []
    return [{ subject: `TRUNCATE ${change.table}`, object: change.table, table: change.table }]
  },
}

const writeWithoutWhere: Rule = {
  name: 'write-without-where',
  dialects: everyDialect,
  excuse: 'allow',
  danger: 'it touches every row in one transaction: others wait for those rows until it ends, and a mistake takes all of them.',
  instead: 'Say which rows in WHERE, and take them in batches: `-- repeat` before the statement runs it until it changes no row.',
  find(change, { made }) {
    if (change.kind !== 'write' || change.bounded || made.tables.has(change.table)) return []
    return [{ subject: `${change.verb.toUpperCase()} ${change.table} without WHERE`, object: change.table, table: change.table }]
  },
}

const backfillBesideStructure: Rule = {
  name: 'backfill-beside-structure',
  dialects: ['postgres'],
  excuse: 'allow',
  danger: 'the locks of the change of structure are held while the rows are written, and nobody uses the table meanwhile.',
  instead:
    'Write the rows in a migration of their own, or begin the file with `-- transaction: off`; in batches (`-- repeat`) where there are many.',
  find(change, { made, transaction, file }) {
    if (change.kind !== 'write' || !change.fromQuery || made.tables.has(change.table) || !transaction) return []
    if (!file.some((other) => locksStructure(other, made.tables))) return []
    return [
      {
        subject: `${change.verb.toUpperCase()} ${change.table} in the transaction of a change of structure`,
        object: change.table,
        table: change.table,
      },
    ]
  },
}

const structural: ReadonlySet<SchemaChange['kind']> = new Set([
  'drop-table',
  'rename-table',
  'add-column',
  'drop-column',
  'rename-column',
  'change-type',
  'set-not-null',
  'drop-not-null',
  'add-constraint',
  'validate-constraint',
  'drop-constraint',
  'create-index',
  'drop-index',
  'rewrite-table',
  'alter-table',
])

function locksStructure(change: SchemaChange, made: ReadonlySet<string>): boolean {
  const table = 'table' in change ? change.table : 'name' in change ? change.name : ''
  return structural.has(change.kind) && !made.has(table)
}

/** What writes or loses rows. */
export const dataRules: readonly Rule[] = [truncate, writeWithoutWhere, backfillBesideStructure]
