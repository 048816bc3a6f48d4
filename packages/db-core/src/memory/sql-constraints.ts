import { getTableColumns, getTableName, is, SQL, type Column, type Table } from 'drizzle-orm'
import { getTableConfig as mysqlConfig, MySqlTable } from 'drizzle-orm/mysql-core'
import { getTableConfig as postgresConfig, PgTable } from 'drizzle-orm/pg-core'
import { getTableConfig as sqliteConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { UnsupportedError } from '../errors/repository-error.ts'
import { columnsOf, sqlText } from '../sql/sql-text.ts'
import type { IndexConfig, TableConfig } from '../sql/table-facts.ts'
import type { MemoryReference, MemoryUniqueKey, StoredRow } from './memory-entity.ts'

export interface TableUniqueKey extends MemoryUniqueKey {
  /** Deleted rows do not count. */
  readonly liveOnly: boolean
}

/** What a table declares besides its columns. */
export interface SqlConstraints {
  readonly uniqueKeys: readonly TableUniqueKey[]
  readonly references: readonly MemoryReference[]
  /** Names of the check constraints, in the order in which they are looked at. */
  readonly checks: readonly string[]
}

/** Rows that a unique index with a condition holds, by the name of the index. */
export type PartialIndexes = Readonly<Record<string, (row: StoredRow) => boolean>>

/** @throws UnsupportedError for a condition that is only known as SQL */
export function readConstraints(table: Table, partial: PartialIndexes): SqlConstraints {
  const config = configOf(table)
  const fields = fieldNames(table)
  return {
    uniqueKeys: uniqueKeys(config, fields, partial),
    references: config.foreignKeys.map((key) => readReference(key, fields)),
    checks: config.checks.map(({ name }) => name).toSorted(),
  }
}

interface Config extends TableConfig {
  readonly foreignKeys: readonly ForeignKey[]
}

interface ForeignKey {
  readonly onDelete: string | undefined
  getName(): string
  reference(): { readonly columns: readonly Column[]; readonly foreignTable: Table; readonly foreignColumns: readonly Column[] }
}

type FieldNames = (columns: readonly { readonly name: string }[]) => string[]

function configOf(table: Table): Config {
  if (is(table, PgTable)) return postgresConfig(table)
  if (is(table, MySqlTable)) return mysqlConfig(table)
  if (is(table, SQLiteTable)) return sqliteConfig(table)
  throw new UnsupportedError(`${getTableName(table)} is a table of no dialect that is known here.`)
}

function fieldNames(table: Table): FieldNames {
  const names = new Map(Object.entries(getTableColumns(table)).map(([field, column]) => [column.name, field]))
  return (columns) => columns.map(({ name }) => names.get(name) ?? name)
}

function uniqueKeys(config: Config, fields: FieldNames, partial: PartialIndexes): TableUniqueKey[] {
  const whole = { folded: new Set<string>(), holdsFor: () => true, liveOnly: false }
  const singles = config.columns.filter((column) => column.isUnique)
  return [
    ...config.uniqueConstraints.map((unique) => ({ name: unique.getName() ?? '', fields: fields(unique.columns), ...whole })),
    ...singles.map((column) => ({ name: column.uniqueName ?? column.name, fields: fields([column]), ...whole })),
    ...config.indexes.filter((index) => index.config.unique).map((index) => uniqueIndex(index.config, fields, partial)),
  ]
}

function uniqueIndex({ name = '', columns, where }: IndexConfig, fields: FieldNames, partial: PartialIndexes): TableUniqueKey {
  const expressions = columns.filter((part) => is(part, SQL))
  const named = columns.flatMap((part) => (is(part, SQL) ? columnsOf(part) : isNamed(part) ? [part] : []))
  const folded = expressions.filter((part) => /^\s*lower\s*\(/i.test(sqlText(part))).flatMap(columnsOf)
  const conditions = [
    ...(where ? [where] : []),
    ...expressions.filter((part) => !folded.some((column) => columnsOf(part).includes(column))),
  ]
  const texts = conditions.map((condition) =>
    sqlText(condition)
      .replaceAll(/["`\s]+/g, ' ')
      .trim(),
  )
  return {
    name,
    fields: fields(named),
    folded: new Set(fields(folded)),
    holdsFor: partial[name] ?? conditionOf(name, texts),
    liveOnly: texts.some((text) => /\bdeleted_at\b|\blive_mark\b/i.test(text)),
  }
}

/** The only conditions that are understood are those that leave deleted rows out. */
function conditionOf(name: string, conditions: readonly string[]): (row: StoredRow) => boolean {
  if (conditions.length === 0) return () => true
  if (conditions.every((text) => /^deleted_at is null$|^live_mark$/i.test(text))) return (row) => (row['deletedAt'] ?? null) === null
  throw new UnsupportedError(`The unique index ${name} has a condition that is known as SQL only; give it under \`partialIndexes\`.`)
}

function isNamed(part: object): part is { readonly name: string } {
  return 'name' in part && typeof part.name === 'string'
}

function readReference(key: ForeignKey, fields: FieldNames): MemoryReference {
  const { columns, foreignTable, foreignColumns } = key.reference()
  return {
    name: key.getName(),
    fields: fields(columns),
    target: getTableName(foreignTable),
    targetFields: fieldNames(foreignTable)(foreignColumns),
    onDelete: onDelete(key),
  }
}

function onDelete(key: ForeignKey): MemoryReference['onDelete'] {
  if (key.onDelete === 'cascade' || key.onDelete === 'set null') return key.onDelete
  if (key.onDelete !== 'set default') return 'refuse'
  throw new UnsupportedError(`The reference ${key.getName()} sets a default on delete, which the memory store does not.`)
}
