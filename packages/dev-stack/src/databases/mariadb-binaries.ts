import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { findProgram, firstProgram, pathFolders } from './find-program.ts'

const run = promisify(execFile)

export interface MariadbBinaries {
  server: string
  /** The script that fills an empty data folder; undefined for MySQL, whose server does so itself. */
  installer: string | undefined
}

/** MARIADBD_BINARY, or `mariadbd` or `mysqld` on PATH or where packages put servers. Undefined where there is none. */
export async function mariadbBinaries(env = process.env, places = usualPlaces): Promise<MariadbBinaries | undefined> {
  const search = { variable: 'MARIADBD_BINARY', names: ['mariadbd', 'mysqld'], folders: [...pathFolders(env), ...places] }
  const server = await findProgram(search, env)
  if (server === undefined) return undefined
  if (!(await isMariadb(server))) return { server, installer: undefined }
  return { server, installer: await installerOf(server, env) }
}

const usualPlaces: readonly string[] = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/opt/homebrew/bin']

async function isMariadb(server: string): Promise<boolean> {
  const { stdout } = await run(server, ['--no-defaults', '--version'], { timeout: 10_000 })
  return stdout.includes('MariaDB')
}

/** Beside the server as packages and archives lay it, else on PATH. */
async function installerOf(server: string, env: NodeJS.ProcessEnv): Promise<string> {
  const root = path.join(path.dirname(server), '..')
  const folders = ['bin', 'scripts'].map((folder) => path.join(root, folder))
  const installer = await firstProgram(['mariadb-install-db', 'mysql_install_db'], [...folders, ...pathFolders(env)])
  if (installer === undefined) throw new Error(`there is no mariadb-install-db beside ${server}`)
  return installer
}
