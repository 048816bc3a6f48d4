import type { Catalog } from '../catalog/catalog.ts'
import type { MigrationSession } from '../sql/migration-session.ts'
import { catalogQuery } from './postgres-catalog-query.ts'

/** Reads every object that no extension owns. Names carry their schema unless it is `public`. */
export async function readPostgresCatalog(session: MigrationSession): Promise<Catalog> {
  const [row] = await session.rows("select current_setting('search_path') as path")
  // The server spells names as the search path makes them visible, and a migration may have set another.
  await session.script("set search_path = ''")
  const facts = await session.rows(catalogQuery)
  await session.rows("select set_config('search_path', $1, false)", [String(row?.['path'])])
  return Object.fromEntries(facts.map(({ object, description }) => [String(object), String(description)]))
}
