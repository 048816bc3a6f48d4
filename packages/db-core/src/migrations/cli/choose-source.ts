import { languageOf } from '../runner/open-migration-store.ts'
import type { MigrationSources } from '../store/migration-source.ts'
import type { Environment } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export const storeKinds = ['postgres', 'mysql', 'sqlite', 'mongo'] as const
export type StoreKind = (typeof storeKinds)[number]

/** DATABASE_URL, and for a service on MongoDB MONGO_URL first. @throws UsageError when there is none */
export function requireUrl(sources: MigrationSources, env: Environment): string {
  const url = findUrl(sources, env)
  if (url !== undefined) return url
  throw new UsageError(`${urlVariables(sources).join(' or ')} is not set: it holds the URL of the database.`)
}

/** The kind that `--store` names, that is alone, or that the URL of the environment tells. @throws UsageError */
export function chooseKind(sources: MigrationSources, given: string | undefined, env: Environment): StoreKind {
  const kinds = storeKinds.filter((kind) => sources[kind] !== undefined)
  const wanted = given ?? (kinds.length === 1 ? kinds[0] : kindByUrl(sources, env))
  const kind = kinds.find((known) => known === wanted)
  if (kind !== undefined) return kind
  const choice = kinds.map((known) => `--store=${known}`).join(', ')
  const fault = wanted === undefined ? 'There are several stores: add one of' : `There are no migrations for ${wanted}; there is`
  throw new UsageError(`${fault} ${choice}.`, 'generate')
}

function kindByUrl(sources: MigrationSources, env: Environment): StoreKind | undefined {
  const url = findUrl(sources, env)
  return url === undefined ? undefined : languageOf(url)
}

function findUrl(sources: MigrationSources, env: Environment): string | undefined {
  return urlVariables(sources)
    .map((name) => env[name])
    .find((value) => value !== undefined && value !== '')
}

function urlVariables(sources: MigrationSources): string[] {
  const sql = sources.postgres ?? sources.mysql ?? sources.sqlite
  return [...(sources.mongo ? ['MONGO_URL'] : []), ...(sql || !sources.mongo ? ['DATABASE_URL'] : [])]
}
