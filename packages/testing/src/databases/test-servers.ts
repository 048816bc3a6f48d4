import {
  mariadbBinaries,
  rabbitmqBinaries,
  redisBinary,
  startMariadb,
  startMongo,
  startPostgres,
  startRabbitmq,
  startRedis,
} from '@polystore/dev-stack'
import { urlVariables, type DatabaseKind, type TestServers } from './database-kinds.ts'

/** Servers that nothing is sure to bring along: where the variable of one names a reason, its tests are skipped for it. */
const optional = {
  mariadb: { variable: 'TEST_MYSQL_MISSING', name: 'MariaDB', program: 'mariadbd', find: mariadbBinaries },
  redis: { variable: 'TEST_REDIS_MISSING', name: 'Redis', program: 'redis-server', find: redisBinary },
  rabbitmq: { variable: 'TEST_RABBITMQ_MISSING', name: 'RabbitMQ', program: 'rabbitmq-server', find: rabbitmqBinaries },
} as const

/** Why this run has no MariaDB; undefined where it has one. */
export function mariadbMissing(env = process.env): string | undefined {
  return missingReason('mariadb', env)
}

/** Why this run has no Redis; undefined where it has one. */
export function redisMissing(env = process.env): string | undefined {
  return missingReason('redis', env)
}

/** Why this run has no RabbitMQ; undefined where it has one. */
export function rabbitmqMissing(env = process.env): string | undefined {
  return missingReason('rabbitmq', env)
}

function missingReason(kind: DatabaseKind, env: NodeJS.ProcessEnv): string | undefined {
  return env[urlVariables[kind]] || !isOptional(kind) ? undefined : env[optional[kind].variable]
}

function isOptional(kind: DatabaseKind): kind is keyof typeof optional {
  return kind in optional
}

/** What is given by the environment is taken; the rest comes from containers where an engine answers, else embedded. */
export async function startTestServers(kinds: readonly DatabaseKind[], env = process.env): Promise<TestServers> {
  const missing = kinds.filter((kind) => !env[urlVariables[kind]] && missingReason(kind, env) === undefined)
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

const starters = { postgres: startPostgres, mongo: startMongo, mariadb: startMariadb, redis: startRedis, rabbitmq: startRabbitmq }

async function startEmbedded(kinds: readonly DatabaseKind[], why: string): Promise<TestServers> {
  const lacking = await lackingServers(kinds)
  const present = kinds.filter((kind) => !lacking.some((one) => one.kind === kind))
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
  const skipped = lacking.map(({ name, reason }) => `tests on ${name} are skipped: ${reason}`)
  const description = [`databases: embedded ${present.join(' and ') || 'none'} (${why})`, ...skipped].join('; ')
  return { description, env: { ...env, ...Object.fromEntries(lacking.map(({ variable, reason }) => [variable, reason])) }, stop }
}

interface Lacking {
  kind: DatabaseKind
  name: string
  variable: string
  reason: string
}

async function lackingServers(kinds: readonly DatabaseKind[]): Promise<Lacking[]> {
  const asked = await Promise.all(
    kinds.filter(isOptional).map(async (kind) => {
      const { variable, name, program, find } = optional[kind]
      const reason = `neither a container nor a ${program} is to be had`
      return (await find()) ? [] : [{ kind, name, variable, reason }]
    }),
  )
  return asked.flat()
}
