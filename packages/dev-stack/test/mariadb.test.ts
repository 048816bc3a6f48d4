import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { mariadbBinaries, startMariadb, type DatabaseServer, type MariadbOptions } from '../src/index.ts'
import { isAlive } from './support/processes.ts'
import { mysqlRows } from './support/queries.ts'

const started: DatabaseServer[] = []
const folders: string[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()))
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

async function start(options?: MariadbOptions): Promise<DatabaseServer> {
  const server = await startMariadb(options)
  started.push(server)
  return server
}

const present = (await mariadbBinaries()) !== undefined

test('no MariaDB is found where neither the environment nor a folder has one', async () => {
  expect(await mariadbBinaries({ MARIADBD_BINARY: '', PATH: '' }, [])).toBeUndefined()
})

test('a MARIADBD_BINARY that names no program is refused', async () => {
  await expect(mariadbBinaries({ MARIADBD_BINARY: '/nowhere/mariadbd' })).rejects.toThrow('/nowhere/mariadbd')
})

describe.runIf(present)(`MariaDB${present ? '' : ' (skipped: there is no mariadbd here)'}`, () => {
  test('a temporary server answers on the loopback address alone, and leaves neither process nor folder', async () => {
    const server = await start()
    const rows = await mysqlRows(server.url, 'select @@bind_address as address, @@character_set_server as charset, @@time_zone as zone')
    expect(rows).toEqual([{ address: '127.0.0.1', charset: 'utf8mb4', zone: '+00:00' }])
    await server.stop()
    expect(isAlive(server.pid)).toBe(false)
    expect(existsSync(server.dataDir)).toBe(false)
  })

  test('what was committed survives SIGKILL, and the server starts again on its folder', async () => {
    const folder = await mkdtemp('/tmp/polystore-test-')
    folders.push(folder)
    const dataDir = path.join(folder, 'data')
    const first = await start({ dataDir })
    await mysqlRows(first.url, 'create database kept')
    await mysqlRows(`${first.url}kept`, 'create table answers as select 42 as answer')
    await first.kill()
    const second = await start({ dataDir, port: first.port, password: "it's \\ new" })
    expect(await mysqlRows(`${second.url}kept`, 'select answer from answers')).toEqual([{ answer: 42 }])
  })

  test('two servers live side by side, and a wrong password is refused', async () => {
    const [one, two] = await Promise.all([start(), start()])
    expect(one.port).not.toBe(two.port)
    await expect(mysqlRows(one.url.replace('polystore', 'wrong'), 'select 1')).rejects.toThrow(/Access denied/u)
  })
})
