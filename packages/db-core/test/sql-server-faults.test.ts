import { startPostgres } from '@polystore/dev-stack'
import { sql } from 'drizzle-orm'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { CommitUnknownError, RepositoryError, StatementTimeoutError, UnavailableError } from '../src/errors/repository-error.ts'
import { connectPostgres, type PostgresDatabase, type PostgresOptions } from '../src/sql/index.ts'
import { freezeProcess } from './support/freeze-process.ts'
import { drivers, failureOf } from './support/postgres.ts'

type Server = Awaited<ReturnType<typeof startPostgres>>

/** A server of this file alone, for it is stopped and frozen. */
function useServer(): { current: () => Server; restart: () => Promise<void>; connect: (options: PostgresOptions) => PostgresDatabase } {
  let server: Server | undefined
  let dataDir = ''
  const start = async () => {
    server = await startPostgres({ dataDir: path.join(dataDir, 'data'), durable: true, ...(server && { port: server.port }) })
  }
  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'db-core-faults-'))
    await start()
  })
  afterAll(async () => {
    await server?.stop()
    // For root the data lies beside, in a folder that the server's own user may enter.
    for (const folder of [server?.dataDir, dataDir]) if (folder) await rm(folder, { recursive: true, force: true })
  })
  const current = () => {
    if (!server) throw new Error('the server has not been started')
    return server
  }
  return {
    current,
    restart: start,
    connect(options) {
      const database = connectPostgres(current().url, options)
      onTestFinished(() => database.close())
      return database
    },
  }
}

const servers = useServer()

describe.each(drivers)('when the server of %s fails', (driver) => {
  test('a stopped backend ends its statement at the deadline and harms no other', async () => {
    const database = servers.connect({ driver, poolSize: 2, maxOverflow: 0, statementTimeoutMs: 200 })
    const pidOf = async () => (await database.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`))[0]?.pid ?? 0
    const pid = await pidOf()
    freezeProcess(pid)
    onTestFinished(() => void process.kill(pid, 'SIGCONT'))
    const startedAt = performance.now()
    expect(await failureOf(database.execute(sql`select ${1}::int`))).toBeInstanceOf(StatementTimeoutError)
    expect(performance.now() - startedAt).toBeLessThan(2000)
    expect(await pidOf()).not.toBe(pid)
  })

  test('a transaction whose backend was stopped ends at its deadline and leaves no row', async () => {
    const database = servers.connect({ driver, poolSize: 2, maxOverflow: 0, statementTimeoutMs: 200 })
    await database.execute(sql`drop table if exists ghosts; create table ghosts (n int)`)
    let pid = 0
    onTestFinished(() => void (pid && process.kill(pid, 'SIGCONT')))
    const failure = await failureOf(
      database.transaction(async (tx) => {
        pid = (await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`))[0]?.pid ?? 0
        await tx.execute(sql`insert into ghosts values (1)`)
        freezeProcess(pid)
        await tx.execute(sql`insert into ghosts values (2)`)
      }),
    )
    expect(failure).toBeInstanceOf(StatementTimeoutError)
    expect(await database.execute(sql`select * from ghosts`)).toEqual([])
  })

  test('a server that is shut down ends its calls at once, and its successor serves the same handle', async () => {
    const database = servers.connect({ driver, poolSize: 3, maxOverflow: 0, connectTimeoutMs: 1000 })
    await database.ping()
    const sleeping = Promise.all([1, 2, 3].map(() => failureOf(database.execute(sql`select pg_sleep(${4})`))))
    await vi.waitFor(() => expect(database.poolHealth()).toMatchObject({ open: 3, idle: 0 }))
    await servers.current().stop()
    for (const failure of await sleeping) expect(failure).toBeInstanceOf(UnavailableError)
    expect(await failureOf(database.ping())).toBeInstanceOf(UnavailableError)
    await servers.restart()
    await database.waitUntilReady({ timeoutMs: 10_000 })
    await Promise.all([1, 2, 3, 4, 5].map(() => database.ping()))
    const { open, idle, waiting } = database.poolHealth()
    expect({ open: open <= 3, idle, waiting }).toEqual({ open: true, idle: open, waiting: 0 })
  })

  test('a server that is killed and started again under load loses no acknowledged row, and calls recover', async () => {
    const database = servers.connect({
      driver,
      poolSize: 4,
      maxOverflow: 2,
      statementTimeoutMs: 500,
      poolTimeoutSeconds: 1,
      connectTimeoutMs: 1000,
    })
    await database.execute(sql`drop table if exists acknowledged; create table acknowledged (id uuid primary key)`)
    const load = startLoad(database)
    await load.progress(20)
    await servers.current().kill('SIGKILL')
    // Backends outlive their killed server for a moment, and may answer once more.
    await vi.waitFor(async () => expect(await failureOf(database.ping())).toBeInstanceOf(UnavailableError))
    await servers.restart()
    await database.waitUntilReady({ timeoutMs: 10_000 })
    const written = await load.stop()
    const rows = await database.execute<{ id: string }>(sql`select id from acknowledged`)
    const present = new Set(rows.map(({ id }) => id))
    expect(written.acknowledged.filter((id) => !present.has(id))).toEqual([])
    expect(written.refused.filter((id) => present.has(id))).toEqual([])
    expect(database.poolHealth()).toMatchObject({ waiting: 0 })
  })
})

interface Load {
  /** Resolves when so many rows were acknowledged. */
  progress(rows: number): Promise<void>
  stop(): Promise<{ acknowledged: string[]; refused: string[] }>
}

/** Eight writers; a row is acknowledged, refused, or unknown when its COMMIT was lost. */
function startLoad(database: PostgresDatabase): Load {
  const acknowledged: string[] = []
  const refused: string[] = []
  const state = { running: true, wanted: Infinity, reached: () => {} }
  const write = async () => {
    const id = crypto.randomUUID()
    try {
      await database.transaction((tx) => tx.execute(sql`insert into acknowledged values (${id})`))
      acknowledged.push(id)
    } catch (error) {
      if (!(error instanceof RepositoryError)) throw error
      if (!(error instanceof CommitUnknownError)) refused.push(id)
    }
    if (acknowledged.length >= state.wanted) state.reached()
  }
  const writers = Array.from({ length: 8 }, async () => {
    while (state.running) await write()
  })
  onTestFinished(() => void (state.running = false))
  return {
    progress: (rows) =>
      new Promise((resolve) => {
        state.wanted = rows
        state.reached = resolve
      }),
    async stop() {
      state.running = false
      await Promise.all(writers)
      return { acknowledged, refused }
    },
  }
}
