import { getTableColumns, sql, type InferInsertModel, type InferSelectModel, type SQL } from 'drizzle-orm'
import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core'
import { InvalidValueError, UnsupportedError } from '../errors/repository-error.ts'
import { readTraits, type EntityTraits } from '../mixins/traits.ts'
import type { ManagedField } from '../repository/repository.ts'
import { columnDecoder } from './sql-arrays.ts'
import type { WireValue } from './sql-driver.ts'
import { encodeValue } from './sql-values.ts'

export type RowOf<Table extends PgTable> = InferSelectModel<Table>

/** `id`, or else the single primary key column. */
export type KeyOf<Table extends PgTable> = 'id' extends keyof RowOf<Table> ? 'id' : PrimaryKeyOf<Table>

type PrimaryKeyOf<Table extends PgTable> = {
  [Name in keyof RowOf<Table>]: Table['_']['columns'][Name & string]['_']['isPrimaryKey'] extends true ? Name : never
}[keyof RowOf<Table>]

export type IdOf<Table extends PgTable> = RowOf<Table>[KeyOf<Table>]
export type CreateOf<Table extends PgTable> = Omit<InferInsertModel<Table>, ManagedField | 'tenantId'>
export type PatchOf<Table extends PgTable> = Partial<Omit<CreateOf<Table>, KeyOf<Table>>>

export interface SqlField {
  readonly name: string
  readonly column: PgColumn
  /** Where the value stands in a row as the database gives it. */
  readonly index: number
  readonly kind: 'text' | 'uuid' | 'other'
}

/** What SqlRepository knows of a table. */
export interface SqlEntity<Row> {
  readonly table: PgTable
  readonly name: string
  readonly fields: ReadonlyMap<string, SqlField>
  readonly fieldNames: ReadonlySet<string>
  readonly key: SqlField
  readonly traits: EntityTraits
  /** All columns, in the order in which `decode` expects them. */
  readonly selection: SQL
  decode(raw: readonly unknown[]): Row
}

/** @throws UnsupportedError for a table without a single key column */
export function describeTable<Table extends PgTable>(table: Table): SqlEntity<RowOf<Table>> {
  const fields = new Map(Object.entries(getTableColumns(table)).map(([name, column], index) => [name, describeColumn(name, column, index)]))
  const name = getTableConfig(table).name
  const fieldNames = new Set(fields.keys())
  return {
    table,
    name,
    fields,
    fieldNames,
    key: findKey(name, fields),
    traits: readTraits(fieldNames),
    selection: sql.join(
      [...fields.values()].map(({ column }) => sql.identifier(column.name)),
      sql`, `,
    ),
    decode: rowDecoder<RowOf<Table>>([...fields.values()]),
  }
}

/** The field of a checked name. */
export function fieldOf(entity: SqlEntity<unknown>, name: string): SqlField {
  const field = entity.fields.get(name)
  if (field === undefined) throw new UnsupportedError(`${entity.name} has no field ${name}.`, { entity: entity.name })
  return field
}

/** The parameter that stands for `value` in comparison with, or as content of, a column. @throws InvalidValueError */
export function encodeField(entity: SqlEntity<unknown>, field: SqlField, value: unknown): WireValue {
  if (value === null) return null
  const encoded = field.kind === 'uuid' ? encodeUuid(value) : encodeByColumn(field.column, value)
  if (encoded === undefined) {
    throw new InvalidValueError(`The field ${field.name} of ${entity.name} cannot hold this value.`, {
      entity: entity.name,
      fields: [field.name],
    })
  }
  return encoded
}

const textTypes = new Set(['PgText', 'PgVarchar', 'PgChar'])
const uuidPattern = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

function describeColumn(name: string, column: PgColumn, index: number): SqlField {
  const kind = textTypes.has(column.columnType) ? 'text' : column.columnType === 'PgUUID' ? 'uuid' : 'other'
  return { name, column, index, kind }
}

function findKey(entity: string, fields: ReadonlyMap<string, SqlField>): SqlField {
  const primary = [...fields.values()].filter(({ column }) => column.primary)
  const key = fields.get('id') ?? primary[0]
  if (key === undefined) throw new UnsupportedError(`${entity} needs a field id or one primary key column.`, { entity })
  return key
}

/** A malformed UUID would only be refused by the server, which ends the transaction around it. */
function encodeUuid(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.toLowerCase() : ''
  return uuidPattern.test(text) ? text : undefined
}

function encodeByColumn(column: PgColumn, value: unknown): WireValue | undefined {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return undefined
  try {
    return encodeValue(column.mapToDriverValue(value))
  } catch {
    return undefined
  }
}

/** The parser of what comes from the database: the one place where a row gets its type. */
function rowDecoder<Row>(fields: readonly SqlField[]): (raw: readonly unknown[]) => Row {
  const readers = fields.map(({ name, column }) => ({ name, decode: columnDecoder(column) }))
  return (raw) => {
    const row: Record<string, unknown> = {}
    for (let index = 0; index < readers.length; index += 1) {
      const reader = readers[index]
      const value = raw[index]
      if (reader !== undefined) row[reader.name] = value === null || reader.decode === undefined ? value : reader.decode(value)
    }
    // oxlint-disable-next-line typescript/consistent-type-assertions -- columns and types come from the same table
    return row as Row
  }
}
