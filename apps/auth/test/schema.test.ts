import { migrateDown, migrateUp, type MigrationSources } from '@polystore/db-core/migrations'
import { createIdentitySigner, identityHeader, type Identity } from '@polystore/service-kit'
import { createPostgresDatabase } from '@polystore/testing'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { migrations } from '../src/migrations.ts'
import { asUser, internalSecret, testEnvironment } from './auth-fixture.ts'
import { addressOf, startProgram, written } from './run-program.ts'

const folder = new URL('../migrations/', import.meta.url)
const names = (await readdir(folder)).toSorted()
const [first = '', ...others] = names
const last = names.at(-1) ?? ''

/** Five are named, the others counted. */
function lacking(missing: readonly string[]): string {
  const named = missing.slice(0, 5).map((name) => `${name} is pending`)
  const more = missing.length - named.length
  return `The database lacks what this release needs: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}. Run the migrations.`
}

/** The service on an empty database, as a process that is not ready yet. */
async function startUnmigrated() {
  const database = await createPostgresDatabase()
  const running = startProgram('server.ts', { ...testEnvironment(database.url), PORT: '0', LOG_LEVEL: 'info' })
  const closed = once(running.child, 'close')
  onTestFinished(async () => {
    running.child.kill('SIGTERM')
    await closed
    await database.drop()
  })
  const address = await addressOf(running)
  const ask = async (route: string, as: Identity = { kind: 'anonymous' }) => {
    const headers = { [identityHeader]: createIdentitySigner(internalSecret)(as) }
    const answer = await fetch(`${address}${route}`, { headers, signal: AbortSignal.timeout(10_000) })
    const body: unknown = answer.headers.get('content-type')?.includes('json') === true ? await answer.json() : await answer.text()
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body }
  }
  return { url: database.url, running, ask }
}

/** What a newer release brings: the migrations of this one, and others. */
async function newerRelease(more: Readonly<Record<string, string>>): Promise<MigrationSources> {
  const newer = await mkdtemp(path.join(tmpdir(), 'newer-'))
  onTestFinished(() => rm(newer, { recursive: true }))
  await cp(folder, newer, { recursive: true })
  for (const [name, up] of Object.entries(more)) {
    await mkdir(path.join(newer, name))
    await writeFile(path.join(newer, name, 'up.sql'), up)
  }
  return { postgres: { folder: newer } }
}

describe('the service and the schema of its database', () => {
  test('started before its migrations it stays up, tells what it waits for, and is ready without a restart once they have run', async () => {
    const { url, running, ask } = await startUnmigrated()
    expect((await ask('/livez')).status).toBe(200)
    const all = lacking(names)
    expect(await ask('/readyz')).toMatchObject({ status: 503, retryAfter: '1', body: { type: '/problems/not-ready', detail: all } })
    for (const route of ['/users/me', '/.well-known/jwks.json', '/openapi.json']) {
      const refused = await ask(route, asUser('0190a000-0000-7000-8000-000000000000'))
      expect(refused, route).toMatchObject({ status: 503, retryAfter: '5', body: { type: '/problems/not-ready' } })
      expect(JSON.stringify(refused)).not.toContain(first)
    }
    const health = await ask('/health', asUser('0190a000-0000-7000-8000-000000000000', ['staff']))
    expect(health).toMatchObject({ status: 200, body: { status: 'fail', output: all } })
    await migrateUp({ url, sources: migrations, target: '1' })
    expect(await ask('/readyz')).toMatchObject({ status: 503, body: { detail: lacking(others) } })
    await migrateUp({ url, sources: migrations })
    await written(running, /auth is ready/u)
    expect([(await ask('/readyz')).status, (await ask('/.well-known/jwks.json')).status]).toEqual([200, 200])
  })

  test('a migration that is undone under it ends its serving, from the next probe on, until it is applied again', async () => {
    const { url, running, ask } = await startUnmigrated()
    await migrateUp({ url, sources: migrations })
    await written(running, /auth is ready/u)
    await migrateDown({ url, sources: migrations })
    expect(await ask('/readyz')).toMatchObject({ status: 503, body: { detail: lacking([last]) } })
    expect(await ask('/.well-known/jwks.json')).toMatchObject({ status: 503, body: { type: '/problems/not-ready' } })
    await migrateUp({ url, sources: migrations })
    expect([(await ask('/readyz')).status, (await ask('/.well-known/jwks.json')).status]).toEqual([200, 200])
  })

  test('it lives with a newer schema, also with a contract that it knows, and not with one that is for newer code', async () => {
    const { url, running, ask } = await startUnmigrated()
    const expand = { '9001-add-nickname': 'alter table users add column nickname text;\n' }
    await migrateUp({ url, sources: await newerRelease(expand) })
    await written(running, /auth is ready/u)
    expect((await ask('/readyz')).status).toBe(200)
    const known = { '9002-known': `-- contract: ${last} because it replaced what goes\nselect 1;\n` }
    await migrateUp({ url, sources: await newerRelease({ ...expand, ...known }) })
    expect((await ask('/readyz')).status).toBe(200)
    const contract = {
      '9003-drop-nickname': '-- contract: 9001-add-nickname because nothing reads it\nalter table users drop column nickname;\n',
    }
    await migrateUp({ url, sources: await newerRelease({ ...expand, ...known, ...contract }) })
    const detail = 'The database is ahead of this release: 9003-drop-nickname is for code that knows 9001-add-nickname.'
    expect(await ask('/readyz')).toMatchObject({ status: 503, body: { detail } })
    expect((await ask('/.well-known/jwks.json')).status).toBe(503)
  })
})
