import path from 'node:path'
import { Client } from 'pg'
import type { DatabaseServer } from '../databases/database-server.ts'
import { startMongo } from '../databases/mongo.ts'
import { startPostgres } from '../databases/postgres.ts'
import { startRabbitmq } from '../databases/rabbitmq.ts'
import type { Launched } from '../processes/supervised-process.ts'
import { postgresDatabases } from './stack-environment.ts'
import type { StackPorts } from './stack-ports.ts'
import type { StackSecrets } from './stack-secrets.ts'

interface Options {
  dataDir: string
  ports: StackPorts
  secrets: StackSecrets
  durable: boolean
  log: (line: string) => void
}

export function launchPostgres({ dataDir, ports, secrets, durable }: Options): () => Promise<Launched> {
  return async () => {
    const server = await startPostgres({
      dataDir: path.join(dataDir, 'postgres'),
      port: ports.postgres,
      password: secrets.postgresPassword,
      durable,
    })
    return onPort(server, ports.postgres)
  }
}

export function launchMongo({ dataDir, ports, durable, log }: Options): () => Promise<Launched> {
  const progress = (line: string): void => {
    if (line.startsWith('fetching mongod')) log(line)
  }
  return async () => {
    const server = await startMongo({ dataDir: path.join(dataDir, 'mongo'), port: ports.mongo, durable, log: progress })
    return onPort(server, ports.mongo)
  }
}

export function launchRabbitmq({ dataDir, ports, secrets }: Options): () => Promise<Launched> {
  return async () => {
    const server = await startRabbitmq({
      dataDir: path.join(dataDir, 'rabbitmq'),
      port: ports.rabbitmq,
      password: secrets.rabbitmqPassword,
    })
    return onPort(server, ports.rabbitmq)
  }
}

/** The services know this port: a server on another one is of no use to them. */
async function onPort(server: DatabaseServer, port: number): Promise<Launched> {
  if (server.port !== port) {
    await server.stop()
    throw new Error(`port ${port} is taken`)
  }
  return { pid: server.pid, exited: server.exited, stop: () => server.stop(), kill: (signal) => void server.kill(signal) }
}

/** Creates the services' databases that are not there yet. */
export async function ensurePostgresDatabases(serverUrl: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl, connectionTimeoutMillis: 10_000, query_timeout: 30_000 })
  await client.connect()
  try {
    const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database')
    const known = new Set(rows.map(({ datname }) => datname))
    for (const name of postgresDatabases) if (!known.has(name)) await client.query(`CREATE DATABASE ${name}`)
  } finally {
    await client.end()
  }
}
