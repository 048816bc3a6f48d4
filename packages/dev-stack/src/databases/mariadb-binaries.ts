import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface MariadbBinaries {
  server: string
  /** The script that fills an empty data folder; undefined for MySQL, whose server does so itself. */
  installer: string | undefined
}

/** MARIADBD_BINARY, or `mariadbd` or `mysqld` on PATH or where packages put servers. Undefined where there is none. */
export async function mariadbBinaries(env = process.env, places = usualPlaces): Promise<MariadbBinaries | undefined> {
  const server = env.MARIADBD_BINARY || (await firstExecutable([...pathFolders(env), ...places], ['mariadbd', 'mysqld']))
  if (server === undefined) return undefined
  if (!(await isExecutable(server))) throw new Error(`MARIADBD_BINARY names no program: ${server}`)
  if (!(await isMariadb(server))) return { server, installer: undefined }
  return { server, installer: await installerOf(server, env) }
}

const usualPlaces: readonly string[] = ['/usr/sbin', '/usr/local/sbin', '/usr/libexec', '/opt/homebrew/bin']

function pathFolders(env: NodeJS.ProcessEnv): string[] {
  return (env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '')
}

async function isMariadb(server: string): Promise<boolean> {
  const { stdout } = await run(server, ['--no-defaults', '--version'], { timeout: 10_000 })
  return stdout.includes('MariaDB')
}

/** Beside the server as packages and archives lay it, else on PATH. */
async function installerOf(server: string, env: NodeJS.ProcessEnv): Promise<string> {
  const root = path.join(path.dirname(server), '..')
  const folders = ['bin', 'scripts'].map((folder) => path.join(root, folder))
  const installer = await firstExecutable([...folders, ...pathFolders(env)], ['mariadb-install-db', 'mysql_install_db'])
  if (installer === undefined) throw new Error(`there is no mariadb-install-db beside ${server}`)
  return installer
}

async function firstExecutable(folders: readonly string[], names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    for (const folder of folders) {
      const file = path.join(folder, name)
      if (await isExecutable(file)) return file
    }
  }
  return undefined
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
