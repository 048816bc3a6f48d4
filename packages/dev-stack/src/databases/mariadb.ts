import { spawn } from 'node:child_process'
import { chown, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { exitOf } from '../processes/child-exit.ts'
import type { DatabaseServer, DatabaseServerOptions } from './database-server.ts'
import { followLog } from './log-lines.ts'
import { mariadbBinaries, type MariadbBinaries } from './mariadb-binaries.ts'
import { serverUser, type ServerUser } from './postgres-binaries.ts'
import { serverFolder, type ServerFolder } from './postgres-folder.ts'
import { startServer } from './server-process.ts'

export interface MariadbOptions extends DatabaseServerOptions {
  /** Of the user `root`, set anew with every start. */
  password?: string
}

const installTimeoutMs = 120_000

/** Starts a real MariaDB (or MySQL, when only that is there) on 127.0.0.1; the first start on a folder fills it. */
export async function startMariadb(options: MariadbOptions = {}): Promise<DatabaseServer> {
  const binaries = await mariadbBinaries()
  if (!binaries) throw new Error('there is no MariaDB: install mariadb-server, or set MARIADBD_BINARY')
  const user = await serverUser('mysql')
  const folder = await serverFolder(options.dataDir, { user, server: 'mariadb' })
  await ensureSystemTables(binaries, folder, user)
  const password = options.password ?? 'polystore'
  await writeAccess(folder, user, password)
  const durable = options.durable ?? !folder.temporary
  const program = {
    name: 'MariaDB',
    file: binaries.server,
    folder,
    user,
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    args: (port: number) => settings(folder.dataDir, port, durable),
    url: (port: number) => `mysql://root:${encodeURIComponent(password)}@127.0.0.1:${port}/`,
    ready: /ready for connections/u,
    passing: /Unable to lock|Address already in use|Another process with pid/u,
    stopSteps: [{ signal: 'SIGTERM', waitMs: 15_000 }],
    abandonSignal: 'SIGTERM',
  } as const
  return startServer(program, options)
}

const completeMark = 'polystore.complete'
const accessFile = 'polystore.sql'

/** A folder that is half filled, left by a crash of the installer, is filled anew. */
async function ensureSystemTables(
  { server, installer }: MariadbBinaries,
  folder: ServerFolder,
  user: ServerUser | undefined,
): Promise<void> {
  const entries = await readdir(folder.dataDir)
  if (entries.includes(completeMark)) return
  for (const entry of entries) await rm(path.join(folder.dataDir, entry), { recursive: true, force: true })
  const ofMariadb = ['--no-defaults', `--datadir=${folder.dataDir}`, '--auth-root-authentication-method=normal', '--skip-test-db']
  const ofMysql = ['--no-defaults', '--initialize-insecure', `--datadir=${folder.dataDir}`]
  await install(installer ?? server, installer === undefined ? ofMysql : ofMariadb, user)
  await writeFile(path.join(folder.dataDir, completeMark), '')
}

async function install(file: string, args: string[], user: ServerUser | undefined): Promise<void> {
  const child = spawn(file, args, { ...user, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], timeout: installTimeoutMs })
  const log = followLog(child)
  const { code } = await exitOf(child)
  if (code !== 0) throw new Error(`${path.basename(file)} failed with code ${code}:\n${log.text()}`)
}

/** The server reads it at its start: `root` has this password, and is let in over the loopback address alone. */
async function writeAccess(folder: ServerFolder, user: ServerUser | undefined, password: string): Promise<void> {
  const file = path.join(folder.dataDir, accessFile)
  const secret = `'${password.replaceAll(/['\\]/gu, '\\$&')}'`
  const lines = ["'root'@'127.0.0.1'", "'root'@'localhost'"].flatMap((account) => [
    `CREATE USER IF NOT EXISTS ${account};`,
    `ALTER USER ${account} IDENTIFIED BY ${secret};`,
    `GRANT ALL ON *.* TO ${account} WITH GRANT OPTION;`,
  ])
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 })
  if (user) await chown(file, user.uid, user.gid)
}

/** Names are relative to the data folder. What one of the two databases does not know is marked as loose. */
function settings(dataDir: string, port: number, durable: boolean): string[] {
  return [
    ...['--no-defaults', `--datadir=${dataDir}`, `--init-file=${path.join(dataDir, accessFile)}`],
    ...[`--port=${port}`, '--bind-address=127.0.0.1', '--socket=polystore.sock', '--pid-file=polystore.pid', '--loose-mysqlx=OFF'],
    ...['--max-connections=300', '--skip-log-bin', `--secure-file-priv=${dataDir}`, '--loose-skip-performance-schema'],
    ...['--character-set-server=utf8mb4', '--default-time-zone=+00:00'],
    ...['--innodb-buffer-pool-size=64M', '--innodb-log-file-size=32M', '--innodb-print-all-deadlocks=OFF'],
    // Without them a crash of the machine loses data, and only that.
    ...(durable ? [] : ['--innodb-flush-log-at-trx-commit=0', '--innodb-doublewrite=0']),
  ]
}
