import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { session } from '../src/sessions/session-schemas.ts'
import { UserRepository } from '../src/users/user-repository.ts'
import { goodPassword, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'

let auth: AuthFixture
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const register = (body: unknown) => auth.call('POST', '/auth/register', { body })
const ada = (overrides: Record<string, unknown> = {}) => ({
  email: 'ada@example.com',
  password: goodPassword,
  fullName: 'Ada Lovelace',
  ...overrides,
})

describe('POST /auth/register', () => {
  test('201 with a bearer token of 30 minutes and the user', async () => {
    const response = await register(ada({ email: 'first@example.com', username: 'first', phoneNumber: '+44 20 7946 0000' }))
    expect(response.statusCode).toBe(201)
    expect(response.headers['cache-control']).toBe('no-store')
    const opened = session.parse(response.json())
    expect(opened).toMatchObject({ token_type: 'Bearer', expires_in: 1_800 })
    expect(opened.user).toMatchObject({
      email: 'first@example.com',
      username: 'first',
      phoneNumber: '+44 20 7946 0000',
      roles: ['customer'],
      active: true,
      version: 1,
      lastLoginAt: null,
    })
    expect(decodeProtectedHeader(opened.access_token)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: expect.any(String) })
    const claims = decodeJwt(opened.access_token)
    expect(claims).toMatchObject({ iss: 'polystore', aud: 'polystore', sub: opened.user.id, roles: ['customer'], jti: expect.any(String) })
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(1_800)
  })

  test('201 without username and phone number, which are then null', async () => {
    const { user } = await auth.register()
    expect(user).toMatchObject({ username: null, phoneNumber: null })
  })

  test('the password is stored as argon2id with the configured cost, never in clear', async () => {
    const { user } = await auth.register()
    const stored = await new UserRepository(auth.database).get(user.id)
    expect(stored.passwordHash).toMatch(/^\$argon2id\$v=19\$m=1024,[pt]=1,[pt]=1\$/u)
    expect(JSON.stringify(user)).not.toContain('argon2')
  })

  test('spaces around and inside a password belong to it', async () => {
    const { user } = await auth.register({ password: '  two spaces  ' })
    const login = (password: string) => auth.call('POST', '/auth/login', { body: { email: user.email, password } })
    expect((await login('  two spaces  ')).statusCode).toBe(200)
    expect((await login('two spaces')).statusCode).toBe(401)
  })

  test('201 for a password of 8 and of 128 characters, counted as people count them', async () => {
    expect((await register(ada({ email: 'p8@example.com', password: 'zq8!vk2#' }))).statusCode).toBe(201)
    expect((await register(ada({ email: 'p128@example.com', password: '🔐'.repeat(128) }))).statusCode).toBe(201)
  })

  test('the address is kept trimmed, in NFKC and lower case', async () => {
    const { user } = await auth.register({ email: '  Ｇrace.Hopper@Example.COM ' })
    expect(user.email).toBe('grace.hopper@example.com')
  })

  test.each([
    ['the same address', 'taken@example.com'],
    ['another letter case', 'TAKEN@Example.com'],
    ['spaces around it', ' taken@example.com '],
    ['full-width letters', 'ｔaken@example.com'],
  ])('409 naming the e-mail for %s', async (_name, email) => {
    await register(ada({ email: 'taken@example.com' }))
    const response = await register(ada({ email }))
    expect(readProblem(response)).toEqual({ status: 409, slug: 'conflict', pointers: ['#/email'] })
    expect(response.body).not.toContain('example.com')
  })

  test('409 naming the username in another letter case', async () => {
    await auth.register({ username: 'Linus' })
    const response = await register(ada({ email: 'other@example.com', username: 'LINUS' }))
    expect(readProblem(response)).toEqual({ status: 409, slug: 'conflict', pointers: ['#/username'] })
  })

  test.each([
    ['7 characters', 'zq8!vk2'],
    ['129 characters', 'z'.repeat(129)],
    ['a common password', 'password123'],
    ['a common password in another letter case', 'PassWord123'],
    ['only spaces', '          '],
    ['the e-mail address', 'Ada@Example.com'],
    ['a number', 12_345_678],
    ['null', null],
  ])('400 naming the password for %s', async (_name, password) => {
    const response = await register(ada({ password }))
    expect(readProblem(response)).toEqual({ status: 400, slug: 'invalid-request', pointers: expect.arrayContaining(['#/password']) })
  })

  test.each([
    ['no address', 'ada'],
    ['a trailing dot', 'ada@example.com.'],
    ['a letter of another script', 'аda@example.com'],
    ['255 characters', `${'a'.repeat(243)}@example.com`],
    ['an object', { $ne: null }],
    ['a line break', 'ada@example.com\r\nbcc: x@example.com'],
  ])('400 naming the e-mail for %s', async (_name, email) => {
    expect(readProblem(await register(ada({ email })))).toEqual({ status: 400, slug: 'invalid-request', pointers: ['#/email'] })
  })

  test.each(['roles', 'id', 'active', 'version', 'passwordHash', 'createdAt', 'role'])(
    '400 naming %s, which nobody may choose',
    async (field) => {
      const response = await register(ada({ [field]: field === 'roles' ? ['admin'] : 'admin' }))
      expect(readProblem(response)).toEqual({ status: 400, slug: 'invalid-request', pointers: [`#/${field}`] })
    },
  )

  test.each([
    ['NUL in the password', '{"email":"ada@example.com","password":"abcdef\\u0000gh","fullName":"Ada"}'],
    ['half a surrogate pair', '{"email":"ada@example.com","password":"abcdefgh\\ud800","fullName":"Ada"}'],
    ['__proto__', '{"email":"ada@example.com","password":"zq8!vk2#","fullName":"Ada","__proto__":{"roles":["admin"]}}'],
    ['broken JSON', '{"email":'],
  ])('400 for %s', async (_name, body) => {
    expect(readProblem(await register(body))).toMatchObject({ status: 400, slug: 'invalid-json' })
  })

  test('413 for a password of 1 MiB', async () => {
    expect(readProblem(await register(ada({ password: 'x'.repeat(1_048_576) }))).status).toBe(413)
  })

  test('SQL in a name is stored as it is', async () => {
    const fullName = "Robert'); DROP TABLE users;-- <b>&lt;"
    const { user } = await auth.register({ fullName })
    expect(user.fullName).toBe(fullName)
  })

  test('401 without a signed identity, also with a bearer token or an X-User-Id', async () => {
    const headers = { 'x-polystore-identity': '', authorization: 'Bearer x.y.z', 'x-user-id': 'admin' }
    const response = await auth.call('POST', '/auth/register', { body: ada(), headers })
    expect(readProblem(response)).toMatchObject({ status: 401, slug: 'not-through-gateway' })
  })

  test('two registrations of one address at once: one 201, one 409 that names the e-mail, 100 rounds of 100', async () => {
    for (let round = 0; round < 100; round++) {
      const both = await Promise.all([
        register(ada({ email: `race-${round}@example.com` })),
        register(ada({ email: `RACE-${round}@example.com` })),
      ])
      expect(both.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([201, 409])
      const refused = both.filter(({ statusCode }) => statusCode === 409).map(readProblem)
      expect(refused).toEqual([{ status: 409, slug: 'conflict', pointers: ['#/email'] }])
    }
  })

  test('an address is free again when its account is deleted', async () => {
    const { user } = await auth.register({ email: 'gone@example.com' })
    await new UserRepository(auth.database).delete(user.id)
    expect((await register(ada({ email: 'gone@example.com' }))).statusCode).toBe(201)
  })
})
