import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { endChild, exitOf, settledWithin } from '../processes/child-exit.ts'
import { freePort } from '../processes/free-port.ts'
import { forgetProcess, guardProcess } from '../processes/process-guard.ts'
import type { DatabaseServer, DatabaseServerOptions } from './database-server.ts'
import { followLog } from './log-lines.ts'
import { mongodBinary } from './mongo-binary.ts'
import { ensureReplicaSet, replicaSetName } from './replica-set.ts'

export type MongoOptions = DatabaseServerOptions

const startAttempts = 20
const startTimeoutMs = 60_000

/** Starts a real mongod on 127.0.0.1 as a replica set of one and waits until it is primary. */
export async function startMongo(options: MongoOptions = {}): Promise<DatabaseServer> {
  const file = await mongodBinary(options.log)
  const folder = await mongoFolder(options.dataDir)
  const durable = options.durable ?? !folder.temporary
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(options.port)
    const result = await launchMongod({ file, folder, port, log: options.log })
    if ('pid' in result) return primary(result, { folder, port, durable })
    if (!isPassing(result.output) || attempt === startAttempts) throw new Error(`mongod did not start:\n${result.output}`)
    await delay(250)
  }
}

interface MongoFolder {
  dataDir: string
  temporary: boolean
}

async function mongoFolder(wish: string | undefined): Promise<MongoFolder> {
  if (wish === undefined) return { dataDir: await mkdtemp(path.join(tmpdir(), 'polystore-mongo-')), temporary: true }
  await mkdir(wish, { recursive: true })
  return { dataDir: path.resolve(wish), temporary: false }
}

interface Launch {
  file: string
  folder: MongoFolder
  port: number
  log: ((line: string) => void) | undefined
}

type Running = { pid: number; exited: ReturnType<typeof exitOf>; child: ReturnType<typeof spawn> }

async function launchMongod({ file, folder, port, log: onLine }: Launch): Promise<Running | { output: string }> {
  // Detached: the terminal's Ctrl-C must not reach it before the services are stopped.
  const child = spawn(file, settings(folder.dataDir, port), { cwd: folder.dataDir, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = exitOf(child)
  const log = followLog(child, onLine)
  const removeDir = folder.temporary ? { removeDir: folder.dataDir } : {}
  if (child.pid !== undefined) guardProcess({ pid: child.pid, signal: 'SIGTERM', ...removeDir })
  const ready = log.waitFor(/"Waiting for connections"/u)
  const settled = await settledWithin(ready, startTimeoutMs)
  if (settled && child.pid !== undefined && (await ready)) return { pid: child.pid, exited, child }
  await endChild(child, exited, [{ signal: 'SIGTERM', waitMs: 5_000 }])
  if (child.pid !== undefined) await forgetProcess(child.pid)
  return { output: log.text() }
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

/** A predecessor that is still going away, or a port taken between probe and start. */
function isPassing(output: string): boolean {
  return /DBPathInUse|SocketException|Address already in use/u.test(output)
}

interface Placement {
  folder: MongoFolder
  port: number
  durable: boolean
}

async function primary(running: Running, placement: Placement): Promise<DatabaseServer> {
  const server = serverHandle(running, placement)
  try {
    await ensureReplicaSet(placement)
    return server
  } catch (error) {
    await server.stop()
    throw error
  }
}

function serverHandle({ child, exited, pid }: Running, { folder, port }: Placement): DatabaseServer {
  void exited.then(() => forgetProcess(pid))
  return {
    url: `mongodb://127.0.0.1:${port}/?replicaSet=${replicaSetName}`,
    port,
    pid,
    dataDir: folder.dataDir,
    exited,
    async stop() {
      await endChild(child, exited, [{ signal: 'SIGTERM', waitMs: 15_000 }])
      await forgetProcess(pid)
      if (folder.temporary) await rm(folder.dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
    async kill(signal = 'SIGKILL') {
      child.kill(signal)
      await exited
    },
  }
}
