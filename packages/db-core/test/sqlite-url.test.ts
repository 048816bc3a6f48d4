import { resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { maskUrl } from '../src/masking/mask-url.ts'
import { parseSqliteUrl } from '../src/sql/sqlite/sqlite-url.ts'

describe('the URL of a SQLite database', () => {
  test.each([
    ['sqlite:///var/data/app.db', '/var/data/app.db'],
    ['file:///var/data/app.db', '/var/data/app.db'],
    ['sqlite:/var/data/app.db', '/var/data/app.db'],
    ['sqlite:data/app.db', resolve('data/app.db')],
    ['file:app.db', resolve('app.db')],
    ['SQLite:app.db', resolve('app.db')],
    ['sqlite:///with%20space/%C3%A9.db', '/with space/é.db'],
    ['sqlite:///a%3Fb.db', '/a?b.db'],
    ['sqlite:file:x.db', resolve('file:x.db')],
  ])('%s is the file %s', (url, path) => {
    expect(parseSqliteUrl(url)).toEqual({ kind: 'file', path })
  })

  test.each(['sqlite::memory:', 'file::memory:'])('%s is memory', (url) => {
    expect(parseSqliteUrl(url)).toEqual({ kind: 'memory' })
  })

  test.each([
    '',
    'app.db',
    ':memory:',
    'postgres://localhost/app',
    'sqlite:',
    'sqlite://',
    'sqlite:///',
    'sqlite://host/app.db',
    'sqlite:directory/',
    'sqlite:app.db?mode=ro',
    'sqlite:app.db#x',
    'sqlite:%zz',
    'sqlite:a%00b',
  ])('%j is refused without being quoted', (url) => {
    const parse = () => parseSqliteUrl(url)
    expect(parse).toThrow(expect.objectContaining({ code: 'invalid-value' }))
    if (url.length > 11) expect(messageOf(parse)).not.toContain(url)
  })

  test.each([
    ['sqlite:///var/data/app.db', 'sqlite:///var/data/app.db'],
    ['sqlite:data/app.db', 'sqlite:data/app.db'],
    ['file:data/app.db', 'file:data/app.db'],
    ['sqlite::memory:', 'sqlite::memory:'],
    ['sqlite:app.db?key=1&cipher_password=hunter2', 'sqlite:app.db?key=1&cipher_password=***'],
    ['sqlite://user:hunter2@host/app.db', 'sqlite://user:***@host/app.db'],
    ['sqlite:user:hunter2@host/app.db', 'sqlite:***@host/app.db'],
  ])('%s is logged as %s', (url, masked) => {
    expect(maskUrl(url)).toBe(masked)
  })

  test('no password survives, however it is attached', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9!$*+,;=:/?#[\]]{6,20}$/).filter((text) => /[A-Z]/.test(text))
    const forms = [
      (text: string) => `sqlite:user:${text}@host/app.db`,
      (text: string) => `file://user:${text}@host/app.db`,
      (text: string) => `sqlite:app.db?password=${encodeURIComponent(text)}`,
      (text: string) => `sqlite:///app.db?authToken=${encodeURIComponent(text)}`,
    ]
    fc.assert(
      fc.property(secret, fc.constantFrom(...forms), (text, form) => {
        const masked = maskUrl(form(text))
        expect(masked).not.toContain(text)
        expect(masked).not.toContain(encodeURIComponent(text))
      }),
    )
  })
})

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return String(error)
  }
  return ''
}
