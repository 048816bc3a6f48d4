import type { ColumnChange, ModelDifference, TableDifference } from './compare-models.ts'
import { fillOf, isLiteral } from './fills.ts'
import { listOf } from './read-model.ts'
import { type ColumnModel, type IndexModel, qualifiedName, quoteName, type TableModel } from './schema-model.ts'
import { batchSize, dropOrder, line, type ScriptLine, type WriterInput } from './script.ts'

const quoted = (name: string): string => quoteName('mysql', name)
const nameOf = (table: TableModel): string => qualifiedName('mysql', table)
const alter = (table: TableModel): string => `ALTER TABLE ${nameOf(table)}`

/** SQL from one model to the other for MySQL and MariaDB; foreign keys go first and come last, for they hold on to indexes. */
export function writeMysql({ tables }: ModelDifference, input: WriterInput): ScriptLine[] {
  const each = (write: (table: TableDifference) => ScriptLine[]): ScriptLine[] => tables.changed.flatMap(write)
  const dropped = dropOrder(tables.dropped)
  return [
    ...each(({ after, foreignKeys }) => foreignKeys.dropped.map(({ name }) => line(`${alter(after)} DROP FOREIGN KEY ${quoted(name)}`))),
    ...each(({ after, checks }) => checks.dropped.map(({ name }) => line(`${alter(after)} DROP CONSTRAINT ${quoted(name)}`))),
    ...each(dropIndexes),
    ...dropped.keys.map(({ table, key }) => line(`${alter(table)} DROP FOREIGN KEY ${quoted(key.name)}`)),
    ...dropped.tables.map((table) => line(`DROP TABLE ${nameOf(table)}`)),
    ...each(({ after, columns }) => columns.dropped.map(({ name }) => line(`${alter(after)} DROP COLUMN ${quoted(name)}`))),
    ...each((table) => table.columns.changed.flatMap((change) => modifyColumn(table.after, { change, input }))),
    ...tables.added.map(createTable),
    ...each(({ after, columns }) => columns.added.flatMap((column) => addColumn(after, { column, input }))),
    ...each(addParts),
    ...tables.added.flatMap((table) => Object.values(table.foreignKeys).map((key) => line(addConstraint(table, key)))),
    ...each(({ after, foreignKeys }) => foreignKeys.added.map((key) => line(addConstraint(after, key)))),
  ]
}

function dropIndexes(table: TableDifference): ScriptLine[] {
  const { after, indexes } = table
  return [
    ...indexes.dropped.map(({ name }) => line(`DROP INDEX ${quoted(name)} ON ${nameOf(after)}`)),
    ...(dropsKeyFirst(table) ? [line(`${alter(after)} DROP PRIMARY KEY`)] : []),
  ]
}

/** A key is replaced in one statement, unless one of its columns goes or may be empty before the next key is there. */
function dropsKeyFirst({ after, primaryKey }: TableDifference): boolean {
  const columns = primaryKey.dropped.flatMap((key) => key.columns)
  const stays = primaryKey.added.length > 0 && columns.every((column) => after.columns[column]?.notNull === true)
  return primaryKey.dropped.length > 0 && !stays
}

function modifyColumn(table: TableModel, { change, input }: { change: ColumnChange; input: WriterInput }): ScriptLine[] {
  const { before, after } = change
  const name = quoted(after.name)
  const fill = fillOf(input.fills, { table, column: after })
  const tightened = !before.notNull && after.notNull && fill !== undefined
  return [
    ...(tightened ? [fillRows(table, { name, fill })] : []),
    ...replaceValues(table, { change, input }),
    line(`${alter(table)} MODIFY COLUMN ${columnDefinition(after)}`),
  ]
}

function fillRows(table: TableModel, { name, fill }: { name: string; fill: string }): ScriptLine {
  return { sql: `UPDATE ${nameOf(table)} SET ${name} = ${fill} WHERE ${name} IS NULL LIMIT ${batchSize}`, repeat: true }
}

/** Rows whose value is none of the new enum get the fill. */
function replaceValues(table: TableModel, { change, input }: { change: ColumnChange; input: WriterInput }): ScriptLine[] {
  const { before, after } = change
  const values = /^enum(\(.*\))$/i.exec(after.type)?.[1]
  const fill = input.fills.get(`${table.key}.${after.name}`)
  if (values === undefined || fill === undefined || !/^enum\(/i.test(before.type)) return []
  const name = quoted(after.name)
  return [line(`UPDATE ${nameOf(table)} SET ${name} = ${fill} WHERE ${name} NOT IN ${values}`)]
}

function addColumn(table: TableModel, { column, input }: { column: ColumnModel; input: WriterInput }): ScriptLine[] {
  const add = (definition: ColumnModel): ScriptLine => line(`${alter(table)} ADD COLUMN ${columnDefinition(definition)}`)
  const needsFill = column.notNull && column.default === undefined && column.generated === undefined
  const fill = needsFill ? input.fills.get(`${table.key}.${column.name}`) : undefined
  if (fill === undefined) return [add(column)]
  const name = quoted(column.name)
  if (isLiteral(fill)) return [add({ ...column, default: `(${fill})` }), line(`${alter(table)} ALTER COLUMN ${name} DROP DEFAULT`)]
  return [
    add({ ...column, notNull: false }),
    fillRows(table, { name, fill }),
    line(`${alter(table)} MODIFY COLUMN ${columnDefinition(column)}`),
  ]
}

function columnDefinition(column: ColumnModel): string {
  const { generated } = column
  // Without a precision of its own, ON UPDATE is refused for timestamp(3).
  const precision = /^(?:timestamp|datetime)(\(\d\))$/.exec(column.type)?.[1] ?? ''
  // Old settings of both servers make a TIMESTAMP that says nothing required, with a default of its own.
  const nullable = column.type.startsWith('timestamp') && generated === undefined ? ['NULL'] : []
  return [
    `${quoted(column.name)} ${column.type}`,
    ...(generated ? [`GENERATED ALWAYS AS (${generated.as}) ${generated.kind.toUpperCase()}`] : []),
    ...(column.notNull ? ['NOT NULL'] : nullable),
    ...(column.default === undefined ? [] : [`DEFAULT ${column.default}`]),
    ...(column.onUpdate ? [`ON UPDATE CURRENT_TIMESTAMP${precision}`] : []),
    ...(column.counted ? ['AUTO_INCREMENT'] : []),
  ].join(' ')
}

function createTable(table: TableModel): ScriptLine {
  const { primaryKey } = table
  const parts = [
    ...Object.values(table.columns).map(columnDefinition),
    ...(primaryKey ? [`PRIMARY KEY ${listOf('mysql', primaryKey.columns)}`] : []),
    ...Object.values(table.indexes).map((index) => `${index.unique ? 'UNIQUE INDEX' : 'INDEX'} ${quoted(index.name)} ${index.definition}`),
    ...Object.values(table.checks).map(({ name, definition }) => `CONSTRAINT ${quoted(name)} ${definition}`),
  ]
  return line(`CREATE TABLE ${nameOf(table)} (\n  ${parts.join(',\n  ')}\n)`)
}

function addParts(table: TableDifference): ScriptLine[] {
  const { after, primaryKey, indexes, checks } = table
  const replace = primaryKey.dropped.length > 0 && !dropsKeyFirst(table) ? 'DROP PRIMARY KEY, ' : ''
  return [
    ...primaryKey.added.map(({ columns }) => line(`${alter(after)} ${replace}ADD PRIMARY KEY ${listOf('mysql', columns)}`)),
    ...indexes.added.map((index) => line(createIndex(after, index))),
    ...checks.added.map((check) => line(addConstraint(after, check))),
  ]
}

function addConstraint(table: TableModel, { name, definition }: { name: string; definition: string }): string {
  return `${alter(table)} ADD CONSTRAINT ${quoted(name)} ${definition}`
}

function createIndex(table: TableModel, index: IndexModel): string {
  return `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${quoted(index.name)} ON ${nameOf(table)} ${index.definition}`
}
