import { readFile, writeFile } from 'node:fs/promises'
import { createMongoDatabase, createPostgresDatabase } from '@polystore/testing'
import { freePort } from '@polystore/dev-stack'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lintRules } from '../../db-core/src/migrations/lint/lint-rules.ts'
import { maskOutput, pageSteps, withOutputs } from '../src/page-steps.ts'
import { startWalk, type Walk } from './support/walk.ts'
import { startWalkAuth, type WalkAuth } from './support/walk-auth.ts'

const page = new URL('../../../docs/migrations.md', import.meta.url)
const ends: (() => Promise<unknown>)[] = []
let walk: Walk
let authUrl = ''

beforeAll(async () => {
  const [auth, old, products] = await Promise.all([createPostgresDatabase(), createPostgresDatabase(), createMongoDatabase()])
  ends.push(auth.drop, old.drop, products.drop)
  authUrl = `http://127.0.0.1:${await freePort(0)}`
  walk = await startWalk({ DATABASE_URL: auth.url, OLD_DATABASE_URL: old.url, MONGO_URL: products.url, AUTH_URL: authUrl })
  ends.push(walk.end)
})
afterAll(async () => {
  for (const end of ends.toReversed()) await end()
})

it('every command of docs/migrations.md does what the page says', { timeout: 180_000 }, async () => {
  const markdown = await readFile(page, 'utf8')
  const steps = pageSteps(markdown)
  await prepareDatabases()
  const outputs: string[] = []
  const running: { auth?: WalkAuth } = {}
  for (const step of steps) {
    if (step.kind === 'file') await walk.write(step.path, step.text)
    else if (step.kind === 'edit') await walk.edit(step)
    else outputs.push(await runCommand(step.command, running))
  }
  if (process.env['UPDATE_PAGES']) await writeFile(page, withOutputs(markdown, outputs))
  const told = steps.flatMap((step) => (step.kind === 'command' ? [`$ ${step.command}\n${maskOutput(step.output)}`] : []))
  const done = steps.flatMap((step) => (step.kind === 'command' ? [`$ ${step.command}\n${maskOutput(outputs.shift() ?? '')}`] : []))
  if (!process.env['UPDATE_PAGES']) expect(done).toEqual(told)
})

it('the rules of the lint are those of docs/migrations.md', async () => {
  const markdown = await readFile(page, 'utf8')
  const table = [
    '| rule | danger | instead |',
    '|---|---|---|',
    ...lintRules.map(({ name, danger, instead }) => `| \`${name}\` | ${danger} | ${instead} |`),
  ]
  const told = /^\| rule \| danger \| instead \|\n(?:\|.*\n)+/mu.exec(markdown)?.[0] ?? ''
  if (process.env['UPDATE_PAGES'])
    await writeFile(
      page,
      markdown.replace(told, () => `${table.join('\n')}\n`),
    )
  else expect(told.trim().split('\n')).toEqual(table)
})

/** What a reader has: a database that is up to date, and an old one with tables and no records. */
async function prepareDatabases(): Promise<void> {
  await walk.run('pnpm db auth up')
  await walk.run('DATABASE_URL=$OLD_DATABASE_URL pnpm db auth up')
  await walk.run('psql "$OLD_DATABASE_URL" -c "DROP TABLE polystore_migrations, polystore_migration_history, polystore_catalog"')
}

/** Around the commands the page's claims about the service are proven: it refuses before, and takes the number after. */
async function runCommand(command: string, running: { auth?: WalkAuth }): Promise<string> {
  if (command.startsWith('curl')) {
    running.auth = await startWalkAuth(walk, authUrl)
    expect((await fetch(`${authUrl}/readyz`)).status).toBe(503)
  }
  const output = await walk.run(command)
  if (command === 'pnpm db auth up' && running.auth) {
    await untilReady()
    expect(await running.auth.setPhoneNumber('+44 20 7946 0000')).toBe('+44 20 7946 0000')
    await running.auth.stop()
    delete running.auth
  }
  return output
}

async function untilReady(): Promise<void> {
  await expect.poll(async () => (await fetch(`${authUrl}/readyz`)).status, { timeout: 20_000 }).toBe(200)
}
