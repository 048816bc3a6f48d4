import { expect, test } from 'vitest'
import { AuthUnavailableError } from '../src/identity/auth-unavailable-error.ts'
import { KeySet } from '../src/identity/key-set.ts'
import { newKey } from './support/test-tokens.ts'

const rules = { issuer: 'polystore', audience: 'polystore' }

function start(kids: string[]) {
  const auth = { nowMs: 1_000_000, fetches: 0, fails: false, kids }
  const keys = new KeySet({
    rules,
    now: () => auth.nowMs,
    fetchDocument: async () => {
      auth.fetches++
      if (auth.fails) throw new Error('down')
      return { keys: auth.kids.map((kid) => ({ ...newKey().publicKey.export({ format: 'jwk' }), kid })) }
    },
  })
  return { auth, keys }
}

test('an unknown kid causes at most one fetch in 30 s', async () => {
  const { auth, keys } = start(['a'])
  expect(await keys.find('a')).toBeDefined()
  auth.kids = ['a', 'b']
  for (let index = 0; index < 100; index++) expect(await keys.find('b')).toBeUndefined()
  expect(auth.fetches).toBe(1)
  auth.nowMs += 30_000
  expect(await keys.find('b')).toBeDefined()
  expect(auth.fetches).toBe(2)
})

test('requests at once share one fetch', async () => {
  const { auth, keys } = start(['a'])
  await Promise.all(Array.from({ length: 50 }, () => keys.find('a')))
  expect(auth.fetches).toBe(1)
})

test('a failed fetch is not "no such key", and is repeated after a second', async () => {
  const { auth, keys } = start(['a'])
  auth.fails = true
  await expect(keys.find('a')).rejects.toThrow(AuthUnavailableError)
  await expect(keys.find('a')).rejects.toThrow(AuthUnavailableError)
  expect(auth.fetches).toBe(1)
  auth.fails = false
  auth.nowMs += 1_000
  expect(await keys.find('a')).toBeDefined()
})

test('known keys outlive an auth that is down', async () => {
  const { auth, keys } = start(['a'])
  await keys.find('a')
  auth.fails = true
  auth.nowMs += 3_600_000
  expect(await keys.find('a')).toBeDefined()
})

test('old keys are fetched anew beside the request that found them old, and gone ones are dropped', async () => {
  const { auth, keys } = start(['a', 'b'])
  await keys.find('a')
  auth.kids = ['b']
  auth.nowMs += 30_000
  expect(await keys.find('a')).toBeDefined()
  await expect.poll(() => keys.find('a')).toBeUndefined()
  expect(auth.fetches).toBe(2)
})

test('a document with keys of other kinds gives the usable ones', async () => {
  const { publicKey } = newKey()
  const document = { keys: [{ kty: 'RSA', kid: 'r', n: 'x', e: 'AQAB' }, null, { ...publicKey.export({ format: 'jwk' }), kid: 'a' }] }
  const keys = new KeySet({ rules, fetchDocument: async () => document })
  expect(await keys.find('a')).toBeDefined()
  expect(await keys.find('r')).toBeUndefined()
})

test.each([null, {}, { keys: 'none' }, { keys: Array.from({ length: 33 }, () => ({})) }, 'text'])(
  'a document that is no key set is a failure: %j',
  async (document) => {
    const keys = new KeySet({ rules, fetchDocument: async () => document })
    await expect(keys.find('a')).rejects.toThrow(AuthUnavailableError)
  },
)
