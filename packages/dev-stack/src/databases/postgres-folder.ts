import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exitOf } from '../processes/child-exit.ts'
import { followLog } from './log-lines.ts'
import { publicRoot, reachableByOthers, type PostgresBinaries, type ServerUser } from './postgres-binaries.ts'

export interface ServerFolder {
  dataDir: string
  temporary: boolean
}

/** A folder that the server's user may enter: the wished one, a stand-in for it outside a private home, or a temporary one. */
export async function serverFolder(
  wish: string | undefined,
  { user, server }: { user: ServerUser | undefined; server: string },
): Promise<ServerFolder> {
  const dataDir = wish === undefined ? await temporaryFolder(server) : await lastingFolder(path.resolve(wish), user)
  if (user) await chown(dataDir, user.uid, user.gid)
  await chmod(dataDir, 0o700)
  return { dataDir, temporary: wish === undefined }
}

async function temporaryFolder(server: string): Promise<string> {
  const root = (await reachableByOthers(tmpdir())) ? tmpdir() : '/tmp'
  return mkdtemp(path.join(root, `polystore-${server}-`))
}

async function lastingFolder(wish: string, user: ServerUser | undefined): Promise<string> {
  await mkdir(path.dirname(wish), { recursive: true })
  if (user) await openTemporaryParents(path.dirname(wish))
  const apart = user !== undefined && !(await reachableByOthers(path.dirname(wish)))
  const dataDir = apart ? await folderApart(`${wish}.location`) : wish
  await mkdir(dataDir, { recursive: true })
  return dataDir
}

/** The file beside the wished place says where the data lies; when it is gone with its clone, the next clone begins anew. */
async function folderApart(locationFile: string): Promise<string> {
  const known = (await readFile(locationFile, 'utf8').catch(() => '')).trim()
  if (known !== '') return known
  const dataDir = path.join(publicRoot, `data-${randomBytes(6).toString('hex')}`)
  await writeFile(locationFile, `${dataDir}\n`)
  return dataDir
}

/** A folder made by mkdtemp is private to its maker; what lies in it may then be entered by those who know its name. */
async function openTemporaryParents(parent: string): Promise<void> {
  const temporaryRoot = path.resolve(tmpdir())
  for (let folder = parent; folder.startsWith(`${temporaryRoot}${path.sep}`); folder = path.dirname(folder)) {
    const { mode, uid } = await stat(folder)
    if (uid === process.getuid?.()) await chmod(folder, mode | 0o011)
  }
}

interface InitOptions {
  binaries: PostgresBinaries
  folder: ServerFolder
  user: ServerUser | undefined
  password: string
}

/** Makes the cluster once; a half-made one, left by a crash of initdb, is made anew. */
export async function ensureCluster({ binaries, folder, user, password }: InitOptions): Promise<void> {
  if (await clusterIsComplete(folder.dataDir)) return
  for (const entry of await readdir(folder.dataDir)) await rm(path.join(folder.dataDir, entry), { recursive: true, force: true })
  const passwordFile = path.join(tmpdir(), `polystore-${randomBytes(8).toString('hex')}`)
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  if (user) await chown(passwordFile, user.uid, user.gid)
  try {
    await initdb(binaries.initdb, user, [
      `--pgdata=${folder.dataDir}`,
      '--auth=scram-sha-256',
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      ...(folder.temporary ? ['--no-sync'] : []),
    ])
  } finally {
    await rm(passwordFile, { force: true })
  }
  await writeFile(path.join(folder.dataDir, completeMark), '')
}

const completeMark = 'polystore.complete'

async function clusterIsComplete(dataDir: string): Promise<boolean> {
  return readFile(path.join(dataDir, completeMark)).then(
    () => true,
    () => false,
  )
}

async function initdb(file: string, user: ServerUser | undefined, args: string[]): Promise<void> {
  const child = spawn(file, args, { ...user, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 })
  const log = followLog(child)
  const { code } = await exitOf(child)
  if (code !== 0) throw new Error(`initdb failed with code ${code}:\n${log.text()}`)
}
