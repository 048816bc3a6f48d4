import { mariadbBinaries, startMariadb, type DatabaseServer } from '@polystore/dev-stack'
import { sql } from 'drizzle-orm'
import { int, mysqlTable } from 'drizzle-orm/mysql-core'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  CommitUnknownError,
  RepositoryError,
  StatementTimeoutError,
  UnavailableError,
  UnsupportedError,
} from '../src/errors/repository-error.ts'
import { connectMysql, identityKey, SqlRepository, type MysqlDatabase, type MysqlOptions } from '../src/sql/mysql/index.ts'
import { freezeProcess } from './support/freeze-process.ts'
import { failureOf } from './support/postgres.ts'

const present = (await mariadbBinaries()) !== undefined

describe.runIf(present)(`when the server of MySQL fails${present ? '' : ' (skipped: there is no mariadbd here)'}`, () => {
  let server: DatabaseServer
  let folder = ''
  const start = async (port?: number) => {
    server = await startMariadb({ dataDir: path.join(folder, 'data'), durable: true, ...(port !== undefined && { port }) })
  }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'db-core-mariadb-'))
    await start()
    const database = connectMysql(server.url, { poolSize: 1, maxOverflow: 0 })
    await database.execute(
      sql.raw('create database faults; create table faults.ghosts (n int); create table faults.acknowledged (id char(36) primary key)'),
    )
    await database.close()
  })
  afterAll(async () => {
    await server.stop()
    for (const place of [server.dataDir, folder]) await rm(place, { recursive: true, force: true })
  })

  const connect = (options: MysqlOptions): MysqlDatabase => {
    const database = connectMysql(`${server.url}faults`, options)
    onTestFinished(() => database.close())
    return database
  }
  const freeze = () => {
    const { pid } = server
    freezeProcess(pid)
    const thaw = () => void process.kill(pid, 'SIGCONT')
    onTestFinished(thaw)
    return thaw
  }

  test('a server that falls silent ends statements at their deadline, and serves the same handle when it wakes', async () => {
    const database = connect({ poolSize: 2, maxOverflow: 0, statementTimeoutMs: 200, connectTimeoutMs: 500 })
    await database.ping()
    const thaw = freeze()
    expect(await failureOf(database.execute(sql`select ${1} as one`))).toBeInstanceOf(StatementTimeoutError)
    expect(await failureOf(database.ping())).toBeInstanceOf(UnavailableError)
    expect(await database.health()).toEqual({ ok: false, reason: 'unavailable' })
    thaw()
    await database.waitUntilReady({ timeoutMs: 10_000 })
    expect(await database.execute(sql`select ${1} as one`)).toEqual([{ one: 1 }])
  })

  test('a transaction whose server fell silent ends at its deadline and leaves no row', async () => {
    const database = connect({ poolSize: 2, maxOverflow: 0, statementTimeoutMs: 200 })
    const state: { thaw: () => void } = { thaw: () => {} }
    const failure = await failureOf(
      database.transaction(async (tx) => {
        await tx.execute(sql`insert into ghosts values (${1})`)
        state.thaw = freeze()
        await tx.execute(sql`insert into ghosts values (${2})`)
      }),
    )
    state.thaw()
    expect(failure).toBeInstanceOf(StatementTimeoutError)
    await database.waitUntilReady({ timeoutMs: 10_000 })
    expect(await database.execute(sql`select * from ghosts`)).toEqual([])
  })

  test('a server that is shut down ends its calls at once, and its successor serves the same handle', async () => {
    const database = connect({ poolSize: 3, maxOverflow: 0, connectTimeoutMs: 1000 })
    await database.ping()
    const sleeping = Promise.all([1, 2, 3].map(() => failureOf(database.execute(sql`select sleep(${4})`))))
    await vi.waitFor(() => expect(database.poolHealth()).toMatchObject({ open: 3, idle: 0 }))
    await server.stop()
    for (const failure of await sleeping) expect(failure).toBeInstanceOf(UnavailableError)
    expect(await failureOf(database.ping())).toBeInstanceOf(UnavailableError)
    await start(server.port)
    await database.waitUntilReady({ timeoutMs: 10_000 })
    await Promise.all([1, 2, 3, 4, 5].map(() => database.ping()))
    const { open, idle, waiting } = database.poolHealth()
    expect({ few: open <= 3, idle, waiting }).toEqual({ few: true, idle: open, waiting: 0 })
  })

  test('on a cluster that counts keys in steps, rows that share a statement are refused and a single row is not', async () => {
    const counted = mysqlTable('counted', { ...identityKey(), n: int('n') })
    const admin = connect({ poolSize: 1, maxOverflow: 0 })
    await admin.execute(
      sql.raw('create table counted (id bigint primary key auto_increment, n int); set global auto_increment_increment = 3'),
    )
    const repository = new SqlRepository(connect({ poolSize: 1, maxOverflow: 0 }), counted)
    expect(await failureOf(repository.createMany([{ n: 1 }, { n: 2 }]))).toBeInstanceOf(UnsupportedError)
    expect(await repository.create({ n: 3 })).toMatchObject({ n: 3 })
    expect(await repository.list()).toMatchObject([{ n: 3 }])
    await admin.execute(sql.raw('set global auto_increment_increment = 1'))
  })

  test('a server that is killed under load and started again has every acknowledged row, and none that was refused', async () => {
    const database = connect({ poolSize: 4, maxOverflow: 2, statementTimeoutMs: 500, poolTimeoutSeconds: 1, connectTimeoutMs: 1000 })
    const acknowledged = new Set<string>()
    const refused = new Set<string>()
    const state = { running: true }
    const write = async (): Promise<void> => {
      const id = crypto.randomUUID()
      try {
        await database.transaction((tx) => tx.execute(sql`insert into acknowledged values (${id})`))
        acknowledged.add(id)
      } catch (error) {
        if (!(error instanceof RepositoryError)) throw error
        if (!(error instanceof CommitUnknownError)) refused.add(id)
      }
    }
    const writers = Array.from({ length: 8 }, async () => {
      while (state.running) await write()
    })
    await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(20))
    await server.kill('SIGKILL')
    await vi.waitFor(() => expect(refused.size).toBeGreaterThan(0))
    await start(server.port)
    await database.waitUntilReady({ timeoutMs: 10_000 })
    state.running = false
    await Promise.all(writers)
    const rows = new Set((await database.execute<{ id: string }>(sql`select id from acknowledged`)).map(({ id }) => id))
    expect([...acknowledged].filter((id) => !rows.has(id))).toEqual([])
    expect([...refused].filter((id) => rows.has(id))).toEqual([])
    expect(database.poolHealth()).toMatchObject({ waiting: 0 })
  })
})
