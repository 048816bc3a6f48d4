import type { MigrationSources } from '@polystore/db-core/migrations'
import { collections } from './collections.ts'

/** The data migrations of the service, and the collections whose validators and indexes follow. */
export const migrations: MigrationSources = {
  mongo: { folder: new URL('../migrations/', import.meta.url), collections },
}
