import type { DatabaseServer, DatabaseServerOptions } from './database-server.ts'
import { postgresBinaries, serverUser } from './postgres-binaries.ts'
import { ensureCluster, serverFolder } from './postgres-folder.ts'
import { clearStalePid } from './postgres-pid.ts'
import { startServer } from './server-process.ts'

export interface PostgresOptions extends DatabaseServerOptions {
  /** Of the user `postgres`; set when the cluster is made. */
  password?: string
}

/** Starts a real PostgreSQL on 127.0.0.1; the first start on a folder makes the cluster. */
export async function startPostgres(options: PostgresOptions = {}): Promise<DatabaseServer> {
  const password = options.password ?? 'polystore'
  const user = await serverUser()
  const binaries = await postgresBinaries(user)
  const folder = await serverFolder(options.dataDir, { user, server: 'postgres' })
  await ensureCluster({ binaries, folder, user, password })
  await clearStalePid(folder.dataDir)
  const durable = options.durable ?? !folder.temporary
  const program = {
    name: 'PostgreSQL',
    file: binaries.postgres,
    folder,
    user,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', SYSTEMROOT: process.env.SYSTEMROOT },
    args: (port: number) => ['-D', folder.dataDir, '-p', String(port), ...settings(durable)],
    url: (port: number) => `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`,
    ready: /ready to accept connections/u,
    passing: /pre-existing shared memory|lock file "postmaster\.pid" already exists|could not bind|Address already in use/u,
    stopSteps: [
      { signal: 'SIGINT', waitMs: 10_000 },
      { signal: 'SIGQUIT', waitMs: 5_000 },
    ],
    abandonSignal: 'SIGQUIT',
  } as const
  return startServer(program, options)
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
