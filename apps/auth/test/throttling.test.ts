import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LoginThrottles } from '../src/throttling/login-throttles.ts'
import { type ThrottleKind, throttleKeys } from '../src/throttling/throttle-keys.ts'
import { goodPassword, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'

let auth: AuthFixture
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

/** Where the owner of an account registers and logs in. */
const home = '198.51.100.1'
let strangers = 0
/** An address that nobody has come from yet. */
const stranger = (): string => `10.${Math.floor(++strangers / 250)}.${strangers % 250}.7`

interface Login {
  readonly email: string
  readonly password?: string
  readonly from?: string
}

const logIn = ({ email, password = 'not the password', from = stranger() }: Login) =>
  auth.call('POST', '/auth/login', { body: { email, password }, headers: { 'x-forwarded-for': from } })

async function owner(): Promise<{ email: string; id: string }> {
  const email = `${randomUUID()}@example.com`
  const body = { email, password: goodPassword, fullName: 'Ada Lovelace' }
  const response = await auth.call('POST', '/auth/register', { body, headers: { 'x-forwarded-for': home } })
  expect(response.statusCode).toBe(201)
  return { email, id: response.json<{ user: { id: string } }>().user.id }
}

async function failing(times: number, login: Login): Promise<number[]> {
  const statuses: number[] = []
  for (let at = 0; at < times; at++) statuses.push((await logIn(login)).statusCode)
  return statuses
}

const keyOf = (source: Parameters<typeof throttleKeys>[0], kind: ThrottleKind): string => throttleKeys(source)[kind] ?? ''
const accountKey = (email: string): string => keyOf({ email, address: null }, 'account')

/** For how many seconds the last failure under a key made everybody wait; 0 when it did not. */
async function waitOf(key: string): Promise<number> {
  const [row] = await auth.database.execute<{ seconds: number }>(sql`
    select coalesce(extract(epoch from blocked_until - last_failed_at), 0)::integer as seconds from login_throttles where key = ${key}`)
  return row?.seconds ?? 0
}

/** Makes a wait that has begun a long one, or over. */
const wait = (key: string, until: 'long' | 'over') =>
  auth.database.execute(sql`
    update login_throttles set blocked_until = now() + ${until === 'long' ? '300 seconds' : '0 seconds'}::interval
    where key = ${key} and blocked_until is not null`)

const throttled = { status: 429, slug: 'login-throttled', pointers: [] }

describe('wrong passwords for one account', () => {
  test('from 11 addresses: 429 with Retry-After from the sixth on, also for the right password; the owner gets in from home', async () => {
    const { email } = await owner()
    expect(await failing(5, { email })).toEqual([401, 401, 401, 401, 401])
    expect(await waitOf(accountKey(email))).toBe(1)
    await wait(accountKey(email), 'long')
    expect(await failing(6, { email })).toEqual([429, 429, 429, 429, 429, 429])
    const refused = await logIn({ email, password: goodPassword })
    expect(readProblem(refused)).toEqual(throttled)
    expect(Number(refused.headers['retry-after'])).toSatisfy((seconds: number) => seconds > 200 && seconds <= 300)
    expect((await logIn({ email, password: goodPassword, from: home })).statusCode).toBe(200)
  })

  test('an account that does not exist is throttled in the same way, by the same bytes', async () => {
    const both = [`${randomUUID()}@example.com`, (await owner()).email]
    const shown: unknown[] = []
    for (const email of both) {
      expect(await failing(5, { email })).toEqual([401, 401, 401, 401, 401])
      expect(await waitOf(accountKey(email))).toBe(1)
      await wait(accountKey(email), 'long')
      const { body, headers } = await logIn({ email })
      shown.push([body.replace(/"traceId":"[^"]*"/u, ''), Object.keys(headers).toSorted()])
    }
    expect(shown[0]).toEqual(shown[1])
  })

  test('each further failure doubles the wait, up to 15 minutes, and an hour later all is forgotten', async () => {
    const { email } = await owner()
    const key = accountKey(email)
    await failing(5, { email })
    for (const seconds of [2, 4, 8]) {
      await wait(key, 'over')
      expect((await logIn({ email })).statusCode).toBe(401)
      expect(await waitOf(key)).toBe(seconds)
    }
    await auth.database.execute(sql`update login_throttles set failures = 2000000000, blocked_until = now() where key = ${key}`)
    expect((await logIn({ email })).statusCode).toBe(401)
    expect(await waitOf(key)).toBe(900)
    await auth.database.execute(sql`
      update login_throttles set last_failed_at = now() - interval '61 minutes', blocked_until = now() where key = ${key}`)
    expect(await failing(4, { email })).toEqual([401, 401, 401, 401])
    expect(await waitOf(key)).toBe(0)
  })

  test('a success forgets them', async () => {
    const { email } = await owner()
    await failing(4, { email })
    expect((await logIn({ email, password: goodPassword })).statusCode).toBe(200)
    expect(await failing(4, { email })).toEqual([401, 401, 401, 401])
    expect(await waitOf(accountKey(email))).toBe(0)
  })

  test('from home they are counted apart: whoever sits there is slowed down as well, and nobody elsewhere is', async () => {
    const { email } = await owner()
    const key = keyOf({ email, address: home }, 'known')
    expect(await failing(5, { email, from: home })).toEqual([401, 401, 401, 401, 401])
    await wait(key, 'long')
    expect(readProblem(await logIn({ email, password: goodPassword, from: home }))).toEqual(throttled)
    expect((await logIn({ email, password: goodPassword })).statusCode).toBe(200)
    await wait(key, 'over')
    expect((await logIn({ email, password: goodPassword, from: home })).statusCode).toBe(200)
  })

  test('50 at once: at most one slips in beside the one that begins a wait', async () => {
    const { email } = await owner()
    await failing(1, { email })
    await auth.database.execute(sql`update login_throttles set failures = 12 where key = ${accountKey(email)}`)
    const answers = await Promise.all(Array.from({ length: 50 }, () => logIn({ email })))
    const guesses = answers.filter(({ statusCode }) => statusCode === 401).length
    expect(guesses).toSatisfy((count: number) => count === 1 || count === 2)
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([401, 429, 503]))
  })
})

describe('wrong passwords from one address', () => {
  test('20 accounts later: 429 for every account but those that were used from there before', async () => {
    const from = stranger()
    const guest = await owner()
    expect((await logIn({ email: guest.email, password: goodPassword, from })).statusCode).toBe(200)
    for (let at = 0; at < 20; at++) expect((await logIn({ email: `${at}-${from}@example.com`, from })).statusCode).toBe(401)
    await wait(keyOf({ address: from }, 'address'), 'long')
    const { email } = await owner()
    expect(readProblem(await logIn({ email, password: goodPassword, from }))).toEqual(throttled)
    expect((await logIn({ email, password: goodPassword })).statusCode).toBe(200)
    expect((await logIn({ email: guest.email, password: goodPassword, from })).statusCode).toBe(200)
  })

  test('a success of one account does not clear them', async () => {
    const from = stranger()
    const { email } = await owner()
    for (let at = 0; at < 19; at++) await logIn({ email: `${at}-${from}@example.com`, from })
    expect((await logIn({ email, password: goodPassword, from })).statusCode).toBe(200)
    expect(await failing(1, { email: `last-${from}@example.com`, from })).toEqual([401])
    expect(await waitOf(keyOf({ address: from }, 'address'))).toBe(1)
  })
})

describe('what is kept', () => {
  test('neither e-mail addresses nor those of machines, and nothing that says nothing any more', async () => {
    const { email } = await owner()
    const from = stranger()
    await logIn({ email, from })
    const rows = JSON.stringify(await auth.database.execute(sql`select * from login_throttles`))
    for (const secret of [email, from, home]) expect(rows).not.toContain(secret)
    const throttles = new LoginThrottles(auth.database)
    await auth.database.execute(sql`update login_throttles set expires_at = now() - interval '1 second' where key like 'account:%'`)
    expect(await throttles.purge(1)).toBe(1)
    await throttles.purge(1_000)
    const [left] = await auth.database.execute<{ accounts: number; known: number }>(sql`
      select count(*) filter (where key like 'account:%')::integer as accounts,
        count(*) filter (where key like 'known:%')::integer as known from login_throttles`)
    expect(left?.accounts).toBe(0)
    expect(left?.known).toBeGreaterThan(0)
  })

  test('an address that was known is a stranger’s after 90 days without a login', async () => {
    const { email } = await owner()
    await failing(5, { email })
    await wait(accountKey(email), 'long')
    await auth.database.execute(sql`
      update login_throttles set expires_at = now() where key = ${keyOf({ email, address: home }, 'known')}`)
    expect(readProblem(await logIn({ email, password: goodPassword, from: home }))).toEqual(throttled)
  })
})
