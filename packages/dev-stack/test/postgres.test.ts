import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startPostgres, type DatabaseServer, type PostgresOptions } from '../src/index.ts'
import { isAlive } from './support/processes.ts'
import { postgresRows } from './support/queries.ts'

const started: DatabaseServer[] = []
const folders: string[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()))
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

async function start(options?: PostgresOptions): Promise<DatabaseServer> {
  const server = await startPostgres(options)
  started.push(server)
  return server
}

async function folder(): Promise<string> {
  const created = await mkdtemp('/tmp/polystore-test-')
  folders.push(created)
  return path.join(created, 'data')
}

test('a temporary PostgreSQL 18 answers, and leaves neither process nor folder', async () => {
  const server = await start()
  const [row] = await postgresRows(server.url, "SELECT version(), current_setting('data_directory') AS dir, lower('É') AS low")
  expect(row).toMatchObject({ version: expect.stringContaining('PostgreSQL 18'), low: 'é' })
  await server.stop()
  expect(isAlive(server.pid)).toBe(false)
  expect(row).toHaveProperty('dir', expect.stringContaining('polystore-postgres-'))
  expect(existsSync(String(Object(row).dir))).toBe(false)
})

test('a taken port is passed over', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const address = holder.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const server = await start({ port })
  expect(server.port).toBeGreaterThan(port)
  holder.close()
})

test('what was committed survives SIGKILL, and the server starts again on its folder at once', async () => {
  const dataDir = await folder()
  const first = await start({ dataDir })
  await postgresRows(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
  await first.kill()
  const second = await start({ dataDir, port: first.port })
  expect(await postgresRows(second.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
})

test('the pid file of a crash is removed also when its number belongs to another process now', async () => {
  const dataDir = await folder()
  const first = await start({ dataDir })
  const pidFile = path.join(first.dataDir, 'postmaster.pid')
  const content = await readFile(pidFile, 'utf8')
  await first.stop()
  await writeFile(pidFile, content.replace(/^\d+/u, String(process.pid)))
  const second = await start({ dataDir })
  expect(await postgresRows(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})

test('two servers live side by side', async () => {
  const [one, two] = await Promise.all([start(), start()])
  expect(one.port).not.toBe(two.port)
  const rows = await Promise.all([one, two].map((server) => postgresRows(server.url, 'SELECT 1 AS one')))
  expect(rows).toEqual([[{ one: 1 }], [{ one: 1 }]])
})

test.runIf(process.getuid?.() === 0)('in a private folder of root the data lies where the user postgres may reach it', async () => {
  const home = await mkdtemp('/opt/polystore-private-')
  folders.push(home)
  const server = await start({ dataDir: path.join(home, 'data') })
  folders.push(server.dataDir)
  expect(server.dataDir).toMatch(/^\/var\/lib\/polystore\/data-/u)
  expect((await readFile(path.join(home, 'data.location'), 'utf8')).trim()).toBe(server.dataDir)
  expect(await postgresRows(server.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
})
