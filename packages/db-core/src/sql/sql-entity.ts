import {
  getTableColumns,
  sql,
  type Column,
  type InferInsertModel,
  type InferSelectModel,
  type SQL,
  type Table as AnyTable,
} from 'drizzle-orm'
import { InvalidValueError, UnsupportedError } from '../errors/repository-error.ts'
import { slugField } from '../mixins/slug.ts'
import { readTraits, type EntityShape } from '../mixins/traits.ts'
import type { ManagedField } from '../repository/repository.ts'
import type { SqlDialect } from './sql-dialect.ts'
import type { WireValue } from './sql-driver.ts'
import type { SqlField } from './sql-field.ts'
import { slugSourceOf } from './sql-slug.ts'
import type { TableFacts } from './table-facts.ts'

export type RowOf<Table extends AnyTable> = InferSelectModel<Table>

/** `id`, or else the single primary key column. */
export type KeyOf<Table extends AnyTable> = 'id' extends keyof RowOf<Table> ? 'id' : PrimaryKeyOf<Table>

type PrimaryKeyOf<Table extends AnyTable> = {
  [Name in keyof RowOf<Table>]: Table['_']['columns'][Name & string]['_']['isPrimaryKey'] extends true ? Name : never
}[keyof RowOf<Table>]

export type IdOf<Table extends AnyTable> = RowOf<Table>[KeyOf<Table>]
export type CreateOf<Table extends AnyTable> = Flat<Omit<InferInsertModel<Table>, ManagedField | 'tenantId'>>
export type PatchOf<Table extends AnyTable> = Flat<Partial<Omit<CreateOf<Table>, KeyOf<Table>>>>

/** The same fields, which the compiler then shows instead of the types that they were made of. */
type Flat<Fields> = { [Field in keyof Fields]: Fields[Field] } & {}

/** What SqlRepository knows of a table. */
export interface SqlEntity<Row> extends EntityShape {
  readonly table: AnyTable
  readonly dialect: SqlDialect
  readonly facts: TableFacts
  readonly fields: ReadonlyMap<string, SqlField>
  readonly key: SqlField
  /** All columns, in the order in which `decode` expects them. */
  readonly selection: SQL
  decode(raw: readonly unknown[]): Row
}

/** What the repository is told besides the table. */
export type EntityOptions = Pick<EntityShape, 'relations' | 'searchFields'>

/**
 * @throws UnsupportedError for a table without a single key column, for a soft-deleting one whose unique keys hold deleted rows too,
 * and for search fields that are no text
 */
export function describeTable<Table extends AnyTable>(
  table: Table,
  dialect: SqlDialect,
  { relations, searchFields }: EntityOptions = {},
): SqlEntity<RowOf<Table>> {
  const facts = dialect.describeTable(table)
  const columns = Object.entries(getTableColumns(table))
  const fields = columns.map(([name, column], index): SqlField => ({ name, column, index, kind: dialect.kindOf({ column }) }))
  const fieldNames = new Set(fields.map(({ name }) => name))
  const key = findKey(facts.name, fields)
  const entity: SqlEntity<RowOf<Table>> = {
    table,
    dialect,
    facts,
    relations,
    searchFields,
    name: facts.name,
    fields: new Map(fields.map((field) => [field.name, field])),
    fieldNames,
    key,
    keyField: key.name,
    traits: { ...readTraits(fieldNames), slugFrom: slugSourceOf(fields.find(({ name }) => name === slugField)?.column) },
    selection: sql.join(
      fields.map(({ column }) => sql.identifier(column.name)),
      sql`, `,
    ),
    decode: rowDecoder<RowOf<Table>>(fields, dialect),
  }
  requireLiveKeys(entity)
  for (const name of searchFields ?? []) requireText(fieldOf(entity, name), entity)
  return entity
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
  const encoded = field.kind === 'uuid' ? encodeUuid(value) : encodeByColumn(entity.dialect, field.column, value)
  return encoded ?? refuseValue(entity, field)
}

/** The parameter that stands for a key; no row has the key null. @throws InvalidValueError */
export function encodeKey(entity: SqlEntity<unknown>, id: unknown): NonNullable<WireValue> {
  return encodeField(entity, entity.key, id) ?? refuseValue(entity, entity.key)
}

function refuseValue({ name }: SqlEntity<unknown>, field: SqlField): never {
  throw new InvalidValueError(`The field ${field.name} of ${name} cannot hold this value.`, { entity: name, fields: [field.name] })
}

const uuidPattern = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

/** A unique key that counts deleted rows would refuse what the repository says is free. */
function requireLiveKeys({ name, facts, traits, key }: SqlEntity<unknown>): void {
  if (!traits.softDelete) return
  const unfit = facts.uniqueKeys.find(({ liveOnly, columns }) => !liveOnly && !columns.includes(key.column.name))
  if (unfit === undefined) return
  throw new UnsupportedError(
    `The unique key ${unfit.name} of ${name} holds deleted rows too; declare it by liveUnique, or with "where deleted_at is null".`,
    { entity: name, constraint: unfit.name },
  )
}

function requireText(field: SqlField, { name }: SqlEntity<unknown>): void {
  if (field.kind !== 'text') throw new UnsupportedError(`The field ${field.name} of ${name} is no text to search in.`, { entity: name })
}

function findKey(entity: string, fields: readonly SqlField[]): SqlField {
  const key = fields.find(({ name }) => name === 'id') ?? fields.find(({ column }) => column.primary)
  if (key === undefined) throw new UnsupportedError(`${entity} needs a field id or one primary key column.`, { entity })
  return key
}

/** A malformed UUID would only be refused by the server, which ends the transaction around it. */
function encodeUuid(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  if (uuidPattern.test(value)) return value
  const text = value.toLowerCase()
  return uuidPattern.test(text) ? text : undefined
}

function encodeByColumn(dialect: SqlDialect, column: Column, value: unknown): WireValue | undefined {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return undefined
  try {
    return dialect.encode(column.mapToDriverValue(value), column)
  } catch {
    return undefined
  }
}

/** The parser of what comes from the database: the one place where a row gets its type. */
export function rowDecoder<Row>(fields: readonly SqlField[], dialect: SqlDialect): (raw: readonly unknown[]) => Row {
  const readers = fields.map((field) => ({ name: field.name, decode: dialect.decoder(field) }))
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
