import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { endChild, exitOf, settledWithin } from '../processes/child-exit.ts'
import { freePort } from '../processes/free-port.ts'
import { forgetProcess, guardProcess } from '../processes/process-guard.ts'
import type { DatabaseServer, DatabaseServerOptions } from './database-server.ts'
import { followLog } from './log-lines.ts'
import { redisBinary } from './redis-binary.ts'

const startAttempts = 5
const startTimeoutMs = 30_000

/** Starts a real Redis on 127.0.0.1 that keeps nothing on disk: a cache. */
export async function startRedis({ port: wish, log }: Pick<DatabaseServerOptions, 'port' | 'log'> = {}): Promise<DatabaseServer> {
  const file = await redisBinary()
  if (file === undefined) throw new Error('there is no Redis: install redis-server, or set REDIS_BINARY')
  const dataDir = await mkdtemp(path.join(tmpdir(), 'polystore-redis-'))
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(wish)
    const result = await launch({ file, dataDir, port, log })
    if ('pid' in result) return serverHandle(result, { dataDir, port })
    if (!result.output.includes('Address already in use') || attempt === startAttempts) {
      await rm(dataDir, { recursive: true, force: true })
      throw new Error(`Redis did not start:\n${result.output}`)
    }
  }
}

interface Launch {
  file: string
  dataDir: string
  port: number
  log: ((line: string) => void) | undefined
}

type Running = { pid: number; exited: ReturnType<typeof exitOf>; child: ReturnType<typeof spawn> }

async function launch({ file, dataDir, port, log: onLine }: Launch): Promise<Running | { output: string }> {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dataDir]
  // Detached: the terminal's Ctrl-C must not reach it before the services are stopped.
  const child = spawn(file, settings, { cwd: dataDir, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = exitOf(child)
  const log = followLog(child, onLine)
  if (child.pid !== undefined) guardProcess({ pid: child.pid, signal: 'SIGTERM', removeDir: dataDir })
  const ready = log.waitFor(/ready to accept connections/iu)
  const settled = await settledWithin(ready, startTimeoutMs)
  if (settled && child.pid !== undefined && (await ready)) return { pid: child.pid, exited, child }
  await endChild(child, exited, [{ signal: 'SIGTERM', waitMs: 5_000 }])
  if (child.pid !== undefined) await forgetProcess(child.pid)
  return { output: log.text() }
}

function serverHandle({ child, exited, pid }: Running, { dataDir, port }: { dataDir: string; port: number }): DatabaseServer {
  void exited.then(() => forgetProcess(pid))
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid,
    dataDir,
    exited,
    async stop() {
      await endChild(child, exited, [{ signal: 'SIGTERM', waitMs: 5_000 }])
      await forgetProcess(pid)
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 })
    },
    async kill(signal = 'SIGKILL') {
      child.kill(signal)
      await exited
    },
  }
}
