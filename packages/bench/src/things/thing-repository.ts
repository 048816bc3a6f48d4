import { SqlRepository, type PostgresDatabase } from '@polystore/db-core/sql'
import { things } from './things-table.ts'

export class ThingRepository extends SqlRepository<typeof things> {
  constructor(database: PostgresDatabase, options: { readonly joinReads?: boolean; readonly joinWrites?: boolean } = {}) {
    super(database, things, options)
  }
}
