import { createSigner } from 'fast-jwt'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { anonymous, createIdentitySigner, createIdentityVerifier, type Identity, identityHeader, Problem } from '../src/index.ts'
import { admin, customer, type DemoService, secret, signed, staff, startDemoService } from './support/demo-service.ts'
import { expectProblem } from './support/expect-problem.ts'

let demo: DemoService
beforeAll(async () => (demo = await startDemoService()))
afterAll(() => demo.close())

const id = '01912f4e-7c3a-7b2e-8d1f-0123456789ab'
const service: Identity = { kind: 'service', name: 'orders' }
const ask = (method: string, path: string, headers: Record<string, string> = {}) => fetch(`${demo.url}${path}`, { method, headers })

/** A token of our own shape, with anything changed. */
function forge({
  key = secret,
  alg = 'HS256',
  typ = 'identity+jwt',
  aud = 'polystore-internal',
  ...claims
}: Record<string, unknown> & { key?: string; alg?: 'HS256' | 'HS512'; typ?: string; aud?: string }): string {
  const nowSeconds = Math.floor(Date.now() / 1_000)
  const sign = createSigner({ key, algorithm: alg, header: { alg, typ }, noTimestamp: true })
  return sign({ aud, iat: nowSeconds, exp: nowSeconds + 60, identity: customer, ...claims })
}

describe('who asks', () => {
  const nowSeconds = Math.floor(Date.now() / 1_000)
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const refused: Record<string, Record<string, string>> = {
    nothing: {},
    'a user id of the client (42)': { 'x-user-id': 'admin', 'x-user-roles': 'admin' },
    garbage: { [identityHeader]: 'garbage' },
    'an empty header': { [identityHeader]: '' },
    'another secret': { [identityHeader]: forge({ key: 'another secret that is long enough' }) },
    'another algorithm': { [identityHeader]: forge({ alg: 'HS512' }) },
    'another type': { [identityHeader]: forge({ typ: 'at+jwt' }) },
    'another audience': { [identityHeader]: forge({ aud: 'elsewhere' }) },
    'an expired token': { [identityHeader]: forge({ iat: nowSeconds - 120, exp: nowSeconds - 60 }) },
    'a token of the future': { [identityHeader]: forge({ iat: nowSeconds + 3_600, exp: nowSeconds + 3_660 }) },
    'a token that lives too long': { [identityHeader]: forge({ exp: nowSeconds + 3_600 }) },
    'no expiry': { [identityHeader]: forge({ exp: undefined }) },
    'an unknown kind': { [identityHeader]: forge({ identity: { kind: 'root' } }) },
    'an unknown role': { [identityHeader]: forge({ identity: { kind: 'user', id: 'u', roles: ['owner'] } }) },
    'alg none': {
      [identityHeader]: `${encode({ alg: 'none', typ: 'identity+jwt' })}.${encode({ aud: 'polystore-internal', iat: nowSeconds, exp: nowSeconds + 60, identity: admin })}.`,
    },
  }
  for (const [name, headers] of Object.entries(refused)) {
    test(`401 not-through-gateway with ${name}`, async () =>
      void (await expectProblem(await ask('GET', '/orders', headers), 401, 'not-through-gateway')))
  }

  test('401 not-through-gateway for a changed payload', async () => {
    const [head = '', , signature = ''] = forge({}).split('.')
    const payload = encode({ aud: 'polystore-internal', iat: nowSeconds, exp: nowSeconds + 60, identity: admin })
    await expectProblem(await ask('GET', '/orders', { [identityHeader]: `${head}.${payload}.${signature}` }), 401, 'not-through-gateway')
  })

  test('the body is not read before the caller is known', async () => {
    const response = await fetch(`${demo.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: 'not JSON',
    })
    await expectProblem(response, 401, 'not-through-gateway')
  })
})

describe('who may', () => {
  const matrix: [access: string, method: string, path: string, allowed: Identity[], refusals: [Identity, number, string][]][] = [
    ['public', 'GET', '/orders', [anonymous, customer, staff, admin, service], []],
    [
      'user',
      'POST',
      '/orders',
      [customer, staff, admin],
      [
        [anonymous, 401, 'unauthenticated'],
        [service, 403, 'forbidden'],
      ],
    ],
    [
      'staff',
      'GET',
      '/reports/daily',
      [staff, admin],
      [
        [anonymous, 401, 'unauthenticated'],
        [customer, 403, 'forbidden'],
        [service, 403, 'forbidden'],
      ],
    ],
    [
      'admin',
      'DELETE',
      `/orders/${id}`,
      [admin],
      [
        [anonymous, 401, 'unauthenticated'],
        [customer, 403, 'forbidden'],
        [staff, 403, 'forbidden'],
        [service, 403, 'forbidden'],
      ],
    ],
    [
      'service',
      'POST',
      `/holds/${id}/commit`,
      [service],
      [
        [anonymous, 403, 'forbidden'],
        [customer, 403, 'forbidden'],
        [admin, 403, 'forbidden'],
      ],
    ],
    [
      'staff',
      'GET',
      '/health',
      [staff, admin],
      [
        [anonymous, 401, 'unauthenticated'],
        [customer, 403, 'forbidden'],
      ],
    ],
  ]
  for (const [access, method, path, allowed, refusals] of matrix) {
    test(`${method} ${path} (${access}) lets in exactly who it should`, async () => {
      for (const identity of allowed)
        expect((await ask(method, path, signed(identity))).status, JSON.stringify(identity)).not.toBeOneOf([401, 403])
      for (const [identity, status, slug] of refusals) await expectProblem(await ask(method, path, signed(identity)), status, slug)
    })
  }

  test('401 names the scheme in WWW-Authenticate', async () => {
    expect((await ask('POST', '/orders', signed(anonymous))).headers.get('www-authenticate')).toBe('Bearer')
  })

  test('probes, documents, problems and metrics need nobody', async () => {
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json', '/docs', '/problems', '/problems/conflict'])
      expect((await ask('GET', path)).status, path).toBe(200)
  })

  test('another way to identify replaces the signature, and its refusal stands', async () => {
    const gateway = await startDemoService({
      identify: async (request) => {
        if (request.headers.authorization === undefined) throw new Problem('invalid-token')
        return admin
      },
    })
    await expectProblem(await fetch(`${gateway.url}/orders`, { headers: signed(admin) }), 401, 'invalid-token')
    expect((await fetch(`${gateway.url}/orders/${id}`, { method: 'DELETE', headers: { authorization: 'x' } })).status).toBe(204)
    await gateway.close()
  })
})

describe('signer and verifier', () => {
  test('a token is used again for 20 seconds and expires after 60', () => {
    vi.useFakeTimers({ now: 1_000_000_000_000 })
    const [sign, verify] = [createIdentitySigner(secret), createIdentityVerifier(secret)]
    const token = sign(customer)
    expect(verify(token)).toEqual(customer)
    vi.advanceTimersByTime(19_000)
    expect(sign(customer)).toBe(token)
    vi.advanceTimersByTime(2_000)
    expect(sign(customer)).not.toBe(token)
    expect(verify(token)).toEqual(customer)
    vi.advanceTimersByTime(45_000)
    expect(verify(token)).toBeUndefined()
    vi.useRealTimers()
  })

  test('identities do not share a token', () => {
    const sign = createIdentitySigner(secret)
    expect(new Set([customer, staff, admin, service, anonymous].map(sign)).size).toBe(5)
  })

  test('a secret under 32 characters is refused', () => {
    expect(() => createIdentitySigner('short')).toThrow('32')
    expect(() => createIdentityVerifier('short')).toThrow('32')
  })

  test('an identity that is not well formed is not signed', () => {
    expect(() => createIdentitySigner(secret)({ kind: 'user', id: '', roles: [] })).toThrow()
  })
})
