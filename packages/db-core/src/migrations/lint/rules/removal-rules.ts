import { everyDialect, type Found, type LintContext, type Rule } from '../lint-rule.ts'
import { rebuiltFrom } from '../made-by-file.ts'
import { cascadeRule } from './cascade-rule.ts'
import { renameColumn, renameEnumValue, renameTable } from './rename-rules.ts'

const dropTable: Rule = {
  name: 'drop-table',
  dialects: everyDialect,
  excuse: 'contract',
  danger: 'every statement with this table fails in code that still runs, and the rows are gone.',
  instead: 'Release code that does not use `{table}`, and drop it in a later migration.',
  find(change, { made, later, undoes }) {
    if (change.kind !== 'drop-table' || made.tables.has(change.name) || undoes?.made.tables.has(change.name) === true) return []
    if (rebuiltFrom(change.name, made, later) !== undefined) return []
    return [{ subject: `DROP TABLE ${change.name}`, object: change.name, table: change.name }]
  },
}

const dropColumn: Rule = {
  name: 'drop-column',
  dialects: everyDialect,
  excuse: 'contract',
  danger: 'code that still runs names this column in its reads and writes, and they fail; the values are gone.',
  instead: 'Release code that neither reads nor writes `{column}`, and drop it in a later migration.',
  find(change, context) {
    if (change.kind === 'drop-table') return columnsLostByRebuilding(change.name, context)
    return change.kind === 'drop-column' ? dropOf(change, context) : []
  },
}

function dropOf({ table, column }: { table: string; column: string }, { made, undoes }: LintContext): Found[] {
  if (made.hasColumn(table, column) || undoes?.made.hasColumn(table, column) === true) return []
  return [{ subject: `DROP COLUMN ${table}.${column}`, object: `${table}.${column}`, table, column }]
}

function columnsLostByRebuilding(table: string, context: LintContext): Found[] {
  const successor = rebuiltFrom(table, context.made, context.later)
  if (successor === undefined) return []
  const kept = context.schema.columns(successor)
  const lost = context.schema.columns(table).filter((column) => !kept.includes(column))
  return lost.flatMap((column) => dropOf({ table, column }, context))
}

const dropView: Rule = {
  name: 'drop-view',
  dialects: everyDialect,
  excuse: 'contract',
  danger: 'every read of this view fails in code that still runs.',
  instead: 'Release code that does not use `{object}`, and drop it in a later migration; or create it again in the same file.',
  find(change, { made, later, undoes }) {
    if (change.kind !== 'drop-view' || made.views.has(change.name) || undoes?.made.views.has(change.name) === true) return []
    if (later.some((other) => other.kind === 'create-view' && other.view === change.name)) return []
    return [{ subject: `DROP VIEW ${change.name}`, object: change.name }]
  },
}

const dropSchema: Rule = {
  name: 'drop-schema',
  dialects: ['postgres', 'mysql'],
  excuse: 'contract',
  danger: 'everything in it is gone for everybody, also what other services keep there.',
  instead: 'Drop table by table what is known to be unused.',
  find(change, { made, undoes }) {
    if (change.kind !== 'drop-schema' || made.others.has(change.name) || undoes?.made.others.has(change.name) === true) return []
    return [{ subject: `DROP SCHEMA or DATABASE ${change.name}`, object: change.name }]
  },
}

/** What takes away something that older code may still use. */
export const removalRules: readonly Rule[] = [
  dropTable,
  dropColumn,
  renameTable,
  renameColumn,
  renameEnumValue,
  dropView,
  dropSchema,
  cascadeRule,
]
