import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filters, specimens as someSpecimens } from './arbitraries.ts'
import type { Specimen } from './entities.ts'
import { specimen, type Suite } from './harness.ts'
import { matches } from './oracle.ts'

/** A repository whose arguments are not checked by the compiler. */
interface Unchecked {
  list(query: unknown): Promise<unknown>
  count(where: unknown): Promise<unknown>
  updateMany(where: unknown, patch: unknown): Promise<unknown>
  deleteMany(where: unknown): Promise<unknown>
  stream(query: unknown): AsyncIterable<unknown>
}

const refused: Readonly<Record<string, unknown>> = {
  'an unknown field': { colour: { eq: 'red' } },
  'an unknown operator': { name: { like: 'a%' } },
  'a store operator': { name: { $ne: null } },
  'a bare value': { name: 'a' },
  'an undefined field': { name: undefined },
  'an undefined value': { name: { eq: undefined } },
  'an undefined list item': { name: { in: ['a', undefined] } },
  'a hole in a list': { name: { in: Array<string>(1) } },
  'null as a value': { name: { eq: null } },
  'null in a list': { name: { in: [null] } },
  'no condition': { name: {} },
  'only ignoreCase': { name: { ignoreCase: true } },
  'an object as a value': { name: { eq: { $gt: '' } } },
  'a list as a value': { name: { eq: ['a'] } },
  'a pattern as a value': { name: { eq: /a/ } },
  'a number for contains': { name: { contains: 1 } },
  'not a number': { amount: { eq: Number.NaN } },
  'an infinite number': { amount: { lt: Number.POSITIVE_INFINITY } },
  'an invalid date': { at: { gt: new Date(Number.NaN) } },
  'NUL in a text': { name: { eq: 'a\0b' } },
  'half a character': { name: { eq: '\ud83d' } },
  'ignoreCase of a number': { amount: { eq: 1, ignoreCase: true } },
  'ignoreCase that is false': { name: { eq: 'a', ignoreCase: false } },
  'isNull that is false': { name: { isNull: false } },
  'one end of a range': { amount: { between: [1] } },
  'three ends of a range': { amount: { between: [1, 2, 3] } },
  'a filter that is a list': [{ name: { eq: 'a' } }],
  'a filter that is null': null,
  'and without a list': { and: { name: { eq: 'a' } } },
  'an undefined alternative': { or: [undefined] },
  'not without a filter': { not: undefined },
  'a polluting name': JSON.parse('{"__proto__":{"eq":"a"}}'),
  'a symbol': { [Symbol('name')]: { eq: 'a' } },
}

/** D5: one truth table, and nothing that is not understood. */
export function describeFilters({ open }: Suite): void {
  describe('filters', () => {
    it('select the rows that the truth table selects, for any rows and any filter', async () => {
      const { specimens } = open()
      const [rows = []] = fc.sample(someSpecimens({ minLength: 60, maxLength: 60 }), { numRuns: 1, seed: 11 })
      const stored = await specimens.createMany(rows)
      await fc.assert(
        fc.asyncProperty(filters, async (where) => {
          const expected = stored.filter((row) => matches({ ...row }, where)).map(({ code }) => code)
          const found = await specimens.list({ where, limit: 1000 })
          expect(found.map(({ code }) => code).toSorted()).toEqual(expected.toSorted())
          expect(await specimens.count(where)).toBe(expected.length)
        }),
        { numRuns: 300 },
      )
    })

    for (const [fault, where] of Object.entries(refused)) {
      it(`refuse ${fault} in reads and writes, before any row is touched`, async () => {
        const unchecked: Unchecked = open().specimens
        await open().specimens.create(specimen({ name: 'a' }))
        const refusal = { code: 'invalid-filter' }
        await expect(unchecked.list({ where })).rejects.toMatchObject(refusal)
        await expect(unchecked.updateMany(where, { amount: 9 })).rejects.toMatchObject(refusal)
        await expect(unchecked.deleteMany(where)).rejects.toMatchObject(refusal)
        if (where !== undefined) await expect(unchecked.count(where)).rejects.toMatchObject(refusal)
        expect(await open().specimens.list()).toMatchObject([{ amount: 0 }])
      })
    }

    it.each([{}, { and: [] }, { name: { notIn: [] } }, { not: { name: { in: [] } } }, { or: [{}, { name: { eq: 'a' } }] }])(
      'refuse to change or delete all rows by a filter that selects everything: %j',
      async (where) => {
        await open().specimens.create(specimen())
        await expect(open().specimens.updateMany(where, { amount: 9 })).rejects.toMatchObject({ code: 'invalid-filter' })
        await expect(open().specimens.deleteMany(where)).rejects.toMatchObject({ code: 'invalid-filter' })
        expect(await open().specimens.list()).toMatchObject([{ amount: 0 }])
      },
    )

    it('take a filter of any length for in, and refuse one that is nested without end', async () => {
      const { specimens } = open()
      await specimens.create(specimen({ name: 'kept' }))
      const many = Array.from({ length: 70_000 }, (_, index) => `name ${index}`)
      expect(await specimens.count({ name: { in: [...many, 'kept'] } })).toBe(1)
      let deep: Parameters<typeof specimens.count>[0] = { name: { eq: 'kept' } }
      for (let level = 0; level < 10_000; level += 1) deep = { not: deep }
      await expect(specimens.count(deep)).rejects.toMatchObject({ code: 'invalid-filter' })
    })

    it('take every character of a text literally', async () => {
      const { specimens } = open()
      const special = [...'%_\\*?[].^$(|{+/"\'#']
      await specimens.createMany([...special, 'none'].map((character) => specimen({ name: `a${character}z` })))
      for (const character of special) {
        for (const conditions of [{ contains: character }, { startsWith: `a${character}` }, { endsWith: `${character}z` }]) {
          const folded = { ...conditions, ignoreCase: true as const }
          expect(await specimens.list({ where: { name: conditions } }), character).toMatchObject([{ name: `a${character}z` }])
          expect(await specimens.list({ where: { name: folded } }), character).toMatchObject([{ name: `a${character}z` }])
        }
      }
    })

    it('ignore the case of ASCII text in ranges', async () => {
      const { specimens } = open()
      await specimens.createMany(['Apple', 'banana', 'CHERRY'].map((name) => specimen({ name })))
      const names = async (where: Parameters<typeof specimens.count>[0]) =>
        (await specimens.list({ ...(where && { where }), orderBy: [{ field: 'name', direction: 'asc' }] })).map(({ name }) => name)
      expect(await names({ name: { gt: 'APPLE', ignoreCase: true } })).toEqual(['CHERRY', 'banana'])
      expect(await names({ name: { between: ['a', 'C'], ignoreCase: true } })).toEqual(['Apple', 'banana'])
    })

    it('compare keys', async () => {
      const { specimens } = open()
      const rows = await specimens.createMany([specimen(), specimen(), specimen()])
      const ids = rows.map(({ id }) => id).toSorted()
      const codes = (found: readonly Specimen[]) => found.map(({ id }) => id)
      expect(codes(await specimens.list({ where: { id: { in: ids.slice(0, 2) } } }))).toEqual(ids.slice(0, 2))
      expect(codes(await specimens.list({ where: { id: { gt: ids[0] ?? '' } } }))).toEqual(ids.slice(1))
    })
  })
}
