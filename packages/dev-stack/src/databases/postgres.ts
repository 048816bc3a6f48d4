import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { endChild, exitOf, settledWithin } from '../processes/child-exit.ts'
import { freePort } from '../processes/free-port.ts'
import { forgetProcess, guardProcess } from '../processes/process-guard.ts'
import type { DatabaseServer, DatabaseServerOptions } from './database-server.ts'
import { followLog } from './log-lines.ts'
import { postgresBinaries, serverUser, type ServerUser } from './postgres-binaries.ts'
import { ensureCluster, serverFolder, type ServerFolder } from './postgres-folder.ts'
import { clearStalePid } from './postgres-pid.ts'

export interface PostgresOptions extends DatabaseServerOptions {
  /** Of the user `postgres`; set when the cluster is made. */
  password?: string
}

const startAttempts = 20
const startTimeoutMs = 60_000

/** Starts a real PostgreSQL on 127.0.0.1; the first start on a folder makes the cluster. */
export async function startPostgres(options: PostgresOptions = {}): Promise<DatabaseServer> {
  const password = options.password ?? 'polystore'
  const user = await serverUser()
  const binaries = await postgresBinaries(user)
  const folder = await serverFolder(options.dataDir, { user, server: 'postgres' })
  await ensureCluster({ binaries, folder, user, password })
  await clearStalePid(folder.dataDir)
  const durable = options.durable ?? !folder.temporary
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(options.port)
    const launch = { file: binaries.postgres, folder, user, port, durable, log: options.log }
    const result = await launchPostgres(launch)
    if ('pid' in result) return serverHandle(result, { folder, port, password })
    if (!isPassing(result.output) || attempt === startAttempts) throw new Error(`PostgreSQL did not start:\n${result.output}`)
    await delay(250)
  }
}

interface Launch {
  file: string
  folder: ServerFolder
  user: ServerUser | undefined
  port: number
  durable: boolean
  log: ((line: string) => void) | undefined
}

type Running = { pid: number; exited: ReturnType<typeof exitOf>; child: ReturnType<typeof spawn> }

async function launchPostgres(launch: Launch): Promise<Running | { output: string }> {
  const args = ['-D', launch.folder.dataDir, '-p', String(launch.port), ...settings(launch.durable)]
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', SYSTEMROOT: process.env.SYSTEMROOT }
  // Detached: the terminal's Ctrl-C must not reach it before the services are stopped.
  const child = spawn(launch.file, args, {
    ...launch.user,
    cwd: launch.folder.dataDir,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = exitOf(child)
  const log = followLog(child, launch.log)
  if (child.pid !== undefined) guardProcess({ pid: child.pid, signal: 'SIGINT', ...removal(launch.folder) })
  const ready = log.waitFor(/ready to accept connections/u)
  await settledWithin(ready, startTimeoutMs)
  if (child.pid !== undefined && child.exitCode === null && (await Promise.race([ready, delay(0, false)])))
    return { pid: child.pid, exited, child }
  await endChild(child, exited, [{ signal: 'SIGQUIT', waitMs: 5_000 }])
  if (child.pid !== undefined) await forgetProcess(child.pid)
  return { output: log.text() }
}

function settings(durable: boolean): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '300',
    logging_collector: 'off',
    log_timezone: 'UTC',
    timezone: 'UTC',
    // Without them a crash of the machine loses data, and only that.
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** A predecessor that is still going away, or a port taken between probe and start. */
function isPassing(output: string): boolean {
  return /pre-existing shared memory|lock file "postmaster\.pid" already exists|could not bind|Address already in use/u.test(output)
}

function removal(folder: ServerFolder): { removeDir?: string } {
  return folder.temporary ? { removeDir: folder.dataDir } : {}
}

function serverHandle(
  running: Running,
  { folder, port, password }: { folder: ServerFolder; port: number; password: string },
): DatabaseServer {
  const { child, exited, pid } = running
  void exited.then(() => forgetProcess(pid))
  const stopSteps = [
    { signal: 'SIGINT', waitMs: 10_000 },
    { signal: 'SIGQUIT', waitMs: 5_000 },
  ] as const
  return {
    url: `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`,
    port,
    pid,
    dataDir: folder.dataDir,
    exited,
    async stop() {
      await endChild(child, exited, stopSteps)
      await forgetProcess(pid)
      if (folder.temporary) await rm(path.resolve(folder.dataDir), { recursive: true, force: true, maxRetries: 5 })
    },
    async kill(signal = 'SIGKILL') {
      child.kill(signal)
      await exited
    },
  }
}
