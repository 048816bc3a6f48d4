import type { CollectionDefinition } from '../../mongo/mongo-collection.ts'

/** Where the migrations of one SQL database lie. */
export interface SqlMigrations {
  /** Holds `NNNN-name/up.sql`, `down.sql` and `snapshot.json`. */
  readonly folder: URL | string
  /** A module's Drizzle tables, enums and views, which `generate` and `check` compare with the last snapshot. */
  readonly tables?: Readonly<Record<string, unknown>>
}

/** Where the migrations of one MongoDB database lie. */
export interface MongoMigrations {
  /** Data migrations, `NNNN-name/up.ts` and `down.ts`; it need not exist. */
  readonly folder: URL | string
  /** Every collection of the service; `up` reconciles their validators and indexes. */
  readonly collections: readonly CollectionDefinition[]
  /**
   * Hours that an index stays, hidden from the planner, when it is no longer declared, before `up` drops it; 24 unless said otherwise.
   * As long as it is there, a release that goes back shows it again instead of building it.
   */
  readonly hiddenIndexHours?: number
}

/** The migrations of a service for each kind of database that it can run on; the URL's scheme picks one. */
export interface MigrationSources {
  readonly postgres?: SqlMigrations
  readonly mysql?: SqlMigrations
  readonly sqlite?: SqlMigrations
  readonly mongo?: MongoMigrations
}
