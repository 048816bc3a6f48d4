import { InvalidValueError } from '../../errors/repository-error.ts'
import type { MigrationLanguage } from '../store/migration.ts'
import { openSqlMigrationStore } from '../sql/sql-migration-store.ts'
import { MigrationError } from '../store/migration-error.ts'
import type { MigrationSources } from '../store/migration-source.ts'
import type { MigrationStore } from '../store/migration-store.ts'

const languages: Readonly<Record<string, MigrationLanguage>> = {
  postgres: 'postgres',
  postgresql: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
  sqlite: 'sqlite',
  file: 'sqlite',
  mongodb: 'mongo',
  'mongodb+srv': 'mongo',
}

/** Which kind of database a URL leads to. @throws InvalidValueError, which never quotes the URL */
export function languageOf(url: string): MigrationLanguage {
  const scheme = /^([a-z+]+):/i.exec(url)?.[1]?.toLowerCase() ?? ''
  const language = languages[scheme]
  if (language !== undefined) return language
  throw new InvalidValueError('The database URL must start with postgres://, mysql://, mariadb://, sqlite:, file: or mongodb://.')
}

/** @throws MigrationError when the service has no migrations for that kind of database */
export function requireSource<Language extends MigrationLanguage>(
  sources: MigrationSources,
  language: Language,
): NonNullable<MigrationSources[Language]> {
  const source = sources[language]
  if (source !== undefined) return source
  const known = Object.keys(sources).join(', ') || 'no database'
  throw new MigrationError(`There are no migrations for ${language} here, only for ${known}.`, { exitCode: 64 })
}

interface Target {
  readonly url: string
  readonly sources: MigrationSources
  readonly waitMs: number
}

/** Opens the store of one database; only the driver of that kind is loaded. @throws RepositoryError */
export async function openMigrationStore({ url, sources, waitMs }: Target): Promise<MigrationStore> {
  switch (languageOf(url)) {
    case 'postgres': {
      const { postgresMigrationDialect } = await import('../postgres/postgres-migration-dialect.ts')
      return openSqlMigrationStore(postgresMigrationDialect, url, waitMs)
    }
    case 'mysql': {
      const { mysqlMigrationDialect } = await import('../mysql/mysql-migration-dialect.ts')
      return openSqlMigrationStore(mysqlMigrationDialect, url, waitMs)
    }
    case 'sqlite': {
      const { sqliteMigrationDialect } = await import('../sqlite/sqlite-migration-dialect.ts')
      return openSqlMigrationStore(sqliteMigrationDialect, url, waitMs)
    }
    case 'mongo': {
      const { openMongoMigrationStore } = await import('../mongo/mongo-migration-store.ts')
      return openMongoMigrationStore(url, requireSource(sources, 'mongo'), waitMs)
    }
  }
}
