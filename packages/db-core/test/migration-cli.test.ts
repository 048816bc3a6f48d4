import { createMongoDatabase, createPostgresDatabase } from '@polystore/testing'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { runMigrationCli, type Migrations } from '../src/migrations/index.ts'
import { defineCollection, uuidKey } from '../src/mongo/index.ts'

/** What the command prints and with which code it would end. */
async function run(definition: Migrations, args: readonly string[], env: Record<string, string> = {}) {
  const lines = { out: '', error: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      lines[name === 'stdout' ? 'out' : 'error'] += String(text)
      return true
    }),
  )
  try {
    await runMigrationCli(definition, args, env)
    return { ...lines, code: process.exitCode }
  } finally {
    for (const spy of spies) spy.mockRestore()
    process.exitCode = undefined
  }
}

describe('the migration command', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'migration-cli-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  beforeEach(async () => {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder)
  })

  async function write(name: string, files: Readonly<Record<string, string>>): Promise<void> {
    await mkdir(path.join(folder, name), { recursive: true })
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, name, file), text)
  }

  async function postgres() {
    const { url, drop } = await createPostgresDatabase()
    onTestFinished(drop)
    const definition: Migrations = { store: 'postgres', folder: pathToFileURL(folder) }
    return (...args: string[]) => run(definition, args, { DATABASE_URL: url })
  }

  it.each([[], ['upp'], ['up', '1', '2'], ['status', '1'], ['up', '--json'], ['down', '--json']])(
    'refuses the words %j with its usage',
    async (...args) => {
      expect(await run({ store: 'postgres', folder }, args)).toEqual({ code: 1, out: '', error: expect.stringMatching(/^usage: up/) })
    },
  )

  it('names the variable that is missing, of each store', async () => {
    const missing = { code: 1, out: '' }
    expect(await run({ store: 'postgres', folder }, ['up'])).toEqual({ ...missing, error: 'DATABASE_URL is not set.\n' })
    expect(await run({ store: 'mongo', folder, collections: [] }, ['up'])).toEqual({ ...missing, error: 'MONGO_URL is not set.\n' })
  })

  it('shows nothing of an error that is not its own but the code', async () => {
    const definition: Migrations = { store: 'postgres', folder: path.join(folder, 'canary-missing') }
    const { code, error } = await run(definition, ['up'], { DATABASE_URL: 'postgres://user:canary@127.0.0.1:1/db' })
    expect({ code, error }).toEqual({ code: 1, error: 'The migrations failed (ENOENT).\n' })
    const refused = await run({ store: 'postgres', folder }, ['up'], { DATABASE_URL: 'mysql://user:canary@host/db' })
    expect(refused.code).toBe(1)
    expect(refused.error).not.toContain('canary')
  })

  it('tells what it did, what is pending, and ends `status` with the gravest state', async () => {
    const command = await postgres()
    expect(await command('status')).toMatchObject({ code: 0, out: 'no migrations\n' })
    await write('0001-make-a', { 'up.sql': 'create table a (id int)', 'down.sql': 'drop table a' })
    await write('0002-make-b', { 'up.sql': 'create table b (id int)' })
    expect(await command('status')).toMatchObject({ code: 2, out: 'pending  0001-make-a\npending  0002-make-b\n' })
    expect(await command('up', '1')).toMatchObject({ code: 0, out: expect.stringMatching(/^applied 0001-make-a .*\n1 done, 1 pending\n$/) })
    expect(await command('up')).toMatchObject({ code: 0, out: expect.stringContaining('1 done, 0 pending') })
    expect(await command('up')).toMatchObject({ code: 0, out: 'nothing to do, 0 pending\n' })
    await write('0001-make-a', { 'up.sql': 'create table a (id bigint)' })
    await rm(path.join(folder, '0002-make-b'), { recursive: true })
    const status = await command('status', '--json')
    expect(status.code).toBe(4)
    expect(JSON.parse(status.out)).toMatchObject({
      exitCode: 4,
      migrations: [
        { name: '0001-make-a', state: 'changed' },
        { name: '0002-make-b', state: 'missing', appliedAt: expect.any(String) },
      ],
    })
  })

  it('names the folder that has no up.sql, and the file that cannot be read', async () => {
    const command = await postgres()
    await mkdir(path.join(folder, '0001-empty'))
    expect(await command('up')).toMatchObject({ code: 1, error: '0001-empty has no up.sql.\n' })
    await mkdir(path.join(folder, '0001-empty', 'up.sql'))
    expect(await command('up')).toMatchObject({ code: 1, error: 'The migrations failed (EISDIR).\n' })
  })

  it('runs the migrations of MongoDB as well', async () => {
    const { url, drop } = await createMongoDatabase()
    onTestFinished(drop)
    const people = defineCollection({ name: 'people', schema: z.object({ ...uuidKey(), name: z.string() }) })
    const definition: Migrations = { store: 'mongo', folder: path.join(folder, 'none'), collections: [people] }
    const command = (...args: string[]) => run(definition, args, { MONGO_URL: url })
    expect(await command('status')).toMatchObject({ code: 2 })
    expect(await command('up')).toMatchObject({ code: 0, out: expect.stringContaining('create-collection people') })
    expect(await command('status')).toMatchObject({ code: 0, out: 'no migrations\n' })
  })
})
