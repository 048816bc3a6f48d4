import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidValueError } from '../src/errors/repository-error.ts'
import { parseFilter } from '../src/filters/parse-filter.ts'
import { parseSort } from '../src/filters/parse-sort.ts'
import { MemoryDatabase } from '../src/memory/index.ts'
import { connectMongo } from '../src/mongo/index.ts'
import { cursorBinding, decodeCursor, encodeCursor, type CursorValue } from '../src/pages/cursor.ts'
import { connectPostgres } from '../src/sql/index.ts'

const secret = 'a secret of at least thirty-two characters'
const value: fc.Arbitrary<CursorValue> = fc.oneof(
  fc.string({ maxLength: 50, unit: 'grapheme' }),
  fc.integer(),
  fc.double({ noNaN: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.bigInt(),
  fc.boolean(),
  fc.date({ noInvalidDate: true }),
  fc.constant(null),
)

describe('a cursor', () => {
  it('brings back every value with its type', () => {
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 6 }),
        fc.constantFrom('next' as const, 'previous' as const),
        fc.boolean(),
        fc.constantFrom({}, { parted: true }),
        (values, direction, inclusive, ties) => {
          const text = encodeCursor({ values, direction, inclusive, ...ties, binding: 'b' }, secret)
          expect(text).toMatch(/^[\w-]+\.[\w-]{43}$/)
          expect(decodeCursor(text, { secret, binding: 'b' })).toEqual({ values, direction, inclusive, ...ties, binding: 'b' })
        },
      ),
    )
  })

  it('is refused under another secret or binding', () => {
    const text = encodeCursor({ values: ['a'], direction: 'next', binding: 'b' }, secret)
    expect(() => decodeCursor(text, { secret: `${secret}!`, binding: 'b' })).toThrow('not valid')
    expect(() => decodeCursor(text, { secret, binding: 'c' })).toThrow('not valid')
  })

  it('is refused when any character of it is another one', () => {
    const text = encodeCursor({ values: ['a', 1, null], direction: 'next', binding: 'b' }, secret)
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'AZaz09-_.~ '), (index, character) => {
        const changed = text.slice(0, index) + character + text.slice(index + 1)
        if (changed === text) return
        expect(() => decodeCursor(changed, { secret, binding: 'b' })).toThrow('not valid')
      }),
      { numRuns: 2000 },
    )
  })

  it('is refused when it was signed for another format', () => {
    const sealed = (payload: unknown) => {
      const body = Buffer.from(JSON.stringify(payload)).toString('base64url')
      return `${body}.${createHmac('sha256', secret).update('polystore-cursor\n').update(body).digest('base64url')}`
    }
    expect(decodeCursor(sealed([1, 1, 0, 'b', ['sa']]), { secret, binding: 'b' })).toMatchObject({ values: ['a'] })
    for (const payload of [null, {}, [], [2, 1, 0, 'b', ['sa']], [1, 1, 0, 5, ['sa']], [1, 1, 0, 'b', 'sa']]) {
      expect(() => decodeCursor(sealed(payload), { secret, binding: 'b' })).toThrow('not valid')
    }
  })

  it('is refused, not believed, when it is any other value', () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => void expect(() => decodeCursor(anything, { secret, binding: 'b' })).toThrow('not valid')),
    )
  })
})

describe('the binding of a cursor', () => {
  const fields = new Set(['id', 'name', 'rank'])
  const bind = (where: unknown, orderBy?: unknown, rest: { scope?: 'all'; tenant?: string; entity?: string } = {}) =>
    cursorBinding({
      entity: 'e',
      scope: 'live',
      ...rest,
      sort: parseSort(orderBy, { fields, entity: 'e', key: 'id' }),
      filter: parseFilter(where, { name: 'e', fieldNames: fields }),
    })

  it('does not depend on the order in which conditions are written', () => {
    expect(bind({ name: { eq: 'a' }, rank: { gt: 1, lt: 3 } })).toBe(bind({ rank: { lt: 3, gt: 1 }, name: { eq: 'a' } }))
    expect(bind({ or: [{ name: { eq: 'a' } }, { rank: { eq: 1 } }] })).toBe(bind({ or: [{ rank: { eq: 1 } }, { name: { eq: 'a' } }] }))
  })

  it('depends on everything else', () => {
    const bindings = [
      bind({}),
      bind({ name: { eq: 'a' } }),
      bind({ name: { eq: 'b' } }),
      bind({ name: { eq: '1' } }),
      bind({ rank: { eq: 1 } }),
      bind({ name: { eq: 'a', ignoreCase: true } }),
      bind({ not: { name: { eq: 'a' } } }),
      bind({ name: { in: ['a'] } }),
      bind({ name: { in: ['a', 'b'] } }),
      bind({}, [{ field: 'name', direction: 'asc' }]),
      bind({}, [{ field: 'name', direction: 'desc' }]),
      bind({}, [{ field: 'name', direction: 'asc', nulls: 'first' }]),
      bind({}, undefined, { scope: 'all' }),
      bind({}, undefined, { tenant: 'a' }),
      bind({}, undefined, { entity: 'f' }),
    ]
    expect(new Set(bindings).size).toBe(bindings.length)
  })
})

describe('the secret of cursors', () => {
  const short = 'x'.repeat(31)

  it.each<[string, () => unknown]>([
    ['PostgreSQL', () => connectPostgres('postgres://localhost/x', { cursorSecret: short })],
    ['MongoDB', () => connectMongo('mongodb://localhost/x', { cursorSecret: short })],
    ['memory', () => new MemoryDatabase({ cursorSecret: '' })],
  ])('is refused by %s when it is shorter than 32 characters, and not repeated', (_store, connect) => {
    expect(connect).toThrow(InvalidValueError)
    expect(connect).not.toThrow(short)
  })
})
