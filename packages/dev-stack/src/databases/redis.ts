import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { DatabaseServer, DatabaseServerOptions } from './database-server.ts'
import { redisBinary } from './redis-binary.ts'
import { startServer } from './server-process.ts'

/** Starts a real Redis on 127.0.0.1 that keeps nothing on disk: a cache. */
export async function startRedis(options: Pick<DatabaseServerOptions, 'port' | 'log'> = {}): Promise<DatabaseServer> {
  const file = await redisBinary()
  if (file === undefined) throw new Error('there is no Redis: install redis-server, or set REDIS_BINARY')
  const dataDir = await mkdtemp(path.join(tmpdir(), 'polystore-redis-'))
  const program = {
    name: 'Redis',
    file,
    folder: { dataDir, temporary: true },
    args: (port: number) => ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dataDir],
    url: (port: number) => `redis://127.0.0.1:${port}`,
    ready: /ready to accept connections/iu,
    passing: /Address already in use/u,
    stopSteps: [{ signal: 'SIGTERM', waitMs: 5_000 }],
    abandonSignal: 'SIGTERM',
  } as const
  return startServer(program, options)
}
