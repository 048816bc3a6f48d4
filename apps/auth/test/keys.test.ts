import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Service } from '@polystore/service-kit'
import { KeyRing } from '../src/keys/key-ring.ts'
import { createKeyVault } from '../src/keys/key-vault.ts'
import { publishedKey } from '../src/keys/published-key.ts'
import { rotateKeys, secondsUntilKnown, verifyForSeconds } from '../src/keys/rotate-keys.ts'
import { SigningKeyRepository } from '../src/keys/signing-key-repository.ts'
import { session } from '../src/sessions/session-schemas.ts'
import { callService, goodPassword, keyEncryptionSecret, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'

const keySet = z.strictObject({ keys: z.array(publishedKey) })
const expected = { issuer: 'polystore', audience: 'polystore', typ: 'at+jwt', algorithms: ['EdDSA'] }
const lives = { tokenSeconds: 1_800, refreshSeconds: 1 }

async function fetchKeys(service: Service): Promise<z.infer<typeof keySet>> {
  return keySet.parse((await callService(service, 'GET', '/.well-known/jwks.json')).json())
}

function dependenciesOf({ database }: AuthFixture) {
  return { database, signingKeys: new SigningKeyRepository(database), vault: createKeyVault(keyEncryptionSecret) }
}

describe('GET /.well-known/jwks.json', () => {
  let auth: AuthFixture
  beforeAll(async () => {
    auth = await startAuth()
  })
  afterAll(() => auth.stop())

  test('200 with the public parts of the current and the next key, to be cached for 30 seconds', async () => {
    const response = await auth.call('GET', '/.well-known/jwks.json')
    expect(response.statusCode).toBe(200)
    expect(response.headers['cache-control']).toBe('public, max-age=30')
    const { keys } = keySet.parse(response.json())
    expect(keys).toHaveLength(2)
    expect(response.body).not.toMatch(/"d"|PRIVATE/u)
  })

  test('an access token verifies by it', async () => {
    const { access_token: token, user } = await auth.register()
    const { payload } = await jwtVerify(token, createLocalJWKSet(await fetchKeys(auth.service)), expected)
    expect(payload.sub).toBe(user.id)
  })

  test('replicas that start at once on an empty database agree on two keys', async () => {
    const fresh = await startAuth()
    try {
      const replicas = [fresh.service, ...(await Promise.all(Array.from({ length: 7 }, () => fresh.replica())))]
      const sets = await Promise.all(replicas.map(fetchKeys))
      expect(new Set(sets.map((set) => JSON.stringify(set))).size).toBe(1)
      expect(sets[0]?.keys).toHaveLength(2)
    } finally {
      await fresh.stop()
    }
  })

  test('the private key is stored sealed, and opens by no other secret and in no other row', async () => {
    await fetchKeys(auth.service)
    const [row, other] = await new SigningKeyRepository(auth.database).listPublished()
    if (row === undefined || other === undefined) throw new Error('two keys were expected')
    expect(row.sealedPrivateKey).not.toContain('PRIVATE')
    expect(createKeyVault(keyEncryptionSecret).unseal(row.id, row.sealedPrivateKey)).toContain('PRIVATE KEY')
    expect(() => createKeyVault('another secret of 32 characters or more').unseal(row.id, row.sealedPrivateKey)).toThrow(
      'KEY_ENCRYPTION_SECRET',
    )
    expect(() => createKeyVault(keyEncryptionSecret).unseal(other.id, row.sealedPrivateKey)).toThrow('KEY_ENCRYPTION_SECRET')
    expect(() => createKeyVault(keyEncryptionSecret).unseal(row.id, 'v0.x')).toThrow('known form')
  })

  test('503 at /readyz, and no token, with another KEY_ENCRYPTION_SECRET', async () => {
    const { user } = await auth.register()
    const wrong = await auth.replica({ KEY_ENCRYPTION_SECRET: 'another secret of 32 characters or more' })
    expect(readProblem(await callService(wrong, 'GET', '/readyz'))).toMatchObject({ status: 503, slug: 'not-ready' })
    const logIn = await callService(wrong, 'POST', '/auth/login', { body: { email: user.email, password: goodPassword } })
    expect(readProblem(logIn)).toMatchObject({ status: 500, slug: 'internal-error' })
    expect(logIn.body).not.toContain('KEY_ENCRYPTION_SECRET')
  })
})

test('while the database is away the last known keys are published, and nothing is signed', async () => {
  const auth = await startAuth()
  try {
    const ring = new KeyRing(dependenciesOf(auth), { refreshMs: 0 })
    const known = await ring.published()
    expect(known).toHaveLength(2)
    await auth.database.close()
    expect(await ring.published()).toEqual(known)
    await expect(ring.signingKey()).rejects.toMatchObject({ code: 'unavailable' })
  } finally {
    await auth.stop()
  }
})

describe('rotation', () => {
  test('the next key signs, a new next is published, and the old one stays until its tokens are dead', async () => {
    const auth = await startAuth({ KEY_REFRESH_SECONDS: '1' })
    try {
      const { access_token: oldToken } = await auth.register()
      const before = await rotationState(auth)
      const after = await rotateKeys(dependenciesOf(auth), verifyForSeconds(lives))
      expect(after).toEqual({ current: before.next, next: [expect.any(String)], retired: before.current })
      const replica = await auth.replica()
      const set = createLocalJWKSet(await fetchKeys(replica))
      await jwtVerify(oldToken, set, expected)
      await rotateKeys(dependenciesOf(auth), 0)
      const second = await fetchKeys(await auth.replica())
      expect(second.keys.map((key) => key.kid)).toEqual(expect.arrayContaining(before.current))
      expect(second.keys).toHaveLength(3)
    } finally {
      await auth.stop()
    }
  })

  test('a running replica signs by the new key within its refresh time, and no token fails on the way', async () => {
    const auth = await startAuth({ KEY_REFRESH_SECONDS: '1' })
    try {
      const verifier = createLocalJWKSet(await fetchKeys(auth.service))
      const [nextId] = (await rotationState(auth)).next
      const { user } = await auth.register()
      await rotateKeys(dependenciesOf(auth), verifyForSeconds(lives))
      const deadline = Date.now() + 5_000
      let kid: string | undefined
      while (kid !== nextId && Date.now() < deadline) {
        const response = await auth.call('POST', '/auth/login', { body: { email: user.email, password: goodPassword } })
        const { access_token: token } = session.parse(response.json())
        await jwtVerify(token, verifier, expected)
        kid = decodeProtectedHeader(token).kid
      }
      expect(kid).toBe(nextId)
    } finally {
      await auth.stop()
    }
  })

  test('4 rotations at once leave one current and one next key', async () => {
    const auth = await startAuth()
    try {
      await Promise.all(Array.from({ length: 4 }, () => rotateKeys(dependenciesOf(auth), 60)))
      const { current, next, retired } = await rotationState(auth)
      expect([current.length, next.length, retired.length]).toEqual([1, 1, 4])
    } finally {
      await auth.stop()
    }
  })

  test('a next key that nobody can have fetched yet is waited for', async () => {
    const auth = await startAuth()
    try {
      const seconds = await secondsUntilKnown(dependenciesOf(auth), { tokenSeconds: 1_800, refreshSeconds: 10 })
      expect(seconds).toBeGreaterThan(30)
      expect(seconds).toBeLessThanOrEqual(40)
    } finally {
      await auth.stop()
    }
  })
})

test('with JWT_HS256_SECRET tokens are signed by it, no key is published and none is made', async () => {
  const secret = 'shared-secret-for-one-deployment-0123'
  const auth = await startAuth({ JWT_HS256_SECRET: secret })
  try {
    const { access_token: token, user } = await auth.register()
    const { payload, protectedHeader } = await jwtVerify(token, new TextEncoder().encode(secret), { ...expected, algorithms: ['HS256'] })
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: 'at+jwt' })
    expect(payload.sub).toBe(user.id)
    expect(await fetchKeys(auth.service)).toEqual({ keys: [] })
    expect(await new SigningKeyRepository(auth.database).listPublished()).toEqual([])
  } finally {
    await auth.stop()
  }
})

async function rotationState(auth: AuthFixture): Promise<Record<'current' | 'next' | 'retired', string[]>> {
  await fetchKeys(auth.service)
  const rows = await new SigningKeyRepository(auth.database).listPublished()
  const idsOf = (state: string): string[] => rows.filter((row) => row.state === state).map((row) => row.id)
  return { current: idsOf('current'), next: idsOf('next'), retired: idsOf('retired') }
}
