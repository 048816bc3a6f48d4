import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createMongoDatabase, createPostgresDatabase } from '@polystore/testing'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { defineCollection, uuidKey } from '../src/mongo/index.ts'
import { runCli, type CliOptions } from './support/cli-run.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'migration-cli-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async () => {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder)
})

async function write(name: string, up: string, down?: string): Promise<void> {
  await mkdir(path.join(folder, name), { recursive: true })
  await writeFile(path.join(folder, name, 'up.sql'), up)
  if (down !== undefined) await writeFile(path.join(folder, name, 'down.sql'), down)
}

/** Two migrations and an empty database: the command line over them, and a hand that alters the database. */
async function shop() {
  await write('0001-make-a', 'create table a (id int);', 'drop table a;')
  await write('0002-make-b', 'create table b (id int);', 'drop table b;')
  const { url, drop } = await createPostgresDatabase()
  onTestFinished(drop)
  const run = (args: string, options: CliOptions = {}) =>
    runCli({ postgres: { folder } }, args.split(' '), { ...options, env: { DATABASE_URL: url, NO_COLOR: '1' } })
  return { run, byHand: (statement: string) => execute(url, statement) }
}

async function execute(connectionString: string, statement: string): Promise<void> {
  const client = new Client({ connectionString })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

describe('on PostgreSQL', () => {
  it('goes up and down, tells what it did on stdout and how on stderr, and ends status with the state', async () => {
    const { run } = await shop()
    expect(await run('status')).toMatchObject({ code: 2, error: '', out: expect.stringContaining('2 pending.') })
    expect(await run('up 1')).toEqual({
      code: 0,
      out: 'Applied 0001-make-a; 1 pending.\n',
      error: expect.stringMatching(/^applied 0001-make-a \(\d+ ms\)\n$/u),
    })
    expect(await run('current')).toMatchObject({ code: 0, out: '0001-make-a\n' })
    expect(await run('plan')).toMatchObject({ code: 0, out: expect.stringContaining('create table b (id int)') })
    expect(await run('up --dry-run')).toMatchObject({ code: 0, out: 'Would apply 0002-make-b; 1 pending.\n' })
    expect(await run('up')).toMatchObject({ code: 0, out: 'Applied 0002-make-b; 0 pending.\n' })
    expect(await run('up')).toMatchObject({ code: 0, out: 'No migration to apply; 0 pending.\n' })
    expect(await run('status')).toMatchObject({ code: 0 })
    expect(await run('plan --down 2')).toMatchObject({ out: expect.stringMatching(/drop table b[^]*drop table a/u) })
    expect(await run('down 0')).toMatchObject({ code: 0, out: 'Undone 0002-make-b, 0001-make-a; 2 pending.\n' })
    const events = (await run('history')).out.split('\n').map((line) => line.split(/ {2,}/u).slice(1, 3).join(' '))
    expect(events.slice(1, 5)).toEqual(['undone 0001-make-a', 'undone 0002-make-b', 'applied 0002-make-b', 'applied 0001-make-a'])
    expect(await run('current')).toMatchObject({ code: 0, out: 'No migration is applied.\n' })
  })

  it('counts what is too much to list', async () => {
    const { run } = await shop()
    for (const number of [3, 4, 5, 6])
      await write(`000${number}-more`, `create table more_${number} (id int);`, `drop table more_${number};`)
    expect(await run('up')).toMatchObject({ out: 'Applied 0001-make-a to 0006-more, 6 in all; 0 pending.\n' })
    expect(await run('down 0', { answers: ['n'] })).toMatchObject({
      error: expect.stringContaining('Undo 0006-more to 0001-make-a, 6 in all?'),
    })
  })

  it('with --json every command gives one document on stdout', async () => {
    const { run } = await shop()
    const document = async (args: string) => JSON.parse((await run(`${args} --json`)).out)
    expect(await document('plan')).toMatchObject({ migrations: [{ name: '0001-make-a' }, { name: '0002-make-b' }] })
    expect(await document('up')).toMatchObject({ changed: ['0001-make-a', '0002-make-b'], exitCode: 0, dryRun: false })
    expect(await document('status')).toMatchObject({ exitCode: 0, migrations: [{ state: 'applied' }, { state: 'applied' }], drift: [] })
    expect(await document('current')).toMatchObject({ current: { name: '0002-make-b' } })
    expect(await document('history --limit 1')).toEqual([expect.objectContaining({ event: 'applied', name: '0002-make-b' })])
    expect(await document('down')).toMatchObject({ changed: ['0002-make-b'] })
    expect(await document('baseline')).toMatchObject({ changed: ['0002-make-b'] })
    expect(await document('repair')).toMatchObject({ changed: [] })
    expect(await document('down 0009')).toMatchObject({ exitCode: 64, error: expect.stringContaining('0009') })
  })

  it('3 for drift, which is shown as a difference; down refuses, repair accepts', async () => {
    const { run, byHand } = await shop()
    await run('up')
    await byHand('alter table a add column extra text; alter table b alter column id type bigint')
    const status = await run('status')
    expect(status).toMatchObject({ code: 3, out: expect.stringContaining('Drift: ') })
    expect(status.out).toMatch(/^ {2}column a\.extra\n {4}\+ .*text/mu)
    expect(status.out).toMatch(/^ {2}column b\.id\n {4}- integer.*\n {4}\+ bigint/mu)
    expect(await run('down')).toMatchObject({ code: 3, out: '' })
    expect(await run('repair')).toMatchObject({ code: 0 })
    expect(await run('status')).toMatchObject({ code: 0 })
    await write('0001-make-a', 'create table a (id bigint);')
    expect(await run('status')).toMatchObject({ code: 4 })
    expect(await run('up')).toMatchObject({ code: 4, error: expect.stringContaining('0001-make-a') })
  })

  it('at a terminal it asks before it undoes or accepts; anything but yes is no, --yes is not asked', async () => {
    const { run, byHand } = await shop()
    await run('up', { answers: [] })
    const asked = await run('down', { answers: ['n'] })
    expect(asked).toMatchObject({ code: 1, out: 'Nothing was changed.\n', error: expect.stringContaining('Undo 0002-make-b? [y/N]') })
    expect(await run('down', { answers: [] })).toMatchObject({ code: 1 })
    expect(await run('down', { answers: ['y'] })).toMatchObject({ code: 0 })
    expect(await run('down --yes', { answers: [] })).toMatchObject({ code: 0, error: expect.not.stringContaining('?') })
    expect(await run('baseline 1', { answers: ['no'] })).toMatchObject({ code: 1 })
    await run('up')
    await byHand('drop table b')
    expect(await run('repair', { answers: ['yes'] })).toMatchObject({ code: 0, error: expect.stringContaining('Accept it as it is?') })
    expect(await run('repair', { answers: [] })).toMatchObject({ code: 0, out: 'Nothing to accept; 0 pending.\n' })
  })

  it('a failed statement is told with its file and line, a wrong address without its password', async () => {
    const { run } = await shop()
    await write('0003-wrong', 'create table c (id int);\ncreate table d (id nothing_of_that_kind);')
    expect(await run('up')).toMatchObject({ code: 1, out: '', error: expect.stringMatching(/0003-wrong failed in up\.sql, line 2/u) })
    for (const url of ['postgres://user:canary@127.0.0.1:1/db', 'mysql://user:canary@host/db', 'canary']) {
      const { code, error, out } = await runCli({ postgres: { folder } }, ['up', '--json', '--wait=1'], { env: { DATABASE_URL: url } })
      expect({ code, leaks: `${error}${out}`.includes('canary') }).toEqual({ code: expect.any(Number), leaks: false })
      expect(code).not.toBe(0)
    }
  })
})

it('on MongoDB indexes and validators follow the migrations', async () => {
  const { url, drop } = await createMongoDatabase()
  onTestFinished(drop)
  const people = defineCollection({ name: 'people', schema: z.object({ ...uuidKey(), name: z.string() }) })
  const run = (args: string) =>
    runCli({ mongo: { folder: path.join(folder, 'none'), collections: [people] } }, args.split(' '), { env: { MONGO_URL: url } })
  expect(await run('status')).toMatchObject({ code: 2, out: expect.stringContaining('people') })
  expect(await run('up')).toMatchObject({ code: 0 })
  expect(await run('status')).toMatchObject({ code: 0, out: 'No migrations.\n' })
})
