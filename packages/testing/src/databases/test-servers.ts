import { mariadbBinaries, startMariadb, startMongo, startPostgres } from '@polystore/dev-stack'

export const databaseKinds = ['postgres', 'mongo', 'mariadb'] as const

export type DatabaseKind = (typeof databaseKinds)[number]

export interface TestServers {
  /** One line for people: which databases these are. */
  description: string
  /** TEST_POSTGRES_URL, TEST_MONGO_URL and TEST_MYSQL_URL of the servers that were asked for; TEST_MYSQL_MISSING says why there is none. */
  env: Record<string, string>
  stop(): Promise<void>
}

export const urlVariables: Readonly<Record<DatabaseKind, string>> = {
  postgres: 'TEST_POSTGRES_URL',
  mongo: 'TEST_MONGO_URL',
  mariadb: 'TEST_MYSQL_URL',
}

const missingVariable = 'TEST_MYSQL_MISSING'

/** Why this run has no MariaDB, which nothing brings along; undefined where it has one. */
export function mariadbMissing(env = process.env): string | undefined {
  return env[urlVariables.mariadb] ? undefined : env[missingVariable]
}

/** What is given by the environment is taken; the rest comes from containers where an engine answers, else embedded. */
export async function startTestServers(kinds: readonly DatabaseKind[], env = process.env): Promise<TestServers> {
  const missing = kinds.filter((kind) => !env[urlVariables[kind]] && !(kind === 'mariadb' && mariadbMissing(env)))
  if (missing.length === 0) return { description: 'databases: given by the environment', env: {}, stop: async () => {} }
  const choice = containerChoice(env.CONTAINERS)
  if (choice === 'never') return startEmbedded(missing, 'CONTAINERS=never')
  // Loaded here only: the library is large, and without it everything else works.
  const { startContainers } = await import('./containers.ts')
  try {
    return await startContainers(missing, env)
  } catch (error) {
    if (choice === 'required') throw new Error('CONTAINERS=required, but no container could be started', { cause: error })
    return startEmbedded(missing, `no container: ${firstLine(error)}`)
  }
}

type ContainerChoice = 'required' | 'auto' | 'never'

function containerChoice(value: string | undefined): ContainerChoice {
  if (!value) return 'auto'
  if (value === 'required' || value === 'auto' || value === 'never') return value
  throw new Error(`CONTAINERS must be required, auto or never, not "${value}"`)
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}

const starters = { postgres: startPostgres, mongo: startMongo, mariadb: startMariadb }

async function startEmbedded(kinds: readonly DatabaseKind[], reason: string): Promise<TestServers> {
  const lacking = kinds.includes('mariadb') && !(await mariadbBinaries()) ? noMariadb : undefined
  const present = kinds.filter((kind) => kind !== 'mariadb' || lacking === undefined)
  const started = await Promise.allSettled(present.map(async (kind) => ({ kind, server: await starters[kind]() })))
  const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(({ server }) => server.stop()))
  }
  const failure = started.find((result) => result.status === 'rejected')
  if (failure) {
    await stop()
    throw failure.reason
  }
  const env = Object.fromEntries(running.map(({ kind, server }) => [urlVariables[kind], server.url]))
  const names = present.join(' and ') || 'none'
  const description = [`databases: embedded ${names} (${reason})`, ...(lacking ? [`tests on MariaDB are skipped: ${lacking}`] : [])].join(
    '; ',
  )
  return { description, env: { ...env, ...(lacking && { [missingVariable]: lacking }) }, stop }
}

const noMariadb = 'neither a container nor a mariadbd is to be had'
