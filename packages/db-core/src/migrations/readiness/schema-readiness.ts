import type { MongoDatabase } from '../../mongo/mongo-database.ts'
import type { SqlDatabase } from '../../sql/sql-database.ts'
import { readMigrationNames } from '../files/migration-names.ts'
import { MigrationError } from '../store/migration-error.ts'
import type { MigrationSources } from '../store/migration-source.ts'
import { judgeRecords } from './judge-records.ts'
import { readMongoRecords } from './read-mongo-records.ts'
import { readSqlRecords } from './read-sql-records.ts'

/** Asks the database whether code may work with it: undefined, or why not, in words for staff. @throws RepositoryError */
export interface SchemaReadiness {
  (): Promise<string | undefined>
  /** The same of migrations alone, whatever indexes there are. */
  migrations(): Promise<string | undefined>
}

export interface SchemaReadinessOptions {
  readonly database: SqlReader | MongoReader
  /** The migrations that this code is delivered with. */
  readonly migrations: MigrationSources
}

type SqlReader = Pick<SqlDatabase<unknown>, 'store' | 'run'>
type MongoReader = Pick<MongoDatabase, 'driver' | 'run'>

/**
 * Compares the database with the migrations that its code knows: all of them must be applied, and no contract that the code does not
 * know. In MongoDB the declared indexes must be there too. Through the database's own pool; in SQL it costs one short query.
 */
export function schemaReadiness(options: SchemaReadinessOptions): SchemaReadiness {
  const migrations = migrationsReadiness(options)
  const indexes = indexReadiness(options)
  return Object.assign(async () => (await migrations()) ?? (await indexes()), { migrations })
}

function migrationsReadiness({ database, migrations }: SchemaReadinessOptions): () => Promise<string | undefined> {
  const language = 'driver' in database ? 'mongo' : database.store
  const source = migrations[language]
  if (source === undefined) throw new MigrationError(`There are no migrations for ${language} here.`)
  const known = namesOf(source.folder)
  return async () => {
    const names = await known()
    if ('driver' in database) return judgeRecords(names, await readMongoRecords(database))
    // Its files were left behind when it was delivered: the database would seem to need nothing.
    if (names.length === 0) return 'This release is without its migrations.'
    return judgeRecords(names, await readSqlRecords(database))
  }
}

/** Read once: the code does not change while it runs. */
function namesOf(folder: URL | string): () => Promise<readonly string[]> {
  let names: Promise<readonly string[]> | undefined
  return () => (names ??= readMigrationNames(folder))
}

function indexReadiness({ database, migrations: { mongo } }: SchemaReadinessOptions): () => Promise<string | undefined> {
  if (!('driver' in database) || mongo === undefined) return async () => undefined
  // Loaded with its first use, for it loads the driver of MongoDB.
  let judge: Promise<() => Promise<string | undefined>> | undefined
  const load = async () => (await import('./judge-indexes.ts')).judgeIndexes(database, mongo.collections)
  return async () => (await (judge ??= load()))()
}
