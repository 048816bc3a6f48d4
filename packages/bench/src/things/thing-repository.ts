import { SqlRepository, type PostgresDatabase } from '@polystore/db-core/sql'
import type { RepositoryOptions } from '@polystore/db-core'
import { things } from './things-table.ts'

export class ThingRepository extends SqlRepository<typeof things> {
  constructor(database: PostgresDatabase, options: RepositoryOptions = {}) {
    super(database, things, options)
  }
}
