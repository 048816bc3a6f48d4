import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { DatabaseServer, DatabaseServerOptions } from './database-server.ts'
import { mongodBinary } from './mongo-binary.ts'
import type { ServerFolder } from './postgres-folder.ts'
import { ensureReplicaSet, replicaSetName } from './replica-set.ts'
import { startServer } from './server-process.ts'

export type MongoOptions = DatabaseServerOptions

/** Starts a real mongod on 127.0.0.1 as a replica set of one and waits until it is primary. */
export async function startMongo(options: MongoOptions = {}): Promise<DatabaseServer> {
  const file = await mongodBinary(options.log)
  const folder = await mongoFolder(options.dataDir)
  const program = {
    name: 'mongod',
    file,
    folder,
    args: (port: number) => settings(folder.dataDir, port),
    url: (port: number) => `mongodb://127.0.0.1:${port}/?replicaSet=${replicaSetName}`,
    ready: /"Waiting for connections"/u,
    passing: /DBPathInUse|SocketException|Address already in use/u,
    stopSteps: [{ signal: 'SIGTERM', waitMs: 15_000 }],
    abandonSignal: 'SIGTERM',
  } as const
  const server = await startServer(program, options)
  return primary(server, { port: server.port, durable: options.durable ?? !folder.temporary })
}

/** The server, once it takes writes; ended when it does not come to that. */
async function primary(server: DatabaseServer, placement: { port: number; durable: boolean }): Promise<DatabaseServer> {
  try {
    await ensureReplicaSet(placement)
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function mongoFolder(wish: string | undefined): Promise<ServerFolder> {
  if (wish === undefined) return { dataDir: await mkdtemp(path.join(tmpdir(), 'polystore-mongo-')), temporary: true }
  await mkdir(wish, { recursive: true })
  return { dataDir: path.resolve(wish), temporary: false }
}

function settings(dataDir: string, port: number): string[] {
  return [
    ...['--dbpath', dataDir, '--port', String(port), '--bind_ip', '127.0.0.1'],
    ...['--replSet', replicaSetName, '--oplogSize', '256', '--wiredTigerCacheSizeGB', '0.5'],
    ...(process.platform === 'win32' ? [] : ['--nounixsocket']),
    ...['--setParameter', 'diagnosticDataCollectionEnabled=false'],
    // A transaction whose process was killed keeps its documents locked until this is over; the server's own 60 s are too long.
    ...['--setParameter', 'transactionLifetimeLimitSeconds=10'],
    // A replica set of one has nobody to hand over to.
    ...['--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=100'],
  ]
}
