import { sqlTokens, type SqlDialect } from '../files/sql-tokens.ts'
import type { ColumnChange, ModelDifference, TableDifference } from './compare-models.ts'
import type { GenerateNeed } from './needs.ts'
import type { PartModel, TableModel } from './schema-model.ts'
import type { Snapshot } from './snapshot.ts'

/** What nobody writes rightly without knowing the rows: refused, to be written by hand. */
export function unsupportedChanges(difference: ModelDifference, snapshots: { before: Snapshot; after: Snapshot }): GenerateNeed[] {
  const { dialect } = difference.after
  const problems = [
    ...policyChanges(snapshots),
    ...difference.tables.changed.flatMap((table) => [
      ...table.columns.changed.flatMap((change) => changedColumn(dialect, { table, change })),
      ...(dialect === 'mysql' ? countedColumns(table) : []),
    ]),
    ...[...difference.tables.added, ...difference.tables.changed.map(({ after }) => after)].flatMap((table) => [
      ...longNames(dialect, table),
      ...boundValues(dialect, table),
    ]),
  ]
  return problems.map((problem) => ({ problem, flags: [] }))
}

const byHand = 'write it by hand with --blank'

function policyChanges({ before, after }: { before: Snapshot; after: Snapshot }): string[] {
  const policies = (snapshot: Snapshot): string =>
    JSON.stringify([
      snapshot.policies ?? {},
      Object.entries(snapshot.tables).flatMap(([key, { policies: own = {}, isRLSEnabled = false }]) =>
        isRLSEnabled || Object.keys(own).length > 0 ? [[key, own, isRLSEnabled]] : [],
      ),
    ])
  return policies(before) === policies(after) ? [] : [`Row-level policies have changed: ${byHand}.`]
}

function changedColumn(dialect: SqlDialect, { table, change }: { table: TableDifference; change: ColumnChange }): string[] {
  const name = `${table.after.key}.${change.after.name}`
  const { before, after: column } = change
  const identity = before.identity?.definition !== column.identity?.definition
  // A sequence of PostgreSQL has a type of its own, and serial is none.
  const recounted = dialect === 'postgres' && column.counted && before.type !== column.type
  if (before.counted !== column.counted || identity || recounted) return [`How ${name} is counted by the database changes: ${byHand}.`]
  if ((before.generated === undefined) !== (column.generated === undefined))
    return [`${name} changes between a stored and a computed column: ${byHand}, or add a column of another name.`]
  return []
}

/** MySQL wants a key for AUTO_INCREMENT at every moment. */
function countedColumns({ after, columns, primaryKey }: TableDifference): string[] {
  const counted = [...Object.values(after.columns), ...columns.dropped].filter((column) => column.counted)
  const fresh = columns.added.find((column) => column.counted)
  if (fresh) return [`${after.key}.${fresh.name} with AUTO_INCREMENT joins a table that exists: ${byHand}.`]
  const rekeyed = primaryKey.dropped.length + primaryKey.added.length > 0
  return rekeyed && counted.length > 0 ? [`The primary key of ${after.key}, which has an AUTO_INCREMENT column, changes: ${byHand}.`] : []
}

const longest: Readonly<Record<SqlDialect, number>> = { postgres: 63, mysql: 64, sqlite: Number.POSITIVE_INFINITY }

/** PostgreSQL cuts longer names, so that two may become one; MySQL refuses them. */
function longNames(dialect: SqlDialect, table: TableModel): string[] {
  const names = [table.name, ...Object.keys(table.columns), ...partsOf(table).map(({ name }) => name)]
  return names
    .filter((name) => Buffer.byteLength(name) > longest[dialect])
    .map(
      (name) =>
        `The name ${name} in ${table.key} is longer than the ${longest[dialect]} bytes that the database takes: name it in the table's definition.`,
    )
}

/** drizzle-kit writes the value of `eq(column, value)` as a parameter, which no migration can bind. */
function boundValues(dialect: SqlDialect, table: TableModel): string[] {
  return partsOf(table)
    .filter(({ definition }) => hasParameter(dialect, definition))
    .map(({ name }) => `${name} of ${table.key} has a bound value: write the value into the SQL of its definition with sql.raw or as text.`)
}

function hasParameter(dialect: SqlDialect, definition: string): boolean {
  const tokens = sqlTokens(definition, dialect)
  if (dialect !== 'postgres') return tokens.some(({ kind, text }) => kind === 'symbol' && text === '?')
  return tokens.some(({ text }, position) => text === '$' && tokens[position + 1]?.kind === 'number')
}

function partsOf(table: TableModel): PartModel[] {
  const named = [table.indexes, table.uniques, table.checks].flatMap((parts) => Object.values<PartModel>(parts))
  return [...named, ...Object.values(table.foreignKeys)]
}
