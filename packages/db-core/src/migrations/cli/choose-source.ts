import type { MigrationSources } from '../store/migration-source.ts'
import type { Environment } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export const storeKinds = ['postgres', 'mysql', 'sqlite', 'mongo'] as const
export type StoreKind = (typeof storeKinds)[number]

/** DATABASE_URL, and for a service on MongoDB alone MONGO_URL first. @throws UsageError when there is none */
export function requireUrl(sources: MigrationSources, env: Environment): string {
  const names = urlVariables(sources)
  const url = names.map((name) => env[name]).find((value) => value !== undefined && value !== '')
  if (url !== undefined) return url
  throw new UsageError(`${names.join(' or ')} is not set: it holds the URL of the database.`)
}

/** The kind that `--store` names, that is alone, or that the URL of the environment tells. @throws UsageError */
export function chooseKind(sources: MigrationSources, given: string | undefined, env: Environment): StoreKind {
  const kinds = storeKinds.filter((kind) => sources[kind] !== undefined)
  const named =
    given ??
    (kinds.length === 1
      ? kinds[0]
      : kindOfUrl(
          urlVariables(sources)
            .map((name) => env[name])
            .find(Boolean),
        ))
  const kind = kinds.find((known) => known === named)
  if (kind !== undefined) return kind
  const choice = kinds.map((known) => `--store=${known}`).join(', ')
  throw new UsageError(
    given === undefined ? `There are several stores: add one of ${choice}.` : `There are no migrations for ${given}; try ${choice}.`,
    'generate',
  )
}

function urlVariables(sources: MigrationSources): string[] {
  const sql = sources.postgres ?? sources.mysql ?? sources.sqlite
  return [...(sources.mongo ? ['MONGO_URL'] : []), ...(sql || !sources.mongo ? ['DATABASE_URL'] : [])]
}

function kindOfUrl(url: string | undefined): string | undefined {
  const scheme = url?.split(':', 1)[0] ?? ''
  if (scheme.startsWith('mongodb')) return 'mongo'
  if (scheme.startsWith('postgres')) return 'postgres'
  if (scheme === 'mysql' || scheme === 'mariadb') return 'mysql'
  return scheme === '' ? undefined : 'sqlite'
}
