import type { Column, SchemaChange } from '../changes/schema-change.ts'
import { everyDialect, type Found, type LintContext, type Rule } from '../lint-rule.ts'
import { rebuiltFrom } from '../made-by-file.ts'
import { isWidening } from './type-widening.ts'

const changeColumnType: Rule = {
  name: 'change-column-type',
  dialects: ['postgres', 'mysql'],
  excuse: 'allow',
  danger: {
    postgres: 'the server writes the whole table and its indexes again, and nobody reads or writes it meanwhile.',
    mysql: 'the server copies the whole table, and nobody writes it meanwhile.',
  },
  instead: 'Add a second column of the new type, write both, fill it in batches (`-- repeat`), read from it, and drop `{column}` later.',
  find(change, context) {
    const retyped = retypedColumn(change)
    if (retyped === undefined || context.online || context.made.tables.has(retyped.table)) return []
    const { table, column, type } = retyped
    const before = context.schema.column(table, column)
    if (before !== undefined && !retyped.converted && isWidening(before.type, type, context.dialect)) return []
    return [{ subject: `${table}.${column} becomes ${type}`, object: `${table}.${column}`, table, column }]
  },
}

function retypedColumn(change: SchemaChange): { table: string; column: string; type: string; converted: boolean } | undefined {
  if (change.kind === 'change-type') return change
  if (change.kind !== 'redefine-column') return undefined
  return { table: change.table, column: change.column, type: change.definition.type, converted: false }
}

const addRequiredColumn: Rule = {
  name: 'add-required-column',
  dialects: everyDialect,
  excuse: 'allow',
  danger: {
    postgres: 'it fails where the table has a row, and code that still runs, which does not give the value, can insert nothing.',
    mysql: 'rows get an empty value that nobody chose, and code that still runs, which does not give the value, can insert nothing.',
    sqlite: 'it fails where the table has a row, and code that still runs, which does not give the value, can insert nothing.',
  },
  instead: 'Give it a DEFAULT; or add it without NOT NULL, fill it in batches (`-- repeat`), and require it in a later migration.',
  find(change, context) {
    return requiredColumns(change, context).map(({ table, column }) => ({
      subject: `ADD COLUMN ${table}.${column} NOT NULL without DEFAULT`,
      object: `${table}.${column}`,
      table,
      column,
    }))
  },
}

function requiredColumns(change: SchemaChange, context: LintContext): { table: string; column: string }[] {
  if (change.kind === 'drop-table') return requiredByRebuilding(change.name, context)
  if (change.kind !== 'add-column' || context.made.tables.has(change.table) || !isRequired(change.column)) return []
  return [{ table: change.table, column: change.column.name }]
}

function isRequired({ notNull, default: value, generated }: Column): boolean {
  return notNull && value === undefined && generated === undefined
}

function requiredByRebuilding(table: string, { made, later, file, schema }: LintContext): { table: string; column: string }[] {
  const successor = rebuiltFrom(table, made, later)
  const before = schema.columns(table)
  const created = file.find((other) => other.kind === 'create-table' && other.table === successor)
  if (created?.kind !== 'create-table' || before.length === 0) return []
  return created.columns
    .filter((column) => isRequired(column) && !before.includes(column.name))
    .map(({ name }) => ({ table, column: name }))
}

const setNotNull: Rule = {
  name: 'set-not-null',
  dialects: ['postgres', 'mysql'],
  excuse: 'allow',
  danger: {
    postgres: 'the server reads the whole table to look for nulls, and nobody reads or writes it meanwhile.',
    mysql: 'the server writes the table again, and where the mode is not strict, nulls become empty values that nobody chose.',
  },
  instead: {
    postgres:
      'In a file with `-- transaction: off`: `ALTER TABLE {table} ADD CONSTRAINT {column}_not_null CHECK ({column} IS NOT NULL) NOT VALID`, `VALIDATE CONSTRAINT {column}_not_null`, `ALTER COLUMN {column} SET NOT NULL`, `DROP CONSTRAINT {column}_not_null`.',
    mysql:
      'Fill the nulls in batches (`-- repeat`) and add `, ALGORITHM=INPLACE, LOCK=NONE` to the statement, so that others go on writing.',
  },
  find(change, context) {
    const target = requiredTarget(change)
    if (target === undefined || context.online || context.made.tables.has(target.table)) return []
    const { table, column } = target
    if (context.schema.isNeverNull(table, column)) return []
    return [{ subject: `NOT NULL for ${table}.${column}`, object: `${table}.${column}`, table, column }]
  },
}

function requiredTarget(change: SchemaChange): { table: string; column: string } | undefined {
  if (change.kind === 'set-not-null') return change
  if (change.kind === 'redefine-column' && change.definition.notNull) return change
  if (change.kind !== 'add-constraint' || change.constraint.kind !== 'not-null' || change.constraint.notValid) return undefined
  return { table: change.table, column: change.constraint.notNullColumn ?? '' }
}

const dropNotNull: Rule = {
  name: 'drop-not-null',
  dialects: ['postgres', 'mysql'],
  excuse: 'allow',
  danger: 'code that still runs may read a null where it has always found a value, and fail.',
  instead: 'Release code that reads nulls of `{column}` before any code writes them, and say so in the exception.',
  find(change, context) {
    const found = freedColumn(change, context)
    if (found === undefined || context.made.hasColumn(found.table, found.column) || wasFree(found, context)) return []
    const { table, column } = found
    return [{ subject: `NULL allowed in ${table}.${column}`, object: `${table}.${column}`, table, column } satisfies Found]
  },
}

function freedColumn(change: SchemaChange, { schema }: LintContext): { table: string; column: string } | undefined {
  if (change.kind === 'drop-not-null') return change
  if (change.kind !== 'redefine-column' || change.definition.notNull) return undefined
  return schema.column(change.table, change.column)?.notNull === true ? change : undefined
}

/** In down.sql: whether nulls were allowed before up.sql. */
function wasFree({ table, column }: { table: string; column: string }, { undoes }: LintContext): boolean {
  if (undoes === undefined) return false
  const required = undoes.changes.some((done) => done.kind === 'set-not-null' && done.table === table && done.column === column)
  return required || undoes.made.hasColumn(table, column) || undoes.before.column(table, column)?.notNull === false
}

/** What makes a column stricter, looser or another. */
export const columnRules: readonly Rule[] = [changeColumnType, addRequiredColumn, setNotNull, dropNotNull]
