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
}

/** The migrations of a service for each kind of database that it can run on; the URL's scheme picks one. */
export interface MigrationSources {
  readonly postgres?: SqlMigrations
  readonly mysql?: SqlMigrations
  readonly sqlite?: SqlMigrations
  readonly mongo?: MongoMigrations
}
