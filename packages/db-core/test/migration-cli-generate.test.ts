import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { runCli, type CliOptions } from './support/cli-run.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'migration-generate-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})

const before = pgTable('users', { id: integer('id').primaryKey(), phone: text('phone') })
const after = pgTable('users', { id: integer('id').primaryKey(), phoneNumber: text('phone_number') })

/** A database is named where nobody listens: it is not needed. */
const run = (users: unknown, args: string, options: CliOptions = {}) =>
  runCli({ postgres: { folder, tables: { users } } }, args.split(' '), { ...options, env: { NO_COLOR: '1' } })

const up = (name: string) => readFile(path.join(folder, name, 'up.sql'), 'utf8')

it('generate shows what it wrote, and says when there is nothing to write', async () => {
  const dry = await run(before, 'generate make-users --dry-run')
  expect(dry).toMatchObject({ code: 0, out: expect.stringMatching(/^-- Nothing was written[^]*CREATE TABLE "users"/u) })
  expect(await readdir(folder)).toEqual([])
  const written = await run(before, 'generate make-users')
  expect(written).toMatchObject({ code: 0, error: '' })
  expect(written.out).toContain((await up('0001-make-users')).trim())
  expect(written.out).toContain('DROP TABLE "users"')
  expect(await run(before, 'generate more')).toMatchObject({ code: 0, out: expect.stringContaining('as in the last snapshot') })
  expect(await run(before, 'check')).toMatchObject({ code: 0, out: 'The migrations are in order.\n' })
  expect(await run(after, 'check')).toMatchObject({ code: 1, error: '' })
})

it('off a terminal a possible loss is refused with the flags to give; they are taken as they were told', async () => {
  await run(before, 'generate make-users')
  const refused = await run(after, 'generate change-users')
  expect(refused).toMatchObject({ code: 1, error: '', out: expect.stringMatching(/^Nothing was written\./u) })
  expect(refused.out).toContain('--allow-drop users.phone')
  expect(refused.out).toContain('--rename users.phone:phone_number')
  expect(JSON.parse((await run(after, 'generate change-users --json')).out)).toMatchObject({
    kind: 'refused',
    renames: [{ to: 'users.phone_number', from: ['users.phone'] }],
  })
  expect(await readdir(folder)).toEqual(['0001-make-users'])
  const contract = '--contract=0001-make-users=nobody uses the old name any more'
  const args = ['generate', 'change-users', '--rename', 'users.phone:phone_number', contract]
  expect(await runCli({ postgres: { folder, tables: { users: after } } }, args)).toMatchObject({ code: 0 })
  expect(await up('0002-change-users')).toContain('RENAME COLUMN "phone" TO "phone_number"')
})

it('at a terminal it asks whether something was renamed, again until it understands', async () => {
  await run(before, 'generate make-users')
  const contract = '--contract=0001-make-users=nobody_uses_it'
  const renamed = await run(after, `generate change-users ${contract} --dry-run`, { answers: ['what?', '3', '1'] })
  expect(renamed.error).toMatch(/users\.phone_number is not in the last snapshot[^]*1 {2}users\.phone, renamed[^]*2 {2}new/u)
  expect(renamed).toMatchObject({ code: 0, out: expect.stringContaining('RENAME COLUMN') })
  for (const answers of [['2'], ['']])
    expect(await run(after, 'generate change-users', { answers })).toMatchObject({
      code: 1,
      out: expect.stringContaining('--allow-drop users.phone'),
    })
})

it.each([
  ['generate x --rename users.phone', 64],
  ['generate x --fill users.phone', 64],
  ['generate x --allow-drop users.nothing', 64],
  ['generate Ünfit', 64],
])('%s is refused with words', async (args, code) => {
  await run(before, 'generate make-users')
  const refused = await run(after, args)
  expect(refused).toMatchObject({ code, out: '' })
  expect(refused.error.length).toBeGreaterThan(20)
})

it('for MongoDB it writes empty scripts with the next number', async () => {
  const mongo = (args: string) => runCli({ mongo: { folder, collections: [] } }, args.split(' '))
  expect(await mongo('generate trim-names')).toMatchObject({ code: 0, out: expect.stringContaining('export async function down') })
  expect(await mongo('generate drop-old --irreversible=the_old_names_are_not_kept')).toMatchObject({ code: 0 })
  expect((await readdir(folder)).toSorted()).toEqual(['0001-trim-names', '0002-drop-old'])
  expect(await mongo('check')).toMatchObject({ code: 0 })
  expect(await mongo('generate ../x')).toMatchObject({ code: 64, error: expect.stringContaining('no name of a migration') })
})
