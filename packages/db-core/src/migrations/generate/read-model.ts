import type { SqlDialect } from '../files/sql-tokens.ts'
import {
  type ColumnModel,
  type EnumModel,
  type ForeignKeyModel,
  type IndexModel,
  type PartModel,
  type PrimaryKeyModel,
  qualifiedName,
  quoteName,
  type SchemaModel,
  type TableModel,
  type ViewModel,
} from './schema-model.ts'
import {
  enumerationSchema,
  type Snapshot,
  type SnapshotColumn,
  type SnapshotForeignKey,
  type SnapshotIndex,
  type SnapshotTable,
  type SnapshotView,
} from './snapshot.ts'

/** Puts a snapshot of drizzle-kit into the words of its dialect. */
export function readModel(dialect: SqlDialect, snapshot: Snapshot): SchemaModel {
  const tables = Object.values(snapshot.tables).map((table) => readTable(dialect, table))
  const enums = dialect === 'postgres' ? Object.values(snapshot.enums ?? {}).map(readEnum) : []
  return {
    dialect,
    tables: Object.fromEntries(tables.map((table) => [table.key, table])),
    enums: Object.fromEntries(enums.map((type) => [type.key, type])),
    views: Object.values(snapshot.views ?? {})
      .filter((view) => view.isExisting !== true)
      .map(readView),
  }
}

/** A name as flags and messages say it: without the schema that is searched anyway. */
export function keyOf({ name, schema = '' }: { readonly name: string; readonly schema?: string | undefined }): string {
  return schema === '' || schema === 'public' ? name : `${schema}.${name}`
}

function readTable(dialect: SqlDialect, table: SnapshotTable): TableModel {
  const primaryKey = readPrimaryKey(dialect, table)
  const inKey = new Set(primaryKey?.columns)
  const columns = Object.values(table.columns).map((column) => readColumn(dialect, { column, inKey: inKey.has(column.name) }))
  const indexes = Object.values(table.indexes).map((index) => readIndex(dialect, { index, table }))
  const uniques = Object.values(table.uniqueConstraints ?? {}).map((unique) => readUnique(dialect, unique))
  const checks = Object.values(table.checkConstraints ?? table.checkConstraint ?? {}).map(({ name, value }): PartModel => ({
    name,
    definition: `CHECK (${value})`,
    columns: [],
  }))
  const foreignKeys = Object.values(table.foreignKeys).map((key) => readForeignKey(dialect, key))
  const model = { key: keyOf(table), name: table.name, schema: table.schema ?? '', columns: byName(columns), primaryKey }
  const parts = { checks: byName(checks), foreignKeys: byName(foreignKeys) }
  if (dialect === 'postgres') return { ...model, ...parts, indexes: byName(indexes), uniques: byName(uniques) }
  const keys = [...indexes, ...uniques.map((unique) => asIndex(dialect, unique))]
  const complete = { ...model, ...parts, indexes: byName(keys), uniques: {} }
  return dialect === 'mysql' ? withKeyIndexes(complete) : complete
}

function byName<T extends { readonly name: string }>(things: readonly T[]): Record<string, T> {
  return Object.fromEntries(things.map((thing) => [thing.name, thing]))
}

function readPrimaryKey(dialect: SqlDialect, table: SnapshotTable): PrimaryKeyModel | undefined {
  const [composite] = Object.values(table.compositePrimaryKeys)
  // Elsewhere the key of a table has no name that lasts.
  if (composite) return { name: dialect === 'postgres' ? composite.name : 'primary key', columns: composite.columns }
  const columns = Object.values(table.columns).flatMap(({ name, primaryKey }) => (primaryKey ? [name] : []))
  return columns.length === 0 ? undefined : { name: dialect === 'postgres' ? `${table.name}_pkey` : 'primary key', columns }
}

function readColumn(dialect: SqlDialect, { column, inKey }: { column: SnapshotColumn; inKey: boolean }): ColumnModel {
  const { name, generated, identity } = column
  return {
    name,
    type: typeOf(dialect, column),
    notNull: column.notNull || inKey,
    default: column.default === undefined ? undefined : momentDefault(dialect, column),
    generated: generated && { as: unwrapped(generated.as), kind: generated.type === 'virtual' ? 'virtual' : 'stored' },
    identity: identity && { sequence: identity.name, definition: identityDefinition(identity) },
    counted: identity !== undefined || column.autoincrement === true || column.type.endsWith('serial'),
    onUpdate: column.onUpdate === true,
    enumKey: column.typeSchema === undefined ? undefined : keyOf({ name: elementType(column.type), schema: column.typeSchema }),
  }
}

function typeOf(dialect: SqlDialect, { type, typeSchema }: SnapshotColumn): string {
  if (typeSchema === undefined) return type
  const element = elementType(type)
  return qualifiedName(dialect, { name: element, schema: typeSchema }) + type.slice(element.length)
}

function elementType(type: string): string {
  return type.replace(/(\[\d*\])+$/, '')
}

/** drizzle-kit writes `(now())` for columns of any precision, which MySQL and MariaDB refuse for `timestamp(3)`. */
function momentDefault(dialect: SqlDialect, column: SnapshotColumn): string {
  const precision = /^(?:timestamp|datetime)(\(\d\))$/.exec(column.type)?.[1]
  const text = String(column.default)
  return dialect === 'mysql' && precision !== undefined && text === '(now())' ? `now${precision}` : text
}

/** SQLite's snapshots have the brackets, the others do not. */
function unwrapped(expression: string): string {
  return expression.startsWith('(') && expression.endsWith(')') && isWhole(expression.slice(1, -1)) ? expression.slice(1, -1) : expression
}

function isWhole(inner: string): boolean {
  let depth = 0
  for (const character of inner.replaceAll(/'(?:[^']|'')*'/g, '')) {
    if (character === '(') depth++
    if (character === ')' && --depth < 0) return false
  }
  return depth === 0
}

const sequenceOptions = [
  ['increment', 'INCREMENT BY'],
  ['minValue', 'MINVALUE'],
  ['maxValue', 'MAXVALUE'],
  ['startWith', 'START WITH'],
  ['cache', 'CACHE'],
] as const

function identityDefinition(identity: NonNullable<SnapshotColumn['identity']>): string {
  const options = sequenceOptions.flatMap(([key, words]) => {
    const value = identity[key]
    return typeof value === 'string' ? [`${words} ${value}`] : []
  })
  return [identity.type === 'always' ? 'ALWAYS' : 'BY DEFAULT', ...options, ...(identity['cycle'] === true ? ['CYCLE'] : [])].join(' ')
}

function readIndex(dialect: SqlDialect, { index, table }: { index: SnapshotIndex; table: SnapshotTable }): IndexModel {
  const isExpression = (column: string): boolean => !Object.hasOwn(table.columns, column)
  const parts = index.columns.map((column) => indexColumn(dialect, { column, isExpression }))
  const options = Object.entries(index.with ?? {}).map(([key, value]) => `${key}=${String(value)}`)
  const words = [
    ...(index.method === undefined ? [] : [`USING ${index.method}`]),
    `(${parts.map(({ text }) => text).join(', ')})`,
    ...(options.length === 0 ? [] : [`WITH (${options.join(', ')})`]),
    ...(index.where === undefined ? [] : [`WHERE ${index.where}`]),
  ]
  return {
    name: index.name,
    unique: index.isUnique,
    definition: words.join(' '),
    columns: parts.flatMap(({ column }) => column ?? []),
    expression: index.where !== undefined || parts.some(({ column }) => column === undefined),
  }
}

interface IndexPart {
  readonly text: string
  readonly column: string | undefined
}

/** Unlike drizzle-kit's own SQL, it keeps the direction of a column that has an operator class. */
function indexColumn(
  dialect: SqlDialect,
  { column, isExpression }: { column: SnapshotIndex['columns'][number]; isExpression: (column: string) => boolean },
): IndexPart {
  if (typeof column === 'string')
    return isExpression(column) ? { text: bracketed(dialect, column), column: undefined } : { text: quoteName(dialect, column), column }
  const name = column.isExpression ? undefined : column.expression
  const nulls = column.nulls !== undefined && column.nulls !== (column.asc ? 'last' : 'first') ? ` NULLS ${column.nulls.toUpperCase()}` : ''
  const text = name === undefined ? column.expression : quoteName(dialect, name)
  return { text: `${text}${column.opclass ? ` ${column.opclass}` : ''}${column.asc ? '' : ' DESC'}${nulls}`, column: name }
}

/** MySQL wants an expression of an index in brackets of its own; drizzle-kit writes it bare. */
function bracketed(dialect: SqlDialect, expression: string): string {
  return dialect === 'mysql' && !(expression.startsWith('(') && expression.endsWith(')')) ? `(${expression})` : expression
}

function readUnique(
  dialect: SqlDialect,
  unique: { readonly name: string; readonly columns: readonly string[]; readonly nullsNotDistinct?: boolean | undefined },
): PartModel {
  const { name, columns } = unique
  return { name, columns, definition: `UNIQUE${unique.nullsNotDistinct === true ? ' NULLS NOT DISTINCT' : ''} ${listOf(dialect, columns)}` }
}

function asIndex(dialect: SqlDialect, { name, columns }: PartModel): IndexModel {
  return { name, columns, unique: true, expression: false, definition: listOf(dialect, columns) }
}

/** Column names in brackets and quotes. */
export function listOf(dialect: SqlDialect, columns: readonly string[]): string {
  return `(${columns.map((column) => quoteName(dialect, column)).join(', ')})`
}

function readForeignKey(dialect: SqlDialect, key: SnapshotForeignKey): ForeignKeyModel {
  const target = { name: key.tableTo, schema: dialect === 'postgres' ? (key.schemaTo ?? 'public') : '' }
  const rules = `ON DELETE ${key.onDelete ?? 'no action'} ON UPDATE ${key.onUpdate ?? 'no action'}`
  const references = `REFERENCES ${qualifiedName(dialect, { ...target, schema: target.schema === 'public' ? '' : target.schema })}`
  const definition = `FOREIGN KEY ${listOf(dialect, key.columnsFrom)} ${references} ${listOf(dialect, key.columnsTo)} ${rules}`
  // SQLite's foreign keys have no names: what they say is who they are.
  const name = dialect === 'sqlite' ? definition : key.name
  return { name, definition, columns: key.columnsFrom, references: keyOf(target), referencedColumns: key.columnsTo }
}

/** The index that MySQL makes for a foreign key of its own accord, and does not drop with it: said, it is made and dropped like any other. */
function withKeyIndexes(table: TableModel): TableModel {
  const made: Record<string, IndexModel> = {}
  for (const key of Object.values(table.foreignKeys)) {
    const keys = [...Object.values(table.indexes), ...Object.values(made)].filter(({ expression }) => !expression)
    const leading = [table.primaryKey?.columns ?? [], ...keys.map(({ columns }) => columns)]
    if (leading.some((columns) => key.columns.every((column, position) => columns[position] === column))) continue
    made[key.name] = { ...asIndex('mysql', key), unique: false }
  }
  return { ...table, indexes: { ...table.indexes, ...made } }
}

function readEnum(value: unknown): EnumModel {
  const { name, schema, values } = enumerationSchema.parse(value)
  return { key: keyOf({ name, schema }), name, schema, values }
}

function readView(view: SnapshotView): ViewModel {
  return {
    key: keyOf(view),
    name: view.name,
    schema: view.schema === 'public' ? '' : (view.schema ?? ''),
    materialized: view.materialized === true,
    definition: JSON.stringify(view),
  }
}
