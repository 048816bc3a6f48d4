import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConflictError } from '../src/errors/repository-error.ts'
import { maskSecrets } from '../src/masking/mask-secrets.ts'
import { maskUrl } from '../src/masking/mask-url.ts'

/** Long enough, and of a kind that no harmless part of the samples holds. */
const secretText = fc.string({ minLength: 6, maxLength: 40, unit: 'grapheme-ascii' }).map((text) => `S3c${text}r3T`)
const compact = secretText.filter((text) => !/\s/.test(text))
const inLibpq = compact.filter((text) => !/^['"`\\]/.test(text))
const inQuery = compact.filter((text) => !text.includes('&'))

const forms: Record<string, { secret: fc.Arbitrary<string>; write: (secret: string) => string }> = {
  'userinfo, percent-encoded': { secret: secretText, write: (s) => `postgres://app:${encodeURIComponent(s)}@db:5432/shop` },
  'userinfo, raw': { secret: compact, write: (s) => `postgres://app:${s}@db:5432/shop` },
  'userinfo without a user': { secret: compact, write: (s) => `redis://:${s}@cache:6379/0` },
  'userinfo of a token alone': { secret: compact, write: (s) => `https://${encodeURIComponent(s)}@registry/` },
  'several hosts': { secret: compact, write: (s) => `mongodb://app:${s}@one:27017,two:27018,[::1]:27019/shop?replicaSet=rs0` },
  'mongodb+srv': { secret: compact, write: (s) => `mongodb+srv://app:${s}@cluster.example/shop` },
  'a URL inside a URL': {
    secret: secretText,
    write: (s) => `http://proxy/?to=${encodeURIComponent(`mongodb://app:${encodeURIComponent(s)}@db/x`)}`,
  },
  'no scheme': { secret: compact.filter((s) => !s.startsWith('/')), write: (s) => `app:${s}@db:5432/shop` },
  password: { secret: inQuery, write: (s) => `postgres://db/shop?sslmode=require&password=${s}&x=1` },
  'password, encoded': { secret: secretText, write: (s) => `postgres://db/shop?password=${encodeURIComponent(s)}` },
  'an encoded name': { secret: inQuery, write: (s) => `postgres://db/shop?pass%77ord=${s}` },
  sslpassword: { secret: inQuery, write: (s) => `postgres://db/shop?sslpassword=${s}` },
  authMechanismProperties: { secret: inQuery, write: (s) => `mongodb://db/?authMechanismProperties=AWS_SESSION_TOKEN:${s}&w=majority` },
  tlsCertificateKeyFilePassword: { secret: inQuery, write: (s) => `mongodb://db/?tls=true&tlsCertificateKeyFilePassword=${s}` },
  access_token: { secret: inQuery, write: (s) => `https://api/x?access_token=${s}#top` },
  libpq: { secret: inLibpq, write: (s) => `host=db port=5432 user=app password=${s} dbname=shop` },
  'libpq, spaced': { secret: inLibpq, write: (s) => `host = db password = ${s}` },
  'libpq, quoted': { secret: secretText, write: (s) => `host=db password='${s.replaceAll(/[\\']/g, '\\$&')}' dbname=shop` },
  'ADO.NET': { secret: inLibpq, write: (s) => `Server=db;User Id=app;Password=${s};Database=shop` },
  'ADO.NET, quoted': {
    secret: compact.filter((s) => !s.includes('\\')),
    write: (s) => `Server=db;Pwd="${s.replaceAll('"', '""')}";Database=shop`,
  },
  JDBC: { secret: inQuery, write: (s) => `jdbc:postgresql://db/shop?user=app&password=${s}` },
  environment: { secret: inLibpq, write: (s) => `PGPASSWORD=${s} psql` },
  JSON: { secret: secretText, write: (s) => JSON.stringify({ user: 'app', password: s, port: 1 }) },
  'JSON inside JSON': { secret: secretText, write: (s) => JSON.stringify({ body: JSON.stringify({ clientSecret: s }) }) },
  // The end keeps it from being a word that a stack trace has too.
  'a header': { secret: fc.stringMatching(/^[A-Za-z0-9._~+/=-]{8,40}~\d{4}$/), write: (s) => `authorization: Bearer ${s}` },
}

function survives(secret: string, shown: string): boolean {
  return [secret, encodeURIComponent(secret), encodeURI(secret), JSON.stringify(secret).slice(1, -1)].some((form) => shown.includes(form))
}

function show(value: unknown): string {
  if (value instanceof Error) return [value.name, value.message, value.stack, show(value.cause), show({ ...value })].join('\n')
  if (value instanceof Map) return show([...value])
  if (value instanceof Set) return show([...value])
  if (Array.isArray(value)) return value.map(show).join('\n')
  if (typeof value === 'object' && value !== null) return Object.entries(value).map(show).join('\n')
  return String(value)
}

/** Each way in which a text reaches a log. */
const carriers: Record<string, (text: string) => unknown> = {
  'the text itself': (text) => text,
  'a sentence': (text) => `connect to ${text} failed`,
  'an error': (text) => new Error(`cannot connect to ${text}`),
  'the cause of an error': (text) => new Error('unavailable', { cause: new TypeError(text) }),
  'a property of an error': (text) => Object.assign(new Error('Invalid URL'), { input: text }),
  'a nested object': (text) => ({ config: { database: { url: text } } }),
  'an array in a map': (text) => new Map([['urls', [text]]]),
  'the key of a map': (text) => new Map([[text, 1]]),
  'a set': (text) => new Set([text]),
  'an aggregate error': (text) => Object.assign(new Error('many'), { errors: [new Error(text)] }),
}

describe('maskSecrets', () => {
  for (const [form, { secret, write }] of Object.entries(forms)) {
    it(`hides the secret of a connection string written as: ${form}`, () => {
      fc.assert(
        fc.property(secret, fc.constantFrom(...Object.keys(carriers)), (value, carrier) => {
          const carried = carriers[carrier]?.(write(value))
          expect(survives(value, show(maskSecrets(carried)))).toBe(false)
        }),
        { numRuns: 500 },
      )
    })
  }

  it('hides whatever stands under the name of a secret, at any depth', () => {
    const name = fc.constantFrom(
      'password',
      'dbPassword',
      'PASSWORD_HASH',
      'client_secret',
      'x-api-key',
      'refreshToken',
      'Authorization',
      'auth',
    )
    fc.assert(
      fc.property(name, secretText, fc.nat(8), (key, secret, depth) => {
        let value: unknown = { [key]: { raw: [secret] } }
        for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { inner: value }
        expect(survives(secret, show(maskSecrets(value)))).toBe(false)
      }),
    )
  })

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true }),
        (value) => void maskSecrets(value),
      ),
    )
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void maskSecrets(text)))
    const hostile = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no')
        },
      },
    )
    expect(
      maskSecrets({
        hostile,
        get trap() {
          throw new Error('no')
        },
      }),
    ).toEqual({ hostile: '***', trap: '***' })
  })

  it('names a circle instead of walking it', () => {
    const circle: Record<string, unknown> = { name: 'a' }
    circle['self'] = circle
    expect(maskSecrets(circle)).toEqual({ name: 'a', self: '[circular]' })
  })

  it('leaves the original as it was', () => {
    const original = { password: 'hunter22', list: ['postgres://a:hunter22@b/c'] }
    maskSecrets(original)
    expect(original).toEqual({ password: 'hunter22', list: ['postgres://a:hunter22@b/c'] })
  })

  it('shows what is no text by its kind, and reads what describes itself', () => {
    const shown = maskSecrets({
      call: () => 'postgres://a:hunter22@b/c',
      mark: Symbol('hunter22'),
      url: new URL('postgres://a:hunter22@b/c'),
      query: new URLSearchParams({ password: 'hunter22', page: '2' }),
      bytes: Buffer.from('hunter22'),
      memory: new ArrayBuffer(8),
      at: new Date(5),
      document: { toJSON: () => ({ password: 'hunter22', page: 2 }) },
    })
    expect(shown).toEqual({
      call: '[function]',
      mark: '[symbol]',
      url: 'postgres://a:***@b/c',
      query: 'password=***&page=2',
      bytes: '[binary]',
      memory: '[binary]',
      at: new Date(5),
      document: { password: '***', page: 2 },
    })
  })

  it('says that a secret is missing, or whether it is set', () => {
    expect(maskSecrets({ password: null, token: undefined, secret: true, apiKey: 0 })).toEqual({
      password: null,
      token: undefined,
      secret: true,
      apiKey: '***',
    })
  })

  it('names what lies too deep, or is too much', () => {
    let deep: unknown = 'postgres://a:hunter22@b/c'
    for (let level = 0; level < 20; level += 1) deep = [deep]
    expect(JSON.stringify(maskSecrets(deep))).toBe(`${'['.repeat(10)}"[too deep]"${']'.repeat(10)}`)
    const many = maskSecrets(Array.from({ length: 12_000 }, () => ({ password: 'hunter22' })))
    expect(Array.isArray(many) ? [many[0], many.at(-1)] : many).toEqual([{ password: '***' }, '[too deep]'])
  })

  it('tells of the cause of a repository error its name and code alone', () => {
    const driverError = Object.assign(new Error('Key (code)=(hunter22) exists'), { code: '23505', detail: 'hunter22' })
    const [known, unknown] = [driverError, 'hunter22'].map((cause) => maskSecrets(new ConflictError('A row exists.', { cause })))
    expect(known).toMatchObject({ message: 'A row exists.', cause: { name: 'Error', code: '23505' } })
    expect(show(known)).not.toContain('hunter22')
    expect(unknown).toMatchObject({ cause: '***' })
  })

  it('hides a password of any length after a name, also at the end of its text and without a closing quote', () => {
    expect(maskSecrets('password=')).toBe('password=')
    expect(maskSecrets('password="hunter22')).toBe('password=***')
    expect(maskSecrets(String.raw`{\"password\":\"hunt\\"er22\",\"page\":2}`)).toBe(String.raw`{\"password\":***,\"page\":2}`)
  })

  it('ends a broken password at its line, or where no URL could reach', () => {
    expect(maskSecrets('postgres://app:hunt er22@db/shop')).toBe('postgres://app:***@db/shop')
    expect(maskSecrets('postgres://app:hunter22\nmail a@b')).toBe('postgres://app:***\nmail a@b')
    expect(maskSecrets(`postgres://app:hunter22 ${'x'.repeat(600)}@b`)).toBe(`postgres://app:*** ${'x'.repeat(600)}@b`)
  })

  it('keeps an error an error of its class', () => {
    const masked = maskSecrets(new TypeError('postgres://a:hunter22@b/c'))
    expect(masked).toBeInstanceOf(TypeError)
    expect(masked).toMatchObject({ message: 'postgres://a:***@b/c' })
  })

  it('leaves harmless text alone', () => {
    for (const text of [
      'listening on http://127.0.0.1:8080/docs',
      'tokenId=7 limit=3',
      'password authentication failed for user "app"',
      'see https://example.com/a?b=c&d=e',
      'mongodb://one:1,two:2/shop?replicaSet=rs0',
    ]) {
      expect(maskSecrets(text)).toBe(text)
    }
  })

  it('takes time in proportion to the length of a text', () => {
    for (const piece of [
      'postgres://a:',
      'password=',
      'a@',
      '\\"',
      'password="',
      ' x=',
      '%3a%2f%2f',
      ':',
      "password='",
      '://',
      'a:b ',
      'token: ',
      'a',
      ' ',
      '(a:',
      'postgres://a:b@c ',
      'x://a:b ',
      'x://,',
      '\n',
      "'",
      'eyJaaaaa-',
      '-----BEGIN ',
      'a=',
    ]) {
      const text = `password=x${piece.repeat(20_000)}`
      const started = performance.now()
      maskSecrets(text)
      expect(performance.now() - started, piece).toBeLessThan(2000)
    }
  })
})

describe('maskUrl', () => {
  it('keeps what helps and hides what is secret', () => {
    expect(maskUrl('postgres://app:p%40ss@db:5432/shop?sslmode=require&sslpassword=x')).toBe(
      'postgres://app:***@db:5432/shop?sslmode=require&sslpassword=***',
    )
    expect(maskUrl('mongodb+srv://app:x@a.example/shop?w=majority')).toBe('mongodb+srv://app:***@a.example/shop?w=majority')
    expect(maskUrl('host=db password=x user=app')).toBe('host=db password=*** user=app')
  })

  it('hides a password that holds any character, white space and @ too', () => {
    fc.assert(
      fc.property(secretText, (secret) => void expect(survives(secret, maskUrl(`postgres://app:${secret}@db/shop`))).toBe(false)),
      { numRuns: 1000 },
    )
  })

  it('takes a URL that is parsed already', () => {
    expect(maskUrl(new URL('redis://:hunter22@cache:6379/0'))).toBe('redis://:***@cache:6379/0')
  })

  it('hides what is no connection string whole, and never throws', () => {
    expect(maskUrl('hunter22')).toBe('***')
    expect(maskUrl(undefined)).toBe('***')
    fc.assert(fc.property(fc.anything(), (value) => typeof maskUrl(value) === 'string'))
  })
})
