import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { identityOf, startGateway, type TestGateway } from './support/test-gateway.ts'
import { accessToken, answerKeys, encodeParts, newEllipticKey, newKey, secretToken, type TestKey } from './support/test-tokens.ts'
import { startUpstream } from './support/test-upstream.ts'

const now = (): number => Math.floor(Date.now() / 1_000)

/** Tokens that must not be taken, by what is wrong with them. */
const forgeries: Record<string, (key: TestKey) => string> = {
  'alg none': () => `${encodeParts({ alg: 'none', typ: 'at+jwt' }, { sub: randomUUID() })}.`,
  'alg None': () => `${encodeParts({ alg: 'None', typ: 'at+jwt' }, { sub: randomUUID() })}.`,
  'alg nOnE with the kid of auth': (key) => accessToken(key, { header: { alg: 'nOnE' } }),
  'alg missing': (key) => accessToken(key, { header: { alg: undefined } }),
  'alg empty': (key) => accessToken(key, { header: { alg: '' } }),
  'HS256 signed with the public key': (key) =>
    secretToken(key.publicKey.export({ type: 'spki', format: 'pem' }).toString(), { header: { kid: key.kid } }),
  'ES256 in the header of an Ed25519 key': (key) => accessToken(key, { header: { alg: 'ES256' } }),
  RS512: (key) => accessToken(key, { header: { alg: 'RS512' } }),
  'another key under the same kid': (key) => accessToken(newKey(key.kid)),
  'a payload changed after signing': (key) => swapPayload(accessToken(key), { sub: randomUUID() }),
  'a signature cut off': (key) => accessToken(key).replace(/[^.]*$/u, ''),
  'a signature with odd characters': (key) => accessToken(key).replace(/.{4}$/u, '+/+/'),
  'an ECDSA signature of zeros': (key) => accessToken(key, { header: { alg: 'ES256' } }).replace(/[^.]*$/u, 'A'.repeat(86)),
  'an embedded jwk': (key) => {
    const own = newKey()
    return accessToken(own, { header: { kid: key.kid, jwk: own.publicKey.export({ format: 'jwk' }) } })
  },
  'a jku': () => accessToken(newKey(), { header: { jku: 'http://127.0.0.1:1/keys' } }),
  'an x5u': () => accessToken(newKey(), { header: { x5u: 'http://127.0.0.1:1/cert' } }),
  'a kid that is a path': () => accessToken(newKey('../../../../dev/null')),
  'a kid with SQL': () => accessToken(newKey("' or 1=1 --")),
  'a kid of 10 KB': () => accessToken(newKey('k'.repeat(10_240))).slice(0, 8_000),
  'no kid': (key) => accessToken(key, { header: { kid: undefined } }),
  crit: (key) => accessToken(key, { header: { crit: ['exp'] } }),
  'an empty crit': (key) => accessToken(key, { header: { crit: [] } }),
  'typ JWT': (key) => accessToken(key, { header: { typ: 'JWT' } }),
  'a refresh token': (key) => accessToken(key, { header: { typ: 'rt+jwt' } }),
  'no typ': (key) => accessToken(key, { header: { typ: undefined } }),
  expired: (key) => accessToken(key, { claims: { exp: now() - 10 } }),
  'no exp': (key) => accessToken(key, { claims: { exp: undefined } }),
  'exp as text': (key) => accessToken(key, { claims: { exp: String(now() + 300) } }),
  'exp null': (key) => accessToken(key, { claims: { exp: null } }),
  'no iat': (key) => accessToken(key, { claims: { iat: undefined } }),
  'iat an hour ahead': (key) => accessToken(key, { claims: { iat: now() + 3_600, exp: now() + 7_200 } }),
  'nbf ahead': (key) => accessToken(key, { claims: { nbf: now() + 60 } }),
  'wrong issuer': (key) => accessToken(key, { claims: { iss: 'someone' } }),
  'no issuer': (key) => accessToken(key, { claims: { iss: undefined } }),
  'wrong audience': (key) => accessToken(key, { claims: { aud: 'other' } }),
  'no audience': (key) => accessToken(key, { claims: { aud: undefined } }),
  'no subject': (key) => accessToken(key, { claims: { sub: undefined } }),
  'a subject that is no user id': (key) => accessToken(key, { claims: { sub: 'admin' } }),
  'roles that do not exist': (key) => accessToken(key, { claims: { roles: ['root'] } }),
  'roles as text': (key) => accessToken(key, { claims: { roles: 'admin' } }),
  'a session that is no text': (key) => accessToken(key, { claims: { sid: { $ne: null } } }),
  'a time of issue that is no number': (key) => accessToken(key, { claims: { issued_ms: '9999999999999' } }),
  'an opaque refresh token': () => randomBytes(32).toString('base64url'),
  'not a token': () => 'abc',
  'four parts': (key) => `${accessToken(key)}.x`,
  'JSON arrays': () => `${encodeParts([], [])}.AAAA`,
}

function swapPayload(token: string, claims: object): string {
  const [header = '', , signature = ''] = token.split('.')
  return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
}

async function startPair(): Promise<{ gateway: TestGateway; hits: () => number }> {
  const orders = await startUpstream()
  return { gateway: await startGateway({ orders: [orders] }), hits: () => orders.hits() }
}

test.each(Object.entries(forgeries))('401 for a token with %s', async (_name, forge) => {
  const { gateway, hits } = await startPair()
  const answer = await gateway.call('/api/v1/orders', { token: forge(gateway.key) })
  expect(answer).toMatchObject({ status: 401, json: { type: '/problems/invalid-token', status: 401 } })
  expect(answer.headers['www-authenticate']).toBe('Bearer realm="polystore", error="invalid_token"')
  expect(hits()).toBe(0)
})

const credentials: Record<string, (token: string) => string | string[]> = {
  Basic: () => 'Basic dXNlcjpwYXNz',
  'an empty Bearer': () => 'Bearer ',
  'Bearer alone': () => 'Bearer',
  'a bare token': (token) => token,
  'two tokens in one header': (token) => `Bearer ${token}, Bearer ${token}`,
  'two headers': (token) => [`Bearer ${token}`, `Bearer ${token}`],
  'a header of 9 KB': () => `Bearer ${'a'.repeat(9_000)}`,
}

test.each(Object.entries(credentials))('401 for credentials that are %s', async (_name, make) => {
  const { gateway, hits } = await startPair()
  const answer = await gateway.call('/api/v1/orders', { headers: { authorization: make(accessToken(gateway.key)) } })
  expect(answer).toMatchObject({ status: 401, json: { type: '/problems/invalid-token' } })
  expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="polystore", error="invalid_request"$/u)
  expect(hits()).toBe(0)
})

test('a token in the query is refused and not logged', async () => {
  const log: string[] = []
  const orders = await startUpstream()
  const gateway = await startGateway({ orders: [orders], log })
  const token = accessToken(gateway.key)
  const answer = await gateway.call(`/api/v1/orders?access_token=${token}`)
  expect(answer).toMatchObject({ status: 401, json: { type: '/problems/invalid-token' } })
  expect(answer.text).not.toContain(token)
  expect(log.length).toBeGreaterThan(0)
  expect(log.join('')).not.toContain(token.slice(0, 20))
  expect(orders.hits()).toBe(0)
})

test('good tokens are taken: bearer in any case, Ed25519 and P-256, up to 5 s of clock difference', async () => {
  const elliptic = newEllipticKey()
  const edwards = newKey()
  const auth = await startUpstream(answerKeys(() => [edwards, elliptic]))
  const orders = await startUpstream()
  const gateway = await startGateway({ auth, orders: [orders] })
  const tokens = [
    accessToken(edwards),
    accessToken(elliptic),
    accessToken(edwards, { claims: { iat: now() + 3 } }),
    accessToken(edwards, { claims: { exp: now() - 3 } }),
    accessToken(edwards, { claims: { aud: ['other', 'polystore'] } }),
  ]
  for (const token of tokens)
    expect((await gateway.call('/api/v1/orders', { headers: { authorization: `bearer ${token}` } })).status).toBe(200)
  expect(orders.seen.every((seen) => identityOf(seen)?.kind === 'user')).toBe(true)
  expect(auth.hits()).toBe(1)
})

test('HS256 is taken only where its secret is configured, and only with that secret', async () => {
  const secret = 'one secret for a small deployment, long enough'
  const orders = await startUpstream()
  const without = await startGateway({ orders: [orders] })
  const given = await startGateway({ orders: [orders], environment: { JWT_HS256_SECRET: secret } })
  expect((await without.call('/api/v1/orders', { token: secretToken(secret) })).status).toBe(401)
  expect((await given.call('/api/v1/orders', { token: secretToken(secret) })).status).toBe(200)
  expect((await given.call('/api/v1/orders', { token: secretToken(`${secret}!`) })).status).toBe(401)
  expect((await given.call('/api/v1/orders', { token: accessToken(given.key) })).status).toBe(200)
})

test('1,000 unknown kids cause one fetch of the keys, and known ones keep working', async () => {
  const { gateway } = await startPair()
  expect((await gateway.call('/api/v1/orders', { token: accessToken(gateway.key) })).status).toBe(200)
  const unknown = newKey()
  const statuses = await Promise.all(
    Array.from({ length: 1_000 }, async (_item, index) => {
      const token = accessToken(unknown, { header: { kid: `kid-${index}` } })
      return (await gateway.call('/api/v1/orders', { token })).status
    }),
  )
  expect(new Set(statuses)).toEqual(new Set([401]))
  expect(gateway.auth.hits()).toBe(1)
  expect((await gateway.call('/api/v1/orders', { token: accessToken(gateway.key) })).status).toBe(200)
})

test('a new key of auth is learnt from the first token it signs, and a key that is gone stops working', async () => {
  const [first, second] = [newKey(), newKey()]
  let published = [first]
  const auth = await startUpstream(answerKeys(() => published))
  const orders = await startUpstream()
  const gateway = await startGateway({ auth, orders: [orders], tuning: { keySet: { unknownKeyIntervalMs: 0 } } })
  const old = accessToken(first)
  expect((await gateway.call('/api/v1/orders', { token: old })).status).toBe(200)
  published = [second]
  expect((await gateway.call('/api/v1/orders', { token: accessToken(second) })).status).toBe(200)
  expect((await gateway.call('/api/v1/orders', { token: old })).status).toBe(401)
})

test('503 and not 401 while the keys cannot be fetched, and requests without a token still pass', async () => {
  const auth = await startUpstream((_request, response) => void response.writeHead(500).end())
  const orders = await startUpstream()
  const gateway = await startGateway({ auth, orders: [orders] })
  const answers = await Promise.all(Array.from({ length: 50 }, () => gateway.call('/api/v1/orders', { token: accessToken(newKey()) })))
  for (const answer of answers)
    expect(answer).toMatchObject({ status: 503, json: { type: '/problems/upstream-unavailable' }, headers: { 'retry-after': '1' } })
  expect(auth.hits()).toBe(1)
  expect((await gateway.call('/api/v1/orders')).status).toBe(200)
})

test('a token is not taken from memory after it has expired', async () => {
  const { gateway } = await startPair()
  const token = accessToken(gateway.key, { claims: { exp: now() - 4 } })
  expect((await gateway.call('/api/v1/orders', { token })).status).toBe(200)
  await expect.poll(async () => (await gateway.call('/api/v1/orders', { token })).status, { timeout: 5_000 }).toBe(401)
})
