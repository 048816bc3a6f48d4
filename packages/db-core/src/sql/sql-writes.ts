import { sql, type SQL } from 'drizzle-orm'
import { currentActor, requireActor } from '../mixins/actor.ts'
import { requireTenant } from '../mixins/tenant.ts'
import { tenantField } from '../mixins/traits.ts'
import type { WireValue } from './sql-driver.ts'
import { encodeField, fieldOf, type SqlEntity } from './sql-entity.ts'
import { constantPart, slot, type SqlPart } from './sql-part.ts'

/** PostgreSQL counts parameters in 16 bits; the driver takes one less than it could. */
const maxParameters = 65_534
const maxRowsPerInsert = 1000

type Given = Readonly<Record<string, unknown>>

/** A row to insert: the fields that are written, already encoded; all other columns take their default. */
export type NewRow = ReadonlyMap<string, WireValue>

/** Adds what the repository writes by itself to what the caller gave. */
export function newRow(given: Given, entity: SqlEntity<unknown>): NewRow {
  const row = new Map<string, WireValue>()
  for (const field of entity.fields.values()) {
    const value = given[field.name] ?? (field.name in given ? null : field.column.defaultFn?.())
    if (value !== undefined) row.set(field.name, encodeField(entity, field, value))
  }
  if (entity.traits.audited) for (const name of ['createdBy', 'updatedBy']) row.set(name, requireActor(entity.name))
  if (entity.traits.tenant) row.set(tenantField, requireTenant(entity.name))
  return row
}

/** Rows in groups that fit into one statement each. */
export function chunkRows(rows: readonly NewRow[]): NewRow[][] {
  const columns = Math.max(1, ...rows.map((row) => row.size))
  const size = Math.min(maxRowsPerInsert, Math.floor(maxParameters / columns))
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, index) => rows.slice(index * size, (index + 1) * size))
}

/** The columns and values of an INSERT. */
export function compileRows(rows: readonly NewRow[], entity: SqlEntity<unknown>): SqlPart {
  const names = [...entity.fieldNames].filter((name) => rows.some((row) => row.has(name)))
  if (names.length === 0) return { shape: `defaults*${rows.length}`, values: [], sql: () => defaultRowsSql(rows.length, entity) }
  const given = rows.map((row) => names.map((name) => (row.has(name) ? '$' : '-')).join(''))
  const uniform = given.every((cells) => !cells.includes('-'))
  return {
    shape: `${names.join(',')}*${uniform ? rows.length : given.join(',')}`,
    values: rows.flatMap((row) => [...namedValues(row, names)]),
    sql: () =>
      sql`(${columnList(names, entity)}) values ${rows.length === 1 ? cellsSql(rows[0], names) : sql.raw(numberedCells(rows, names))}`,
  }
}

/** What an UPDATE sets besides the caller's fields: time, actor, version. */
export function stamps(entity: SqlEntity<unknown>): SqlPart[] {
  const { updatedAt, audited, versioned } = entity.traits
  const parts: SqlPart[] = []
  if (updatedAt) parts.push(constantPart('updatedAt', sql`${columnName('updatedAt', entity)} = now()`))
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
    values: [String(amount)],
    sql: () => sql`${columnName(name, entity)} = coalesce(${fieldOf(entity, name).column}, 0) + ${slot}`,
  }))
}

/** Sets fields to what the refused INSERT held. */
export function takeover(names: readonly string[], entity: SqlEntity<unknown>): SqlPart[] {
  return names.map((name) => constantPart(`=${name}`, sql`${columnName(name, entity)} = excluded.${columnName(name, entity)}`))
}

export function deletionMarks(entity: SqlEntity<unknown>): SqlPart[] {
  const marks = [constantPart('delete', sql`${columnName('deletedAt', entity)} = now()`)]
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
    sql: () =>
      sql.join(
        parts.map((part) => part.sql()),
        sql`, `,
      ),
  }
}

export function columnList(names: readonly string[], entity: SqlEntity<unknown>): SQL {
  return sql.join(
    names.map((name) => columnName(name, entity)),
    sql`, `,
  )
}

function columnName(name: string, entity: SqlEntity<unknown>): SQL {
  return sql`${sql.identifier(fieldOf(entity, name).column.name)}`
}

function assignment(name: string, value: WireValue, entity: SqlEntity<unknown>): SqlPart {
  return { shape: name, values: [value], sql: () => sql`${columnName(name, entity)} = ${slot}` }
}

function* namedValues(row: NewRow, names: readonly string[]): Iterable<WireValue> {
  for (const name of names) {
    const value = row.get(name)
    if (value !== undefined) yield value
  }
}

function cellsSql(row: NewRow | undefined, names: readonly string[]): SQL {
  return sql`(${sql.join(
    names.map((name) => (row?.has(name) ? sql`${slot}` : sql`default`)),
    sql`, `,
  )})`
}

/** The cells of many rows at once: thousands of Drizzle chunks would cost more than the insert. The rows' values come first in the statement. */
function numberedCells(rows: readonly NewRow[], names: readonly string[]): string {
  let last = 0
  const cell = (row: NewRow, name: string) => (row.has(name) ? `$${++last}` : 'default')
  return rows.map((row) => `(${names.map((name) => cell(row, name)).join(', ')})`).join(', ')
}

function defaultRowsSql(count: number, entity: SqlEntity<unknown>): SQL {
  const cells = sql`(${columnList([entity.key.name], entity)}) values `
  return sql`${cells}${sql.join(
    Array.from({ length: count }, () => sql`(default)`),
    sql`, `,
  )}`
}
