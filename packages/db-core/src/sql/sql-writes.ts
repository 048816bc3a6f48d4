import { sql, type SQL } from 'drizzle-orm'
import { currentActor, requireActor } from '../mixins/actor.ts'
import { requireTenant } from '../mixins/tenant.ts'
import { slugField } from '../mixins/slug.ts'
import { tenantField } from '../mixins/traits.ts'
import type { WireValue } from './sql-driver.ts'
import { encodeField, fieldOf, type SqlEntity } from './sql-entity.ts'
import type { SqlField } from './sql-field.ts'
import { NewRow } from './new-row.ts'
import { constantPart, joinSql, partsSql, slot, type SqlPart } from './sql-part.ts'

const maxRowsPerInsert = 1000
/** Parameters of a statement that are not cells: stamps, tenant. */
const spareParameters = 16

type Given = Readonly<Record<string, unknown>>

/** Adds what the repository writes by itself to what the caller gave; a slug that is to be made is left out. */
export function newRow(given: Given, entity: SqlEntity<unknown>): NewRow {
  const row = new NewRow()
  for (const field of entity.fields.values()) {
    const value = given[field.name] ?? (field.name in given ? null : defaultOf(field, entity))
    if (value !== undefined) row.set(field.name, encodeField(entity, field, value))
  }
  if (entity.traits.audited) for (const name of ['createdBy', 'updatedBy']) row.set(name, requireActor(entity.name))
  if (entity.traits.tenant) row.set(tenantField, requireTenant(entity.name))
  return row
}

/** Refuses a write that would not know its actor or its tenant. @throws InvalidValueError */
export function requireStamps({ name, traits }: SqlEntity<unknown>): void {
  if (traits.audited) requireActor(name)
  if (traits.tenant) requireTenant(name)
}

/** Rows in groups that fit into one statement each. */
export function chunkRows(rows: readonly NewRow[], { dialect }: SqlEntity<unknown>): NewRow[][] {
  const columns = rows.reduce((most, row) => Math.max(most, row.names.length), 1)
  const size = Math.min(maxRowsPerInsert, Math.floor((dialect.maxParameters - spareParameters) / columns))
  const chunks = Array.from({ length: Math.ceil(rows.length / size) }, (_, index) => rows.slice(index * size, (index + 1) * size))
  return dialect.defaultCells ? chunks : chunks.flatMap(runsOfSameFields)
}

/** Rows that give the same fields, in the order of their keys, so that two calls at once lock rows in the same order. */
export function groupForUpsert(rows: readonly NewRow[], onConflict: readonly string[]): NewRow[][] {
  const keyOf = (row: NewRow) => onConflict.map((field) => String(row.get(field))).join('\n')
  const sorted = rows.map((row) => ({ row, key: keyOf(row) })).toSorted((left, right) => (left.key < right.key ? -1 : 1))
  const groups = Map.groupBy(sorted, ({ row }) => row.names.join())
  return [...groups.values()].map((group) => group.map(({ row }) => row))
}

/** What stands between the table's name and the end of the rows in an INSERT; its parameters are the first of the statement. */
export interface CompiledRows {
  readonly shape: string
  readonly values: readonly WireValue[]
  readonly text: () => string
}

export function compileRows(rows: readonly NewRow[], entity: SqlEntity<unknown>): CompiledRows {
  const [first] = rows
  const uniform = first !== undefined && rows.every((row) => row.isLike(first))
  const names = uniform ? first.names : [...entity.fieldNames].filter((name) => rows.some((row) => row.has(name)))
  if (names.length === 0) return defaultRows(rows.length, entity)
  return (uniform && rows.length > 1 && listRows(rows, names, entity)) || cellRows(rows, names, entity, uniform)
}

/** What an UPDATE sets besides the caller's fields: time, actor, version. */
export function stamps(entity: SqlEntity<unknown>): SqlPart[] {
  const { updatedAt, audited, versioned } = entity.traits
  const parts: SqlPart[] = []
  if (updatedAt) parts.push(constantPart('updatedAt', sql`${columnName('updatedAt', entity)} = ${entity.dialect.now}`))
  if (audited) parts.push(assignment('updatedBy', requireActor(entity.name), entity))
  if (versioned) parts.push(constantPart('version', sql`${columnName('version', entity)} = ${fieldOf(entity, 'version').column} + 1`))
  return parts
}

/** Sets fields of a patch. */
export function assignments(given: Given, entity: SqlEntity<unknown>): SqlPart[] {
  return Object.entries(given).map(([name, value]) => assignment(name, encodeField(entity, fieldOf(entity, name), value), entity))
}

/** Adds to fields, taking a missing number as zero. */
export function additions(amounts: Readonly<Record<string, number>>, entity: SqlEntity<unknown>): SqlPart[] {
  return Object.entries(amounts).map(([name, amount]) => ({
    shape: `+${name}`,
    values: [encodeField(entity, fieldOf(entity, name), amount)],
    sql: () => sql`${columnName(name, entity)} = coalesce(${fieldOf(entity, name).column}, 0) + ${slot}`,
  }))
}

/** Sets fields to what the refused INSERT held. */
export function takeover(names: readonly string[], entity: SqlEntity<unknown>): SqlPart[] {
  return names.map((name) =>
    constantPart(`=${name}`, sql`${columnName(name, entity)} = ${entity.dialect.incoming(columnName(name, entity))}`),
  )
}

export function deletionMarks(entity: SqlEntity<unknown>): SqlPart[] {
  const marks = [constantPart('delete', sql`${columnName('deletedAt', entity)} = ${entity.dialect.now}`)]
  return entity.traits.deletedBy ? [...marks, assignment('deletedBy', currentActor() ?? null, entity)] : marks
}

export function restorationMarks(entity: SqlEntity<unknown>): SqlPart[] {
  const names = entity.traits.deletedBy ? ['deletedAt', 'deletedBy'] : ['deletedAt']
  return names.map((name) => constantPart(`restore ${name}`, sql`${columnName(name, entity)} = null`))
}

export function listOf(parts: readonly SqlPart[]): SqlPart {
  return {
    shape: parts.map(({ shape }) => shape).join(','),
    values: parts.flatMap(({ values }) => values),
    sql: () => joinSql(partsSql(parts), sql`, `),
  }
}

export function columnList(names: readonly string[], entity: SqlEntity<unknown>): SQL {
  return joinSql(
    names.map((name) => columnName(name, entity)),
    sql`, `,
  )
}

function defaultOf({ name, column }: SqlField, { traits }: SqlEntity<unknown>): unknown {
  return name === slugField && traits.slugFrom !== undefined ? undefined : column.defaultFn?.()
}

function columnName(name: string, entity: SqlEntity<unknown>): SQL {
  return sql`${sql.identifier(fieldOf(entity, name).column.name)}`
}

function assignment(name: string, value: WireValue, entity: SqlEntity<unknown>): SqlPart {
  return { shape: name, values: [value], sql: () => sql`${columnName(name, entity)} = ${slot}` }
}

function listRows(rows: readonly NewRow[], names: readonly string[], entity: SqlEntity<unknown>): CompiledRows | undefined {
  const { dialect } = entity
  const source = dialect.rowsFromLists(names.map((name) => fieldOf(entity, name)))
  return (
    source && {
      shape: `${names.join()}*lists`,
      values: names.map((_name, place) => dialect.encode(rows.map(({ values }) => values[place])) ?? null),
      text: () => dialect.render(sql`(${columnList(names, entity)}) ${source}`),
    }
  )
}

function cellRows(rows: readonly NewRow[], names: readonly string[], entity: SqlEntity<unknown>, uniform: boolean): CompiledRows {
  const given = rows.map((row) => names.map((name) => row.has(name)))
  const cells = uniform ? rows.length : given.map((row) => row.map((has) => (has ? '$' : '-')).join('')).join()
  return {
    shape: `${names.join()}*${cells}`,
    values: rows.flatMap((row) => names.flatMap((name) => (row.has(name) ? [row.get(name) ?? null] : []))),
    text: () => rowsText(names, given, entity),
  }
}

function rowsText(names: readonly string[], given: readonly (readonly boolean[])[], entity: SqlEntity<unknown>): string {
  return `${entity.dialect.render(sql`(${columnList(names, entity)}) values `)}${entity.dialect.renderCells(given)}`
}

function defaultRows(count: number, entity: SqlEntity<unknown>): CompiledRows {
  const rows = Array.from({ length: count }, () => [false])
  return {
    shape: `defaults*${count}`,
    values: [],
    text: () => (entity.dialect.defaultCells ? rowsText([entity.key.name], rows, entity) : 'default values'),
  }
}

/** Where a cell cannot say `default`, the rows of one statement have the same fields, and rows without any stand alone. */
function runsOfSameFields(rows: readonly NewRow[]): NewRow[][] {
  const runs: [NewRow, ...NewRow[]][] = []
  for (const row of rows) {
    const run = runs.at(-1)
    if (run !== undefined && row.names.length > 0 && row.isLike(run[0])) run.push(row)
    else runs.push([row])
  }
  return runs
}
