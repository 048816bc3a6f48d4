import type { SqlDialect } from '../files/sql-tokens.ts'
import { kitStatements } from './kit.ts'
import { qualifiedName, type ViewModel } from './schema-model.ts'
import { line, type ScriptLine } from './script.ts'
import type { Snapshot } from './snapshot.ts'

/** Schemas, sequences and roles of PostgreSQL, which tables use: made first, removed last. */
export async function writeBesideTables(before: Snapshot, after: Snapshot): Promise<{ first: ScriptLine[]; last: ScriptLine[] }> {
  const [old, fresh] = [besideTables(before), besideTables(after)]
  const grown = merge(old, fresh, 'old')
  const altered = merge(old, fresh, 'fresh')
  const [added, changed, removed] = await Promise.all([
    kitStatements('postgres', old, grown),
    kitStatements('postgres', grown, altered),
    kitStatements('postgres', altered, fresh),
  ])
  return { first: [...added, ...changed].map(line), last: removed.map(line) }
}

const kinds = ['schemas', 'sequences', 'roles'] as const

function besideTables(snapshot: Snapshot): Snapshot {
  return { ...snapshot, id: '', prevId: '', tables: {}, enums: {}, views: {}, policies: {} }
}

/** All things of both; what is in both as it is in one of them. */
function merge(old: Snapshot, fresh: Snapshot, winner: 'old' | 'fresh'): Snapshot {
  const merged = kinds.map(
    (kind) => [kind, winner === 'old' ? { ...fresh[kind], ...old[kind] } : { ...old[kind], ...fresh[kind] }] as const,
  )
  return { ...fresh, ...Object.fromEntries(merged) }
}

function withoutAnything(dialect: SqlDialect, snapshot: Snapshot): Snapshot {
  if (dialect === 'postgres') return { ...besideTables(snapshot), schemas: {}, sequences: {}, roles: {} }
  return { ...snapshot, id: '', prevId: '', tables: {}, views: {} }
}

export function dropView(dialect: SqlDialect, view: ViewModel): ScriptLine {
  return line(`DROP ${view.materialized ? 'MATERIALIZED ' : ''}VIEW ${qualifiedName(dialect, view)}`)
}

/** CREATE VIEW for views of a snapshot, in their order. */
export async function createViews(
  dialect: SqlDialect,
  { views, snapshot }: { views: readonly ViewModel[]; snapshot: Snapshot },
): Promise<ScriptLine[]> {
  const bare = withoutAnything(dialect, snapshot)
  const chosen = Object.entries(snapshot.views ?? {}).filter(([, view]) =>
    views.some(({ definition }) => definition === JSON.stringify(view)),
  )
  const statements = await Promise.all(chosen.map(([key, view]) => kitStatements(dialect, bare, { ...bare, views: { [key]: view } })))
  return statements.flat().map(line)
}
