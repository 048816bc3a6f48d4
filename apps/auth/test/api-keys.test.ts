import { randomUUID } from 'node:crypto'
import { apiKeyVerdict, type ApiKeyScope } from '@polystore/contracts'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiKeyRepository } from '../src/api-keys/api-key-repository.ts'
import { apiKeyList, createdApiKey, type CreatedApiKey } from '../src/api-keys/api-key-schemas.ts'
import { maxUsableKeys } from '../src/api-keys/create-api-key.ts'
import { asUser, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'

let auth: AuthFixture
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const gateway = { kind: 'service', name: 'gateway' } as const
const body = { name: ' nightly import ', scopes: ['products:read', 'stock:write'], expiresInDays: 30 }

async function newOwner(): Promise<string> {
  return (await auth.register()).user.id
}

async function makeKey(ownerId: string, scopes: readonly ApiKeyScope[] = ['orders:read']): Promise<CreatedApiKey> {
  return createdApiKey.parse((await auth.call('POST', '/api-keys', { as: asUser(ownerId), body: { name: 'a key', scopes } })).json())
}

const verify = async (key: string) =>
  apiKeyVerdict.parse((await auth.call('POST', '/internal/api-keys/verify', { as: gateway, body: { key } })).json())

async function auditOf(userId: string, type: string) {
  return auth.database.execute(sql`select actor, details from audit_log where user_id = ${userId} and type = ${type}`)
}

describe('POST /api-keys', () => {
  test('201 with the key, which is shown this once, stored as a hash, audited without it and never logged', async () => {
    const ownerId = await newOwner()
    const response = await auth.call('POST', '/api-keys', { as: asUser(ownerId), body })
    expect([response.statusCode, response.headers['cache-control']]).toEqual([201, 'no-store'])
    const { key, ...view } = createdApiKey.parse(response.json())
    expect(view).toMatchObject({ name: 'nightly import', scopes: body.scopes, prefix: key.slice(0, 11), lastUsedAt: null, revokedAt: null })
    expect(Date.parse(view.expiresAt) - Date.parse(view.createdAt)).toBe(30 * 86_400_000)
    expect(await auditOf(ownerId, 'api-key.created')).toEqual([
      { actor: ownerId, details: { apiKeyId: view.id, prefix: view.prefix, scopes: 'products:read stock:write' } },
    ])
    const listed = await auth.call('GET', '/api-keys', { as: asUser(ownerId) })
    expect(apiKeyList.parse(listed.json()).items).toEqual([view])
    const [row] = await auth.database.execute(sql`select hash from api_keys where id = ${view.id}`)
    const [secret, hash] = [key.slice(12), String(row?.['hash'])]
    for (const text of [listed.body, auth.logs(), JSON.stringify(row), JSON.stringify(await auditOf(ownerId, 'api-key.created'))])
      expect(text).not.toContain(secret)
    expect(listed.body).not.toContain(hash)
    expect(await verify(key)).toMatchObject({ valid: true, id: view.id, userId: ownerId })
    expect(auth.logs()).not.toContain(secret)
  })

  test.each([
    [{ ...body, scopes: [] }, '#/scopes'],
    [{ ...body, scopes: ['products:admin'] }, '#/scopes/0'],
    [{ ...body, scopes: ['users:read', 'users:read'] }, '#/scopes'],
    [{ ...body, name: '  ' }, '#/name'],
    [{ ...body, expiresInDays: 366 }, '#/expiresInDays'],
    [{ ...body, userId: randomUUID() }, '#/userId'],
  ])('400 for %j', async (wrong, pointer) => {
    const refused = readProblem(await auth.call('POST', '/api-keys', { as: asUser(await newOwner()), body: wrong }))
    expect(refused).toEqual({ status: 400, slug: 'invalid-request', pointers: [pointer] })
  })

  test('403 for every operation on keys with a key, 401 without a user', async () => {
    const ownerId = await newOwner()
    const { id } = await makeKey(ownerId)
    const calls = [['POST', '/api-keys', { body }] as const, ['GET', '/api-keys', {}] as const, ['DELETE', `/api-keys/${id}`, {}] as const]
    for (const [method, path, given] of calls) {
      const as = { ...asUser(ownerId), apiKeyId: id }
      expect(readProblem(await auth.call(method, path, { ...given, as }))).toMatchObject({ status: 403, slug: 'insufficient-scope' })
      expect(readProblem(await auth.call(method, path, given))).toMatchObject({ status: 401, slug: 'unauthenticated' })
    }
  })

  test(`409 above ${maxUsableKeys} keys, also when two are made at once; a revoked one makes room`, async () => {
    const ownerId = await newOwner()
    const first = await makeKey(ownerId)
    await auth.database.execute(sql`
      insert into api_keys (id, user_id, name, prefix, hash, scopes, expires_at)
      select gen_random_uuid(), user_id, name, prefix, hash || n, scopes, expires_at
      from api_keys, generate_series(1, ${maxUsableKeys - 2}) n where id = ${first.id}`)
    const make = () => auth.call('POST', '/api-keys', { as: asUser(ownerId), body })
    const answers = await Promise.all([make(), make()])
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([201, 409])
    expect(readProblem(await make())).toMatchObject({ slug: 'too-many-api-keys' })
    await auth.call('DELETE', `/api-keys/${first.id}`, { as: asUser(ownerId) })
    expect((await make()).statusCode).toBe(201)
  })
})

describe('GET /api-keys', () => {
  test('my keys alone, by pages, and a cursor of mine is of no use to another', async () => {
    const [ownerId, otherId] = [await newOwner(), await newOwner()]
    const made = [await makeKey(ownerId), await makeKey(ownerId), await makeKey(ownerId)]
    await makeKey(otherId)
    const page = async (query: string) => apiKeyList.parse((await auth.call('GET', `/api-keys${query}`, { as: asUser(ownerId) })).json())
    const first = await page('?limit=2')
    const second = await page(`?limit=2&cursor=${first.next}`)
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(made.map(({ id }) => id).toReversed())
    const foreign = await auth.call('GET', `/api-keys?limit=2&cursor=${first.next}`, { as: asUser(otherId) })
    expect(readProblem(foreign)).toMatchObject({ status: 400, slug: 'invalid-cursor' })
  })
})

describe('DELETE /api-keys/{id}', () => {
  test('204 once and again; the key is dead, the gateway is told once, the log says who', async () => {
    const ownerId = await newOwner()
    const { id, key, prefix } = await makeKey(ownerId)
    const end = () => auth.call('DELETE', `/api-keys/${id}`, { as: asUser(ownerId) })
    expect([(await end()).statusCode, (await end()).statusCode]).toEqual([204, 204])
    expect(await verify(key)).toEqual({ valid: false })
    expect(await auth.database.execute(sql`select kind from revocations where subject = ${id}`)).toEqual([{ kind: 'api-key' }])
    expect(await auditOf(ownerId, 'api-key.revoked')).toEqual([{ actor: ownerId, details: { apiKeyId: id, prefix } }])
  })

  test('404 for the key of another; an administrator may end it', async () => {
    const [ownerId, admin] = [await newOwner(), asUser(randomUUID(), ['admin'])]
    const { id, key } = await makeKey(ownerId)
    const end = (as: ReturnType<typeof asUser>) => auth.call('DELETE', `/api-keys/${id}`, { as })
    expect(readProblem(await end(asUser(await newOwner(), ['staff'])))).toMatchObject({ status: 404, slug: 'not-found' })
    expect(await verify(key)).toMatchObject({ valid: true })
    expect((await end(admin)).statusCode).toBe(204)
    expect(await verify(key)).toEqual({ valid: false })
  })
})

describe('POST /internal/api-keys/verify', () => {
  test("the owner's roles of now, the scopes of the key, and its use is written down once in five minutes", async () => {
    const ownerId = await newOwner()
    const { id, key, expiresAt } = await makeKey(ownerId, ['orders:read', 'carts:write'])
    await auth.database.execute(sql`update users set roles = '{staff}' where id = ${ownerId}`)
    const scopes = ['orders:read', 'carts:write']
    expect(await verify(key)).toEqual({ valid: true, id, userId: ownerId, roles: ['staff'], scopes, expiresAt })
    const usedAt = async () => (await auth.database.execute(sql`select last_used_at::text as at from api_keys where id = ${id}`))[0]?.['at']
    const first = await usedAt()
    await verify(key)
    expect([typeof first, await usedAt()]).toEqual(['string', first])
    await auth.database.execute(sql`update api_keys set last_used_at = now() - interval '6 minutes' where id = ${id}`)
    await verify(key)
    expect(await usedAt()).not.toBe(first)
  })

  test('not valid: expired, of a deactivated owner, of a deleted owner, never made', async () => {
    const owners = [await newOwner(), await newOwner(), await newOwner()] as const
    const [expired, inactive, deleted] = [await makeKey(owners[0]), await makeKey(owners[1]), await makeKey(owners[2])]
    await auth.database.execute(sql`update api_keys set expires_at = now() where id = ${expired.id}`)
    await auth.database.execute(sql`update users set active = false where id = ${owners[1]}`)
    await auth.database.execute(sql`update users set deleted_at = now() where id = ${owners[2]}`)
    const never = `${expired.key.slice(0, -1)}${expired.key.endsWith('A') ? 'B' : 'A'}`
    for (const key of [expired.key, inactive.key, deleted.key, never]) expect(await verify(key)).toEqual({ valid: false })
  })

  test('403 for anyone but a service', async () => {
    const refused = await auth.call('POST', '/internal/api-keys/verify', { as: asUser(randomUUID(), ['admin']), body: { key: 'x' } })
    expect(readProblem(refused)).toMatchObject({ status: 403, slug: 'forbidden' })
  })
})

test('keys that ended a month ago are cleared away, others stay', async () => {
  const ownerId = await newOwner()
  const [old, revoked, live] = [await makeKey(ownerId), await makeKey(ownerId), await makeKey(ownerId)]
  await auth.database.execute(sql`update api_keys set expires_at = now() - interval '31 days' where id = ${old.id}`)
  await auth.database.execute(sql`update api_keys set revoked_at = now() - interval '29 days' where id = ${revoked.id}`)
  expect(await new ApiKeyRepository(auth.database).purgeEnded(10)).toBe(1)
  const { items } = apiKeyList.parse((await auth.call('GET', '/api-keys', { as: asUser(ownerId) })).json())
  expect(items.map(({ id }) => id).toSorted()).toEqual([revoked.id, live.id].toSorted())
})
