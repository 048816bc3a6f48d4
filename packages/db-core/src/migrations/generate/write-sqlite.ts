import type { ModelDifference, TableDifference } from './compare-models.ts'
import { fillOf } from './fills.ts'
import { listOf } from './read-model.ts'
import { type ColumnModel, mentions, qualifiedName, quoteName, replaceNames, type TableModel } from './schema-model.ts'
import { line, type ScriptLine, textLiteral, type WriterInput } from './script.ts'

const quoted = (name: string): string => quoteName('sqlite', name)
const nameOf = (table: TableModel): string => qualifiedName('sqlite', table)
const alter = (table: TableModel): string => `ALTER TABLE ${nameOf(table)}`

/**
 * SQL from one model to the other for SQLite, which can add and drop plain columns; for all else a table is built anew and its rows
 * are copied. Foreign keys must be off while it runs, as the runner has them: dropping the old table would cascade.
 */
export function writeSqlite({ tables }: ModelDifference, input: WriterInput): ScriptLine[] {
  return [
    ...tables.dropped.map((table) => line(`DROP TABLE ${nameOf(table)}`)),
    ...tables.changed.flatMap((table) => (isPlain(table) ? changeInPlace(table) : rebuildTable(table, input))),
    ...tables.added.flatMap((table) => [line(createTable(table)), ...createIndexes(table, Object.values(table.indexes))]),
  ]
}

/** True when ALTER TABLE can do it and what it leaves is the same as a table made anew. */
function isPlain({ before, after, columns, primaryKey, checks, foreignKeys }: TableDifference): boolean {
  const untouched = [primaryKey, checks, foreignKeys].every(({ dropped, added }) => dropped.length + added.length === 0)
  return (
    untouched &&
    columns.changed.length === 0 &&
    columns.added.every(isAddable) &&
    columns.dropped.every((column) => isDroppable(column, { before, after }))
  )
}

function isAddable({ notNull, default: value, generated, counted }: ColumnModel): boolean {
  const constant = value === undefined ? !notNull : !value.startsWith('(') && !/^current_/i.test(value)
  return constant && generated === undefined && !counted
}

function isDroppable({ name }: ColumnModel, { before, after }: { before: TableModel; after: TableModel }): boolean {
  const texts = [
    ...Object.values(before.checks).map(({ definition }) => definition),
    ...Object.values(before.columns).map(({ generated }) => generated?.as ?? ''),
    ...Object.values(after.indexes).map(({ definition }) => definition),
  ]
  const keys = [before.primaryKey?.columns ?? [], ...Object.values(before.foreignKeys).map(({ columns }) => columns)]
  return !Object.hasOwn(after.columns, name) && !keys.flat().includes(name) && !texts.some((text) => mentions(text, name))
}

function changeInPlace({ after, columns, indexes }: TableDifference): ScriptLine[] {
  return [
    ...indexes.dropped.map(({ name }) => line(`DROP INDEX ${quoted(name)}`)),
    ...columns.dropped.map(({ name }) => line(`${alter(after)} DROP COLUMN ${quoted(name)}`)),
    ...columns.added.map((column) => line(`${alter(after)} ADD COLUMN ${columnDefinition(column, undefined)}`)),
    ...createIndexes(after, indexes.added),
  ]
}

function rebuildTable(difference: TableDifference, input: WriterInput): ScriptLine[] {
  const { before, after } = difference
  const fresh = { ...after, name: `__new_${after.name}`, schema: '' }
  const copied = Object.values(after.columns).flatMap((column) => copyOf(column, { before, after, input }))
  const into = listOf(
    'sqlite',
    copied.map(({ name }) => name),
  )
  return [
    line(createTable(renameSelf(after, fresh.name))),
    line(`INSERT INTO ${nameOf(fresh)} ${into} SELECT ${copied.map(({ value }) => value).join(', ')} FROM ${nameOf(after)}`),
    ...keepCounter({ before, after, fresh: fresh.name }),
    line(`DROP TABLE ${nameOf(after)}`),
    line(`${alter(fresh)} RENAME TO ${quoted(after.name)}`),
    ...createIndexes(after, Object.values(after.indexes)),
  ]
}

/** Checks may name their table; while it is built anew, it has another name, and SQLite gives them the right one with it. */
function renameSelf(table: TableModel, name: string): TableModel {
  const quotedNames = (text: string): string =>
    replaceNames(text, (found) => (found === table.name && !Object.hasOwn(table.columns, found) ? name : undefined))
  const bareNames = (text: string): string =>
    text.replaceAll(/'(?:[^']|'')*'|(?<![\w.])\w+(?=\.)/g, (found) => (found === table.name ? name : found))
  const checks = Object.entries(table.checks).map(
    ([key, check]) => [key, { ...check, definition: bareNames(quotedNames(check.definition)) }] as const,
  )
  return { ...table, name, checks: Object.fromEntries(checks) }
}

interface Copy {
  readonly name: string
  readonly value: string
}

function copyOf(column: ColumnModel, { before, after, input }: { before: TableModel; after: TableModel; input: WriterInput }): Copy[] {
  if (column.generated !== undefined) return []
  const old = before.columns[column.name]
  const fill = fillOf(input.fills, { table: after, column })
  const { name } = column
  if (old === undefined) return fill === undefined || input.fills.get(`${after.key}.${name}`) === undefined ? [] : [{ name, value: fill }]
  const tightened = !old.notNull && column.notNull && fill !== undefined
  return [{ name, value: tightened ? `coalesce(${quoted(name)}, ${fill})` : quoted(name) }]
}

/** Numbers that AUTOINCREMENT has given out stay given out, also those of deleted rows. */
function keepCounter({ before, after, fresh }: { before: TableModel; after: TableModel; fresh: string }): ScriptLine[] {
  const counts = (table: TableModel): boolean => Object.values(table.columns).some(({ counted }) => counted)
  if (!counts(before) || !counts(after)) return []
  const [old, made] = [textLiteral(after.name), textLiteral(fresh)]
  return [
    line(`DELETE FROM sqlite_sequence WHERE name = ${made}`),
    line(`INSERT INTO sqlite_sequence (name, seq) SELECT ${made}, seq FROM sqlite_sequence WHERE name = ${old}`),
  ]
}

function columnDefinition(column: ColumnModel, key: TableModel['primaryKey']): string {
  const { generated } = column
  return [
    `${quoted(column.name)} ${column.type}`,
    ...(column.counted && key ? ['PRIMARY KEY AUTOINCREMENT'] : []),
    ...(column.default === undefined ? [] : [`DEFAULT ${column.default}`]),
    ...(generated ? [`GENERATED ALWAYS AS (${generated.as}) ${generated.kind.toUpperCase()}`] : []),
    ...(column.notNull ? ['NOT NULL'] : []),
  ].join(' ')
}

function createTable(table: TableModel): string {
  const { primaryKey } = table
  const counted = Object.values(table.columns).some((column) => column.counted)
  const parts = [
    ...Object.values(table.columns).map((column) => columnDefinition(column, primaryKey)),
    ...(primaryKey && !counted ? [`PRIMARY KEY ${listOf('sqlite', primaryKey.columns)}`] : []),
    ...Object.values(table.foreignKeys).map(({ definition }) => definition),
    ...Object.values(table.checks).map(({ name, definition }) => `CONSTRAINT ${quoted(name)} ${definition}`),
  ]
  return `CREATE TABLE ${nameOf(table)} (\n  ${parts.join(',\n  ')}\n)`
}

function createIndexes(table: TableModel, indexes: readonly TableModel['indexes'][string][]): ScriptLine[] {
  return indexes.map(({ name, unique, definition }) =>
    line(`CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${quoted(name)} ON ${nameOf(table)} ${definition}`),
  )
}
