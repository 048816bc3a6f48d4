import type { Catalog } from '../catalog/catalog.ts'
import type { MigrationSession } from '../sql/migration-session.ts'
import { schemaReader } from './information-schema.ts'
import { readConstraintFacts } from './mysql-catalog-constraints.ts'
import { readProgramFacts } from './mysql-catalog-programs.ts'
import { readTableFacts } from './mysql-catalog-tables.ts'

/** The structure of the session's database as `information_schema` tells it, without counters, statistics and times. */
export async function readMysqlCatalog(session: MigrationSession): Promise<Catalog> {
  const read = schemaReader(session)
  const [database] = await session.rows('select database() as name')
  const facts = [
    ...(await readTableFacts(session, read)),
    ...(await readConstraintFacts(read)),
    ...(await readProgramFacts(read, String(database?.['name']))),
  ]
  return Object.fromEntries(facts.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
