import type { SqlDialect } from '../files/sql-tokens.ts'
import { createViews, dropView, writeBesideTables } from './beside-tables.ts'
import { compareModels, type ModelDifference } from './compare-models.ts'
import { readModel } from './read-model.ts'
import { type Rename, renameIn, renameStatements } from './rename-snapshot.ts'
import { mentions, quoteName, type SchemaModel, type TableModel } from './schema-model.ts'
import { line, type ScriptLine, type WriterInput } from './script.ts'
import type { Snapshot } from './snapshot.ts'
import { writeMysql } from './write-mysql.ts'
import { writePostgres } from './write-postgres.ts'
import { writeSqlite } from './write-sqlite.ts'

/** The way from one snapshot to the next, and back. */
export interface Directions {
  readonly snapshots: { readonly before: Snapshot; readonly after: Snapshot }
  readonly up: ModelDifference
  readonly down: ModelDifference
  readonly renames: { readonly up: readonly ScriptLine[]; readonly down: readonly ScriptLine[] }
}

interface Pair {
  readonly dialect: SqlDialect
  readonly previous: Snapshot
  readonly current: Snapshot
  readonly renames: readonly Rename[]
}

/** Renames first, so that what is left are removals, changes and additions. @throws MigrationError for a rename that cannot be */
export function compareSnapshots({ dialect, previous, current, renames }: Pair): Directions {
  const renamed = renameIn(previous, renames)
  const checks = dialect === 'mysql' ? checksInTheWay({ previous, renames }) : { drop: [], add: [], names: new Set<string>() }
  const before = withoutChecks(readModel(dialect, renamed), checks.names)
  const after = readModel(dialect, current)
  const statements = renameStatements(dialect, { renames, snapshot: previous })
  return {
    snapshots: { before: renamed, after: current },
    up: compareModels(before, after),
    down: compareModels(after, before),
    renames: { up: [...checks.drop, ...statements.up].map(line), down: [...statements.down, ...checks.add].map(line) },
  }
}

/** MySQL does not rename a column that a check speaks of. */
function checksInTheWay({ previous, renames }: Pick<Pair, 'previous' | 'renames'>): { drop: string[]; add: string[]; names: Set<string> } {
  const model = readModel('mysql', previous)
  const found = Object.values(model.tables).flatMap((table) => {
    const columns = renames.flatMap((rename) => (rename.table === table.key && rename.column !== undefined ? [rename.from] : []))
    const inTheWay = Object.values(table.checks).filter(({ definition }) => columns.some((column) => mentions(definition, column)))
    return inTheWay.map((check) => ({
      check,
      alter: `ALTER TABLE ${quoteName('mysql', table.name)}`,
      name: quoteName('mysql', check.name),
    }))
  })
  return {
    drop: found.map(({ alter, name }) => `${alter} DROP CONSTRAINT ${name}`),
    add: found.map(({ alter, name, check }) => `${alter} ADD CONSTRAINT ${name} ${check.definition}`),
    names: new Set(found.map(({ check }) => check.name)),
  }
}

function withoutChecks(model: SchemaModel, names: ReadonlySet<string>): SchemaModel {
  if (names.size === 0) return model
  const kept = (table: TableModel): TableModel => ({
    ...table,
    checks: Object.fromEntries(Object.entries(table.checks).filter(([name]) => !names.has(name))),
  })
  return { ...model, tables: Object.fromEntries(Object.entries(model.tables).map(([key, table]) => [key, kept(table)])) }
}

/** The statements of both directions; empty when there is nothing to do. */
export async function writeDirections(directions: Directions, input: WriterInput): Promise<{ up: ScriptLine[]; down: ScriptLine[] }> {
  const { snapshots, up, down, renames } = directions
  const [forward, back] = await Promise.all([
    writeDifference(up, { from: snapshots.before, to: snapshots.after, input }),
    writeDifference(down, { from: snapshots.after, to: snapshots.before, input }),
  ])
  return {
    up: [...forward.dropViews, ...renames.up, ...forward.lines, ...forward.createViews],
    down: [...back.dropViews, ...back.lines, ...renames.down, ...back.createViews],
  }
}

interface Written {
  readonly dropViews: readonly ScriptLine[]
  readonly lines: readonly ScriptLine[]
  readonly createViews: readonly ScriptLine[]
}

async function writeDifference(
  difference: ModelDifference,
  { from, to, input }: { from: Snapshot; to: Snapshot; input: WriterInput },
): Promise<Written> {
  const { dialect } = difference.after
  const beside = dialect === 'postgres' ? await writeBesideTables(from, to) : { first: [], last: [] }
  return {
    dropViews: difference.views.dropped.map((view) => dropView(dialect, view)),
    lines: [...beside.first, ...writers[dialect](difference, input), ...beside.last],
    createViews: await createViews(dialect, { views: difference.views.added, snapshot: to }),
  }
}

const writers: Readonly<Record<SqlDialect, (difference: ModelDifference, input: WriterInput) => ScriptLine[]>> = {
  postgres: writePostgres,
  mysql: writeMysql,
  sqlite: writeSqlite,
}
