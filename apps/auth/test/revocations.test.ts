import { randomUUID } from 'node:crypto'
import { maxRevocationsPerPage, revocationPage, type RevocationPage } from '@polystore/contracts'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { RevocationRepository } from '../src/revocations/revocation-repository.ts'
import { asUser, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'

let auth: AuthFixture
let revocations: RevocationRepository
beforeAll(async () => {
  auth = await startAuth({ ACCESS_TOKEN_TTL_SECONDS: '600' })
  revocations = new RevocationRepository(auth.database)
})
afterAll(() => auth.stop())
afterEach(async () => void (await auth.database.execute(sql`delete from revocations`)))

async function read(after: number): Promise<RevocationPage> {
  const response = await auth.call('GET', `/internal/revocations?after=${after}`, { as: { kind: 'service', name: 'gateway' } })
  return revocationPage.parse(response.json())
}

const add = (subject: string) => auth.database.transaction(async (tx) => revocations.add([{ kind: 'session', subject }], tx))
const age = (subject: string, seconds: number) =>
  auth.database.execute(sql`update revocations set at = now() - make_interval(secs => ${seconds}) where subject = ${subject}`)

test('what is revoked is told with the change that revokes, for longer than a token lives', async () => {
  await add('first')
  const page = await read(0)
  expect(page).toMatchObject({ items: [{ kind: 'session', subject: 'first' }], settled: 0, more: false })
  expect(page.keepSeconds).toBeGreaterThan(600)
  const failed = auth.database.transaction(async (tx) => {
    await revocations.add([{ kind: 'user', subject: randomUUID() }], tx)
    throw new Error('undone')
  })
  await expect(failed).rejects.toThrow('undone')
  expect((await read(0)).items).toEqual(page.items)
  expect((await read(page.items[0]?.id ?? 0)).items).toEqual([])
})

test('nothing is passed over that commits after what has a greater id', async () => {
  await add('long ago')
  await age('long ago', 31)
  const [written, commit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const slow = auth.database.transaction(async (tx) => {
    await revocations.add([{ kind: 'session', subject: 'slow' }], tx)
    written.resolve()
    await commit.promise
  })
  await written.promise
  await add('quick')
  const before = await read(0)
  commit.resolve()
  await slow
  expect(before.items.map(({ subject }) => subject)).toEqual(['long ago', 'quick'])
  const next = await read(before.settled)
  expect(next.items.map(({ subject }) => subject)).toEqual(['slow', 'quick'])
})

test('what no token outlives is neither told nor kept', async () => {
  await add('old')
  await add('new')
  const { keepSeconds } = await read(0)
  await age('old', keepSeconds + 1)
  expect((await read(0)).items.map(({ subject }) => subject)).toEqual(['new'])
  expect([await revocations.purge(keepSeconds, 10), await revocations.purge(keepSeconds, 10)]).toEqual([1, 0])
})

test('many come by pages', async () => {
  await auth.database.execute(sql`insert into revocations (kind, subject) select 'session', n::text from generate_series(1, 1500) n`)
  const first = await read(0)
  expect([first.items.length, first.more]).toEqual([maxRevocationsPerPage, true])
  const second = await read(first.items.at(-1)?.id ?? 0)
  expect([second.items.length, second.more]).toEqual([500, false])
})

test('403 for anyone but a service, 400 for what is no id', async () => {
  const call = (as: ReturnType<typeof asUser>, query: string) => auth.call('GET', `/internal/revocations${query}`, { as })
  expect(readProblem(await call(asUser(randomUUID(), ['admin']), ''))).toMatchObject({ status: 403, slug: 'forbidden' })
  const as = { kind: 'service', name: 'gateway' } as const
  for (const query of ['?after=-1', '?after=x', '?after=1e3', '?other=1'])
    expect(readProblem(await auth.call('GET', `/internal/revocations${query}`, { as }))).toMatchObject({ status: 400 })
})
