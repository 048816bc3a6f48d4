import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { findRunningStack, startPostgres } from '../src/index.ts'

const script = fileURLToPath(new URL('../src/db.ts', import.meta.url))

/** `pnpm db` with these words, in an environment that names no database unless told. */
async function db(words: string, env: Readonly<Record<string, string>> = {}) {
  const { DATABASE_URL: _sql, MONGO_URL: _mongo, ...clean } = process.env
  const args = words.split(' ').filter(Boolean)
  const child = spawn(process.execPath, [script, ...args], { env: { ...clean, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, error, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, out, error }
}

test('without a service or with an unknown one it tells its usage and ends with 64; --help ends with 0', async () => {
  const usage = 'usage: pnpm db auth|orders|products <command>'
  expect(await db('')).toEqual({ code: 64, out: '', error: expect.stringMatching(/^usage: pnpm db/u) })
  expect(await db('gateway up')).toEqual({ code: 64, out: '', error: expect.stringContaining(usage) })
  expect(await db('--help')).toEqual({ code: 0, out: expect.stringContaining(usage), error: '' })
})

test('what works on files needs no database: help, check, generate', async () => {
  expect(await db('orders up --help')).toMatchObject({ code: 0, out: expect.stringContaining('usage: pnpm db orders up') })
  expect(await db('auth check')).toEqual({ code: 0, out: 'The migrations are in order.\n', error: '' })
  expect(await db('auth generate nothing --dry-run')).toMatchObject({ code: 0, out: expect.stringContaining('as in the last snapshot') })
  expect(await db('auth statsu')).toMatchObject({ code: 64, error: expect.stringContaining('Did you mean status?') })
})

test('the rest needs one: without a running stack it asks for DATABASE_URL, and takes that', async () => {
  if ((await findRunningStack()) === undefined)
    expect(await db('auth status')).toMatchObject({ code: 64, error: expect.stringContaining('npm start') })
  const server = await startPostgres()
  onTestFinished(() => server.stop())
  const { code, out } = await db('auth status --json', { DATABASE_URL: server.url })
  expect({ code, report: JSON.parse(out) }).toMatchObject({ code: 2, report: { exitCode: 2, drift: [] } })
})
